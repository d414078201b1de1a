"""What any web page says, in pure functions: its links, and why it is not the data it was asked for."""

import re
from collections.abc import Sequence
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

from errors import ConfigError

# What a page without data says of itself: the first that fits is its state.
SAYINGS = (
    ("invalid", re.compile(r"invalid event id", re.I)),
    ("limited", re.compile(r"error 1015|too many requests|rate limited", re.I)),
    ("denied", re.compile(r"access (is |was )?denied|not authori[sz]ed|please (log|sign) in", re.I)),
    ("empty", re.compile(r"no companies (were )?found", re.I)),
)


def links(html: str | bytes, url: str, selector: str) -> list[str]:
    """Whole addresses of the links that a CSS selector finds, each once, in the order of the page. Raises ConfigError: no such selector."""
    soup = BeautifulSoup(html, "html.parser")
    try:
        found = soup.select(selector)
    except SelectorSyntaxError as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"link_selector {selector!r} is not a CSS selector ({reason}); write e.g. a[href$='.csv']") from error
    base = soup.find("base", href=True)
    start = urljoin(url, str(base["href"])) if isinstance(base, Tag) else url
    return list(dict.fromkeys(urljoin(start, str(link["href"])).split("#")[0] for link in found if link.get("href")))


def page_fault(html: str | bytes) -> str | None:
    """Why an HTML answer is no table of data: a login page, an error, no rows; None when it is one.

    Some sites export a workbook as an HTML table.
    """
    soup = BeautifulSoup(html, "html.parser")
    if soup.select_one('input[type="password"]'):
        return "is a login page"
    text = " ".join(soup.get_text(" ").split())
    rows: Sequence[Tag] = soup.select("table tr")
    said = next((pattern.search(text) for _, pattern in SAYINGS if pattern.search(text)), None)
    if (said and len(rows) < 2) or soup.select_one("div.alert.alert-danger"):
        return f"is a page that says {text[:80]!r}"
    return None if len(rows) >= 2 else "is a web page without a table of rows"
