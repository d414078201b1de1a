"""What a site sent becomes a file where imports look, or goes to archive/quarantine with the reason."""

import hashlib
import re
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from directory_management import free_name, write_whole
from errors import BadFileError
from settings import Settings
from web_pages import page_fault
from web_utils import Answer
from workbook_files import sheet_as_csv
from workbook_readers import format_of

TIMESTAMP = "%Y%m%dT%H%M%S"
_PAGE = re.compile(rb"(\xef\xbb\xbf|\s|<\?xml[^>]*>|<!--.*?-->)*<(!doctype html|html|head|body|div|meta|table|p)\b", re.I | re.S)
_FEWER = 0.3  # a list with less than this part of its usual rows has changed its shape


def count_rows(body: bytes) -> int:
    """Rows below the header of a workbook. Raises BadFileError that says what the bytes are instead."""
    with tempfile.TemporaryDirectory(prefix="etl-web-") as folder:
        path = Path(folder) / "answer.xls"
        path.write_bytes(body)
        refuse_pages(body)
        if format_of(path) is None:
            raise BadFileError("is no workbook" if body else "is empty")
        return max(0, sheet_as_csv(path, None).facts["rows"] - 1)


def is_page(body: bytes) -> bool:
    """True when the bytes are HTML, whatever the site calls them."""
    return bool(_PAGE.match(body[:4096]))


def refuse_pages(body: bytes) -> None:
    """Raises BadFileError for a login page, an error page or any page without a table, whatever name it came under."""
    fault = page_fault(body) if is_page(body) else None
    if fault:
        raise BadFileError(fault)


def shape_fault(count: int, usual: float | None, what: str) -> str | None:
    """Why a number of `what` cannot be right, measured by the usual number; None when it can."""
    if count == 0 and usual is None:
        return f"shape changed: no {what} found"
    if usual is not None and count < usual * _FEWER:
        there = f"{count:,} {what} found where {usual:,.0f} are usual"
        return f"shape changed: {there}; look at the page, and if it is right run again with --accept-fewer"
    return None


def land(folder: Path, name: str, body: bytes) -> Path:
    """Write a file whole under a name that is free; returns its path."""
    path = free_name(folder, name)
    write_whole(path, body)
    return path


def quarantine(settings: Settings, name: str, body: bytes, reason: str) -> Path:
    """Keep what was refused, with NAME.error.txt beside it."""
    path = land(settings.path("archive/quarantine"), name, body)
    write_whole(path.with_name(path.name + ".error.txt"), f"{reason}\n".encode())
    return path


def copy_facts(answer: Answer) -> dict[str, str | None]:
    """The columns of dba.twebdownload that tell one copy from the next."""
    return {
        "etag": answer.headers.get("ETag"),
        "last_modified": answer.headers.get("Last-Modified"),
        "sha256": hashlib.sha256(answer.body).hexdigest(),
    }


def name_of(answer: Answer) -> str:
    """The name a site gives a file, made safe: Content-Disposition, else the end of the address."""
    given = re.search(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", answer.headers.get("Content-Disposition", ""), re.I)
    name = unquote(given[1] if given else urlsplit(answer.url).path).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[^\w.() -]", "_", name).strip(". ") or "download"
