"""One exchange of dba.tsftpconfig: each new file is fetched or brought once, whole, whatever is cut off in between.

The order loses nothing and does nothing twice. The bytes go to a temporary name, and a cut-off try is gone on with. When
size and, for a file of ours, content are right, the ledger says verified; then the file gets its name; then the ledger
says done. A verified row whose temporary file is gone had got its name: the next run only says so.
"""

import hashlib
import logging
import os
import posixpath
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection

import sftp_ledger as ledger
from directory_management import (
    TEMPORARY_PREFIX,
    free_name,
    is_settled,
    is_unfinished,
    move_no_overwrite,
    sha256_of,
    sync_folder,
    waiting_files,
)
from errors import BadFileError, BusyError, SourceError, TimeLimitError
from models import Outcome
from run_history import try_lock
from settings import Settings
from sftp_client import RemoteFile, SftpServer, SftpSession, sftp_session
from sftp_ledger import SftpConfig, Transfer

log = logging.getLogger(__name__)

_UNUSABLE = ("Cc", "Cs")  # control characters, and bytes that are not UTF-8


@dataclass(frozen=True)
class Exchange:
    """What one run works with; `deadline` is a time of time.monotonic()."""

    settings: Settings
    connection: Connection
    run_uuid: str
    config: SftpConfig
    deadline: float

    @classmethod
    def of(cls, settings: Settings, connection: Connection, run_uuid: str, wanted: str) -> "Exchange":
        """The exchange of that number or name. Raises ConfigError when there is none."""
        config = ledger.sftp_config(connection, wanted)
        return cls(settings, connection, run_uuid, config, time.monotonic() + config.max_seconds)

    @property
    def folder(self) -> Path:
        return self.settings.path(self.config.local_path)

    @property
    def server(self) -> SftpServer:
        row = self.config
        return SftpServer(row.host, row.port, row.username, self.settings.path(row.key_file), row.host_key, row.timeout_seconds)


@dataclass(frozen=True)
class Item:
    """A file to move. `modified_at` belongs to a remote file, `sha256` to a local one; `known`: the ledger's last word on its name."""

    name: str
    remote_path: str
    size: int
    modified_at: datetime | None
    sha256: str | None
    known: Transfer | None

    @property
    def is_known(self) -> bool:
        """True when the last thing on record of this name is this very version."""
        known = self.known
        return known is not None and (known.size_bytes, known.remote_modified_at, self.sha256 or known.sha256) == (
            self.size,
            self.modified_at,
            known.sha256,
        )

    @property
    def is_done(self) -> bool:
        return self.is_known and self.known.status == "done"


def exchange_files(exchange: Exchange) -> Outcome:
    """Move every new file. Raises SourceError and TimeLimitError when it has to stop: what is left is for the next run."""
    from tqdm import tqdm

    config = exchange.config
    if not try_lock(exchange.connection, f"sftp exchange {config.config_id}"):
        raise BusyError(f"the exchange {config.config_name!r} is being worked on by another run; nothing to do here")
    exchange.folder.mkdir(parents=True, exist_ok=True)
    tally: Counter[str] = Counter()
    with sftp_session(exchange.server) as session:
        tally.update(_make_up(exchange, session))
        items = _items(exchange, session, tally)
        _forget_old_versions(exchange, items)
        total = sum(item.size for item in items if not item.is_done)
        with tqdm(total=total, unit="B", unit_scale=True, disable=None, leave=False) as bar:
            for item in items:
                tally.update(_one(exchange, session, item, _meter(exchange, bar.update)))
    return Outcome(tally["moved"], tally["failed"], _summary(config, tally))


def explain_exchange(exchange: Exchange) -> Outcome:
    """Log in, list, and say what would be done; change nothing on either side."""
    tally: Counter[str] = Counter()
    config = exchange.config
    verb = {"pull": "fetch", "push": "bring"}[config.direction]
    with sftp_session(exchange.server) as session:
        log.info("logged in at %s port %d as %s; the host key is the pinned one", config.host, config.port, config.username)
        if config.direction == "push":
            session.files(config.remote_path)
        for item in _items(exchange, session, tally):
            if item.is_done:
                log.info("%r was moved before", item.name)
                continue
            after = "" if config.after_transfer == "keep" else f", then {config.after_transfer} the original"
            log.info("would %s %r (%s bytes)%s", verb, item.name, f"{item.size:,}", after)
            tally["moved"] += 1
    return Outcome(tally["moved"], tally["failed"], "would be: " + _summary(config, tally))


def _summary(config: SftpConfig, tally: Counter[str]) -> str:
    word = {"pull": "fetched", "push": "brought"}[config.direction]
    counts = f"{tally['moved']} {word}, {tally['failed']} failed, {tally['waiting']} still growing"
    return f"exchange {config.config_name!r} with {config.host}: {counts}"


