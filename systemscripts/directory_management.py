"""Files that are whole or not there: write, move and identify without ever overwriting or half-writing."""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

TEMPORARY_PREFIX = ".part-"
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial")
_SETTLE_SECONDS = 10
_NAME_BYTES = 240  # file systems take 255; companions such as NAME.error.txt have to fit too


def write_whole(
    path: Path, data: bytes | Iterable[bytes], *, mode: int = 0o660, mtime_ns: int | None = None, overwrite: bool = False
) -> None:
    """Write a file so that its name never shows half of it: temporary name, fsync, rename.

    `mtime_ns` is the time of last change to give it; None means now. Raises FileExistsError when the name is taken and
    `overwrite` is not set; the temporary file is removed on any error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for block in [data] if isinstance(data, bytes) else data:
                file.write(block)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if mtime_ns is not None:
                os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
            os.fsync(file.fileno())
        _publish(temporary, path, overwrite)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def _publish(temporary: str, path: Path, overwrite: bool) -> None:
    """Give the finished file its name. link() refuses a name that is taken, rename() would replace it."""
    if overwrite:
        os.rename(temporary, path)
        return
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        _rename_new(temporary, path)  # a file system without hard links (exFAT, some network shares)
        return
    os.unlink(temporary)


def _rename_new(temporary: str, path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    os.rename(temporary, path)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_name(folder: Path, name: str) -> Path:
    """`folder/name`, or `folder/name_2.csv`, `_3` ... when the name is taken; a name over 240 bytes is cut before its extension."""
    path, number = folder / _numbered(name, ""), 1
    while os.path.lexists(path):
        number += 1
        path = folder / _numbered(name, f"_{number}")
    return path


def _numbered(name: str, mark: str) -> str:
    stem, suffix = Path(name).stem, Path(name).suffix
    if len(os.fsencode(suffix)) > 20:
        stem, suffix = name, ""
    room = _NAME_BYTES - len(os.fsencode(mark + suffix))
    if len(os.fsencode(stem)) > room:
        stem = os.fsencode(stem)[:room].decode(errors="ignore")
    return stem + mark + suffix


def move_no_overwrite(source: Path, target: Path) -> Path:
    """Move a file to `target`, or to the next free name beside it; return where it went.

    The source disappears only when the target is whole on disk, also from one device to another.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    while True:
        candidate = free_name(target.parent, target.name)
        try:
            _move(source, candidate)
            return candidate
        except FileExistsError:  # somebody took the name between the look and the move
            continue


def _move(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if isinstance(error, FileExistsError | FileNotFoundError):
            raise
        facts = os.stat(source)
        write_whole(target, _blocks(source), mode=facts.st_mode & 0o777, mtime_ns=facts.st_mtime_ns)
    sync_folder(target.parent)
    os.unlink(source)


def is_same_file(source: Path, target: Path) -> bool:
    """True when a move from source to target was cut off just before its last step, the removal of the source.

    On one device both names are one file; across devices the copy is whole and has the source's time.
    """
    try:
        here, there = os.stat(source), os.stat(target)
    except FileNotFoundError:
        return False
    if here.st_dev == there.st_dev:
        return here.st_ino == there.st_ino
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def waiting_files(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    """The plain files whose whole name fits, oldest first; not hidden, linked or under a temporary name."""
    with os.scandir(folder) as entries:
        found = [
            (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name)
            for entry in entries
            if entry.is_file(follow_symlinks=False) and not is_unfinished(entry.name) and pattern.fullmatch(entry.name)
        ]
    return [folder / name for _, name in sorted(found)]


def shown_name(path: Path) -> str:
    """A file's name as text that a database can hold and a line of a log can show: odd bytes and control characters as \\x1b."""
    text = os.fsencode(path.name).decode(errors="backslashreplace")
    return "".join(f"\\x{ord(letter):02x}" if unicodedata.category(letter) == "Cc" else letter for letter in text)


def is_unfinished(name: str) -> bool:
    """Hidden and temporary names, and the lock files of spreadsheet programs."""
    return name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED)


def is_settled(path: Path) -> bool:
    """True when nobody has the file open for writing; where the system cannot tell, when it has rested ten seconds."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return True  # not readable: the import says so
    try:
        # a read lease is granted only while nobody writes: https://man7.org/linux/man-pages/man2/F_GETLEASE.2const.html
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return True
    except BlockingIOError:
        return False
    except OSError:
        rested = time.time() - path.stat().st_mtime
        return rested >= _SETTLE_SECONDS or rested < 0
    finally:
        os.close(handle)
