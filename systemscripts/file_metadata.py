"""What a file's name says: safe names, and the label and date of the dataset inside. Pure text rules."""

import re
import unicodedata
from datetime import datetime
from functools import cache

from errors import BadFileError, ConfigError

_NAME_BYTES = 200
# Unicode "format" and "control" characters hide or reverse parts of a name (RTL override), "surrogates" cannot be encoded
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# dateformat tokens, longest first, as in yyyyMMddTHHmmss: (strptime directive, what it must look like)
_TOKENS = {
    "yyyy": ("%Y", r"\d{4}"),
    "MMM": ("%b", r"[A-Za-z]{3}"),
    "yy": ("%y", r"\d{2}"),
    "MM": ("%m", r"\d{2}"),
    "dd": ("%d", r"\d{2}"),
    "HH": ("%H", r"\d{2}"),
    "mm": ("%M", r"\d{2}"),
    "ss": ("%S", r"\d{2}"),
}
_TOKEN = re.compile("|".join(_TOKENS))


def safe_file_name(name: str, default: str) -> str:
    """A name that can only ever be a file in the folder it is joined to, at most 200 bytes, extension kept.

    >>> safe_file_name("../../etc/cron.d/x.csv", "unnamed")
    'x.csv'
    >>> safe_file_name(".bashrc", "unnamed")
    'bashrc'
    """
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in last)
    clean = re.sub(r"\s+", " ", printable).strip().lstrip(".~- ").strip()
    if not clean:
        return default
    stem, dot, extension = clean.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, extension = clean, ""
    room = _NAME_BYTES - len(extension.encode()) - len(dot)
    return stem.encode()[:room].decode(errors="ignore").strip() + (dot + extension if extension else "")


def name_part(file_name: str, delimiter: str, position: str) -> str:
    """The part of a file's name (extension left off) at a 1-based position.

    >>> name_part("20260102_acme_orders.csv", "_", "2")
    'acme'
    """
    parts = file_name.rpartition(".")[0].split(delimiter) if "." in file_name else file_name.split(delimiter)
    index = int(position)
    if not 1 <= index <= len(parts):
        raise BadFileError(
            f"{file_name}: the name has {len(parts)} part(s) between {delimiter!r}, part {index} was asked for; "
            "rename the file or correct filename_delimiter and the location in dba.timportconfig"
        )
    return parts[index - 1]


def parse_date(text: str, dateformat: str, what: str) -> datetime:
    """The moment that `text` names by a format such as yyyyMMddTHHmmss; `what` names the text in the error.

    Raises BadFileError when the text does not fit: a date is never guessed and never "today".
    """
    text = text.strip()
    try:
        if not _shape(dateformat).fullmatch(text):  # strptime alone takes 2026013 for 3 January
            raise ValueError(f"{text!r} is not shaped like {dateformat}")
        return datetime.strptime(text, strptime_format(dateformat))
    except ValueError as error:
        raise BadFileError(
            f"{what}: {text!r} is not a date written as {dateformat}; rename the file or correct dateformat in dba.timportconfig"
        ) from error


def _shape(dateformat: str) -> re.Pattern[str]:
    pieces, end = [], 0
    for token in _TOKEN.finditer(dateformat):
        pieces += [re.escape(dateformat[end : token.start()]), _TOKENS[token.group()][1]]
        end = token.end()
    return re.compile("".join(pieces) + re.escape(dateformat[end:]))


@cache
def cell_shape(dateformat: str) -> re.Pattern[str]:
    """What a cell written by a dateformat looks like: where separators stand between the parts, 1.2.2026 will do for 01.02.2026."""
    shape = _shape(dateformat).pattern
    separated = len(_TOKEN.findall(dateformat)) - 1 <= len(re.findall(r"[^A-Za-z]", dateformat))
    return re.compile(shape.replace(r"\d{2}", r"\d{1,2}") if separated else shape)


def strptime_format(dateformat: str) -> str:
    """The strptime form of a dateformat.

    >>> strptime_format("yyyyMMddTHHmmss")
    '%Y%m%dT%H%M%S'
    """
    fmt = _TOKEN.sub(lambda match: _TOKENS[match.group()][0], dateformat.replace("%", "%%"))
    if "%Y" not in fmt and "%y" not in fmt:
        raise ConfigError(f"dateformat {dateformat!r} names no year; write it like yyyyMMdd")
    return fmt