def _meter(exchange: Exchange, show: Callable[[int], object]) -> Callable[[int], None]:
    def each(count: int) -> None:
        show(count)
        if time.monotonic() > exchange.deadline:
            limit = exchange.config.max_seconds
            raise TimeLimitError(f"the exchange {exchange.config.config_name!r} reached max_seconds {limit}; the next run goes on there")

    return each


def _items(exchange: Exchange, session: SftpSession, tally: Counter[str]) -> list[Item]:
    """The files that the row means, in the order of their change; counts those that are still growing or have an unusable name."""
    known = {transfer.remote_path: transfer for transfer in ledger.transfers_of(exchange.connection, exchange.config.config_id)}
    pattern = re.compile(exchange.config.file_pattern)
    if exchange.config.direction == "pull":
        return _remote_items(exchange, session, pattern, known, tally)
    items = []
    for path in waiting_files(exchange.folder, pattern) if exchange.folder.is_dir() else ():
        if not is_settled(path):
            log.info("%r is still being written; it waits for the next run", path.name)
            tally["waiting"] += 1
            continue
        remote = posixpath.join(exchange.config.remote_path, path.name)
        items.append(Item(path.name, remote, path.stat().st_size, None, sha256_of(path), known.get(remote)))
    return items


def _remote_items(
    exchange: Exchange, session: SftpSession, pattern: re.Pattern[str], known: dict[str, Transfer], tally: Counter[str]
) -> list[Item]:
    items = []
    for file in session.files(exchange.config.remote_path):
        if (is_unfinished(file.name) and not file.name.startswith("..")) or not pattern.fullmatch(file.name):
            continue
        if "/" in file.name or file.name == ".." or any(unicodedata.category(letter) in _UNUSABLE for letter in file.name):
            log.error("the name %r on the server cannot be a file here; have it renamed there", file.name)
            tally["failed"] += 1
            continue
        path = posixpath.join(exchange.config.remote_path, file.name)
        items.append(Item(file.name, path, file.size, file.modified_at, None, known.get(path)))
    return _settled(exchange, session, items, tally)


def _settled(exchange: Exchange, session: SftpSession, items: list[Item], tally: Counter[str]) -> list[Item]:
    """Those that are the same after settle_seconds. Two looks, because the clock of the server may be wrong."""
    if not exchange.config.settle_seconds or all(item.is_done for item in items):
        return items
    time.sleep(exchange.config.settle_seconds)
    still = {(file.name, file.size, file.modified_at) for file in session.files(exchange.config.remote_path)}
    settled = [item for item in items if (item.name, item.size, item.modified_at) in still]
    for item in items:
        if item not in settled:
            log.info("%r is still growing; it waits for the next run", item.name)
    tally["waiting"] += len(items) - len(settled)
    return settled


def _one(exchange: Exchange, session: SftpSession, item: Item, each: Callable[[int], None]) -> Counter[str]:
    """Move one file; what is wrong with it is its own failure. Raises only what stops the exchange."""
    number = None
    pull = exchange.config.direction == "pull"
    try:
        each(0)
        if not item.is_done:
            number = _begin(exchange, item)
            (_pull if pull else _push)(exchange, session, item, number, each)
            log.info("%s %r (%s bytes)", "fetched" if pull else "brought", item.name, f"{item.size:,}")
        (_after_pull if pull else _after_push)(exchange, session, item)
        return Counter(moved=int(not item.is_done))
    except SourceError as error:
        if number:
            ledger.fail_transfer(exchange.connection, number, str(error))
        raise
    except (BadFileError, OSError) as error:
        log.error("%r of the exchange %r failed: %s", item.name, exchange.config.config_name, error)
        log.debug("traceback", exc_info=True)
        if number:
            ledger.fail_transfer(exchange.connection, number, str(error))
        return Counter(failed=1)


def _begin(exchange: Exchange, item: Item) -> int:
    facts = {"size_bytes": item.size, "remote_modified_at": item.modified_at, "sha256": item.sha256}
    names = {"remote_path": item.remote_path, "local_path": str(exchange.folder / item.name)}
    return ledger.begin_transfer(exchange.connection, exchange.config, exchange.run_uuid, names | facts)


def _part(exchange: Exchange, version: Item | Transfer) -> Path:
    """The temporary file here of one version of a remote file: another version never goes on with its bytes."""
    if isinstance(version, Transfer):
        size, modified_at = version.size_bytes, version.remote_modified_at
    else:
        size, modified_at = version.size, version.modified_at
    key = f"{version.remote_path}\n{size}\n{modified_at.timestamp():.0f}"
    digest = hashlib.sha256(os.fsencode(key)).hexdigest()[:24]
    return exchange.folder / f"{TEMPORARY_PREFIX}sftp-{exchange.config.config_id}-{digest}"


def _forget_old_versions(exchange: Exchange, items: list[Item]) -> None:
    """Remove what a cut-off try left of a version that the server no longer has."""
    if exchange.config.direction == "push":
        return
    rows = ledger.transfers_of(exchange.connection, exchange.config.config_id)
    kept = {_part(exchange, one) for one in [*items, *(row for row in rows if row.status == "started" and row.verified_at)]}
    for part in exchange.folder.glob(f"{TEMPORARY_PREFIX}sftp-{exchange.config.config_id}-*"):
        if part not in kept:
            part.unlink()


