"""The door to mail in a folder: .eml files or a Maildir. Handled mail goes to a subfolder named like its label."""

import contextlib
import os
import stat
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from directory_management import move_no_overwrite
from errors import BadFileError, ConfigError, SourceError
from file_metadata import safe_file_name
from mail_models import MAX_MAIL_BYTES, InboxMail
from mail_parts import best_date

_SETTLE_SECONDS = 1.0
Stamp = tuple[int, int]


class FolderMailbox:
    """A folder of .eml files, or a Maildir when it holds new/ and cur/. Ids are file names relative to the folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigError(f"ETL_MAILBOX=folder:{folder} is not a folder; create it, or correct ETL_MAILBOX in env.local.sh")
        self._folder = folder.resolve()
        self._is_maildir = (folder / "new").is_dir() and (folder / "cur").is_dir()
        self.name = f"folder:{self._folder}"

    def waiting(self) -> list[str]:
        """The mails in the inbox, oldest first. A file that is still being copied in waits for the next run."""
        mails = self._listing()
        if not self._is_maildir and any(_age(stamp) < _SETTLE_SECONDS for stamp in mails.values()):
            time.sleep(_SETTLE_SECONDS)
            later = self._listing()
            mails = {mail_id: stamp for mail_id, stamp in mails.items() if later.get(mail_id) == stamp}
        return sorted(mails, key=lambda mail_id: (mails[mail_id][0], mail_id))

    def read(self, mail_id: str) -> InboxMail | None:
        """The mail; None when it is gone. Raises BadFileError when it is over 150 MB."""
        try:
            with (self._folder / mail_id).open("rb") as file:
                facts = os.fstat(file.fileno())
                if facts.st_size > MAX_MAIL_BYTES:
                    raise BadFileError(
                        f"it has {facts.st_size:,} bytes, at most {MAX_MAIL_BYTES:,} are read; take its attachment out by hand"
                    )
                raw = file.read()
        except FileNotFoundError:
            return None
        stored_at = datetime.fromtimestamp(facts.st_mtime, UTC)
        return InboxMail(raw, best_date(raw, stored_at, datetime.now(UTC)))

    def move(self, mail_id: str, label: str, others: Collection[str] = ()) -> None:
        """Move the mail's file into the label's folder, never over another file; a mail that is gone is no error."""
        source, target = self._folder / mail_id, self._label_folder(label) / self._name_there(mail_id)
        with contextlib.suppress(FileNotFoundError):
            if target.exists() and target.samefile(source):  # stopped half way through an earlier move
                source.unlink()
            else:
                move_no_overwrite(source, target)

    def close(self) -> None:
        """Nothing is left to do: every move is done at once."""

    def _listing(self) -> dict[str, Stamp]:
        try:
            return self._scan()
        except OSError as error:
            raise SourceError(f"the mail folder {self._folder} cannot be read ({error.strerror}); nothing was touched") from error

    def _scan(self) -> dict[str, Stamp]:
        mails = {}
        for sub in ("new", "cur") if self._is_maildir else ("",):
            with os.scandir(self._folder / sub) as entries:
                for entry in entries:
                    stamp = self._stamp(entry)
                    if stamp:
                        mails[os.path.join(sub, entry.name)] = stamp
        return mails

    def _stamp(self, entry: os.DirEntry) -> Stamp | None:
        """When the file was last changed (ns) and its size; None for what is not a mail."""
        if entry.name.startswith(".") or not (self._is_maildir or entry.name.lower().endswith(".eml")):
            return None
        with contextlib.suppress(FileNotFoundError):
            facts = entry.stat(follow_symlinks=False)
            return (facts.st_mtime_ns, facts.st_size) if stat.S_ISREG(facts.st_mode) else None
        return None

    def _label_folder(self, label: str) -> Path:
        """Clients/Acme is a folder in a folder; in a Maildir it is .Clients.Acme, as Maildir++ has it."""
        steps = [safe_file_name(step, "_") for step in label.split("/") if step.strip()] or ["_"]
        if not self._is_maildir:
            return self._folder.joinpath(*steps)
        folder = self._folder / ("." + ".".join(step.replace(".", "_") for step in steps))
        for sub in ("cur", "new", "tmp"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        (folder / "maildirfolder").touch()
        return folder / "cur"

    def _name_there(self, mail_id: str) -> str:
        name = os.path.basename(mail_id)
        return name if not self._is_maildir or ":2," in name else f"{name}:2,"


def _age(stamp: Stamp) -> float:
    return time.time() - stamp[0] / 1e9
