"""Which waiting files are whose: found, oldest first, and claimed so that several importers share a folder."""

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection as Connection

import import_ledger as ledger
from datasets import dataset_key
from directory_management import is_settled, shown_name, waiting_files
from errors import ConfigError, EtlError
from models import ImportConfig
from settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Importer:
    """What importing the files of one config takes. `others` are all active configs, to know whose file it is."""

    settings: Settings
    connection: Connection
    run_uuid: str
    config: ImportConfig
    others: tuple[ImportConfig, ...]
    force: bool = False

    @property
    def archive(self) -> Path:
        return self.settings.path(self.config.archive_directory)


def claimed(importer: Importer, only: Path | None) -> Iterator[Path]:
    """The waiting files nobody else works on, oldest first, each claimed while it is the loop's; new arrivals last."""
    attempted: set[str] = set()
    while fresh := [path for path in waiting(importer, only) if path.name not in attempted]:
        for path in fresh:
            attempted.add(path.name)
            try:
                if _claim(importer, path):
                    yield path
            finally:
                if not importer.connection.closed:
                    importer.connection.rollback()
                    with importer.connection, importer.connection.cursor() as cursor:
                        ledger.release_claims(cursor)


def _claim(importer: Importer, path: Path) -> bool:
    """True when this session now has the file to itself; files of one dataset are claimed in their order."""
    config = importer.config
    with importer.connection, importer.connection.cursor() as cursor:
        ledger.claim_queue(cursor, config.config_id)
        if not ledger.try_claim_file(cursor, config.config_id, path.name) or not path.exists() or not has_settled(path):
            return False
        with contextlib.suppress(EtlError):  # a name without label or date is refused later, with a message
            ledger.claim_dataset(cursor, dataset_key(config, path, importer.settings.timezone))
        ledger.release_queue(cursor, config.config_id)
    return True


def waiting(importer: Importer, only: Path | None) -> list[Path]:
    """The files of this config, oldest first."""
    folder = importer.settings.path(importer.config.source_directory)
    if only is not None:
        return [only] if only.is_file() else []
    if not folder.is_dir():
        raise ConfigError(f"{folder}: this folder does not exist; create it or correct source_directory of {importer.config.config_name}")
    return [path for path in waiting_files(folder, _pattern(importer.config)) if _is_mine(importer, path.name)]


def has_settled(path: Path) -> bool:
    settled = is_settled(path)
    if not settled:
        log.info("%s: is still being written; left for the next run", path.name)
    return settled


def _pattern(config: ImportConfig) -> re.Pattern[str]:
    try:
        return re.compile(config.file_pattern)
    except re.error as error:
        raise ConfigError(f"{config.config_name}: file_pattern {config.file_pattern!r} is not a regular expression: {error}") from error


def _same_folder(importer: Importer, other: ImportConfig) -> bool:
    here, there = (os.path.normpath(importer.settings.path(config.source_directory)) for config in (importer.config, other))
    return here == there


def _is_mine(importer: Importer, name: str) -> bool:
    """A file that several configs match belongs to the one with the lowest number."""
    mine = importer.config
    for other in importer.others:
        if other.config_id < mine.config_id and _same_folder(importer, other) and _pattern(other).fullmatch(name):
            log.warning(
                "%s: also matches file_pattern of %r, which comes first by config_id; left to it",
                name,
                other.config_name,
            )
            return False
    return True


def strangers(importer: Importer) -> list[str]:
    """The names in the feed's folder that no active feed of that folder takes."""
    folder = importer.config.source_directory
    patterns = [_pattern(other) for other in importer.others if _same_folder(importer, other)]
    paths = waiting_files(importer.settings.path(folder), re.compile(".*", re.DOTALL))
    return [shown_name(path) for path in paths if not any(pattern.fullmatch(path.name) for pattern in patterns)]