def _pull(exchange: Exchange, session: SftpSession, item: Item, number: int, each: Callable[[int], None]) -> None:
    part = _part(exchange, item)
    if part.exists() and part.stat().st_size > item.size:
        part.unlink()
    session.download(item.remote_path, part, item.size, each)
    now = session.find(item.remote_path)
    if part.stat().st_size != item.size or now != RemoteFile(item.name, item.size, item.modified_at):
        part.unlink()
        raise BadFileError(f"{item.remote_path!r} changed while it was fetched; the next run fetches it")
    with part.open("rb+") as file:
        os.fchmod(file.fileno(), 0o660)
        os.utime(file.fileno(), (item.modified_at.timestamp(),) * 2)
        os.fsync(file.fileno())
    sha256 = sha256_of(part)
    if item.known and item.known.status == "done" and item.known.sha256 == sha256:
        part.unlink()  # touched, with the bytes that are here
        ledger.verify_transfer(exchange.connection, number, sha256, item.known.local_path)
        ledger.finish_transfer(exchange.connection, number)
        return
    _land(exchange, number, part, item.name, sha256)


def _land(exchange: Exchange, number: int, part: Path, name: str, sha256: str) -> None:
    """Give the fetched file its name. rename() and not link(): the temporary name is gone exactly when the final one is there."""
    with ledger.folder_alone(exchange.connection, str(exchange.folder)):
        target = free_name(exchange.folder, name)
        ledger.verify_transfer(exchange.connection, number, sha256, str(target))
        os.rename(part, target)
        sync_folder(exchange.folder)
    ledger.finish_transfer(exchange.connection, number)


def _push(exchange: Exchange, session: SftpSession, item: Item, number: int, each: Callable[[int], None]) -> None:
    local, part = exchange.folder / item.name, item.remote_path + ".part"
    found = session.find(part)
    start = found.size if found and item.is_known and found.size <= item.size else 0
    session.upload(local, part, start, each)
    sent = session.find(part)
    if sha256_of(local) != item.sha256:
        raise BadFileError(f"{local} changed while it was sent; the next run sends it")
    if sent is None or sent.size != item.size:
        raise BadFileError(f"{part!r} has {sent.size if sent else 0} bytes there, not {item.size}; the next run sends it")
    ledger.verify_transfer(exchange.connection, number, item.sha256, str(local))
    session.publish(part, item.remote_path)
    ledger.finish_transfer(exchange.connection, number)


def _make_up(exchange: Exchange, session: SftpSession) -> Counter[str]:
    """Do the last step of the transfers that were cut off between verified and done."""
    tally: Counter[str] = Counter()
    for transfer in ledger.transfers_of(exchange.connection, exchange.config.config_id):
        if transfer.status != "started" or not transfer.verified_at:
            continue
        name = posixpath.basename(transfer.remote_path)
        try:
            (_make_up_pull if transfer.remote_modified_at else _make_up_push)(exchange, session, transfer)
        except (BadFileError, OSError) as error:
            log.error("%r of the exchange %r failed at its last step: %s", name, exchange.config.config_name, error)
            tally["failed"] += 1
            continue
        ledger.finish_transfer(exchange.connection, transfer.sftptransferid)
        log.info("%r had been moved whole and now is on record", name)
        tally["moved"] += 1
    return tally


def _make_up_pull(exchange: Exchange, _session: SftpSession, transfer: Transfer) -> None:
    part = _part(exchange, transfer)
    if part.exists():
        _land(exchange, transfer.sftptransferid, part, posixpath.basename(transfer.remote_path), transfer.sha256)


def _make_up_push(_exchange: Exchange, session: SftpSession, transfer: Transfer) -> None:
    part = session.find(transfer.remote_path + ".part")
    if part and part.size == transfer.size_bytes:
        session.publish(transfer.remote_path + ".part", transfer.remote_path)


def _after_pull(exchange: Exchange, session: SftpSession, item: Item) -> None:
    """Delete or move the remote original, unless a newer version has taken its place."""
    config = exchange.config
    if config.after_transfer == "keep" or session.find(item.remote_path) != RemoteFile(item.name, item.size, item.modified_at):
        return
    if config.after_transfer == "delete":
        session.remove(item.remote_path)
    else:
        session.move(item.remote_path, config.after_transfer_path)


def _after_push(exchange: Exchange, _session: SftpSession, item: Item) -> None:
    """Delete or move the local original, unless it has changed."""
    config, local = exchange.config, exchange.folder / item.name
    if config.after_transfer == "keep" or sha256_of(local) != item.sha256:
        return
    if config.after_transfer == "delete":
        local.unlink()
    else:
        move_no_overwrite(local, exchange.settings.path(config.after_transfer_path) / item.name)
