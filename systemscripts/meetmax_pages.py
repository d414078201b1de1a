"""What pages of MeetMax say, in pure functions: the state of an event, its export, its companies, its other pages."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag

from errors import ConfigError
from web_pages import SAYINGS

_ROOM_FOR_EVENTS = 100_000
_EXPORT = "co-list_cp.xls"
_PRIVATE = "__private-co-list_cp.html"
_MEANS_NEXT = re.compile(r"\d+|next|[>»›]", re.I)


@dataclass(frozen=True)
class EventPage:
    """A page read: state is downloadable, listed, private, invalid, limited, denied, empty, or unknown.

    `link` is the export (downloadable) or the private page (private), as a whole address.
    """

    state: str
    title: str
    link: str | None = None


def event_numbers(text: str) -> list[int]:
    """`119179-119184,120000` as numbers, rising, each once. Raises ConfigError that names the part that is wrong."""
    numbers: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*", part, re.ASCII)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not 0 <= last - first < 10_000 or len(numbers) > _ROOM_FOR_EVENTS:
            raise ConfigError(f"{part!r} is not an event number or a rising range of at most 10000; write them like 119179-119184,120000")
        numbers.update(range(first, last + 1))
    return sorted(numbers)


def event_address(base_url: str, event: int, *, newer: bool = False) -> str:
    """The public page of an event; the site has an older and a newer form."""
    base = base_url.rstrip("/")
    return f"{base}/sched/event_{event}/" + (f"~public/__co-list_cp.html?event_id={event}" if newer else "__co-list_cp.html")


def read_event_page(html: str | bytes, url: str) -> EventPage:
    """The state of an event by its page at `url`."""
    soup = BeautifulSoup(html, "html.parser")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    alert = soup.select_one("div.alert.alert-danger")
    if alert and SAYINGS[0][1].search(alert.get_text()):
        return EventPage("invalid", title)
    if export := _export_link(soup, url):
        return EventPage("downloadable", title, export)
    if soup.select_one("tr.rows"):
        return EventPage("listed", title)
    if private := soup.select_one(f'a[href*="{_PRIVATE}"]'):
        return EventPage("private", title, _address(url, private))
    text = " ".join(soup.get_text(" ").split())
    if soup.select_one('input[type="password"]'):
        return EventPage("denied", title)
    return EventPage(next((state for state, pattern in SAYINGS if pattern.search(text)), "unknown"), title)


def _export_link(soup: BeautifulSoup, url: str) -> str | None:
    link = soup.select_one(f'a[href*="{_EXPORT}"]')
    if link:
        return _address(url, link)
    button = soup.find(id="export")
    if not isinstance(button, Tag) or "download company list" not in " ".join(button.get_text(" ").split()).lower():
        return None
    if button.get("href", "#") != "#":
        return _address(url, button)
    event = re.search(r"event_(\d+)", url)
    return urljoin(url, f"/sched/event_{event[1]}/__{_EXPORT}?event_id={event[1]}") if event else None


def _address(url: str, link: Tag) -> str:
    """Where a link goes, without what some carry after a semicolon."""
    return urljoin(url, str(link.get("href", "")).split(";")[0])


def companies(html: str | bytes) -> list[dict[str, str]]:
    """The company rows of a page: texts by column name, `company_name` and `ticker` as exports call them, `custom_NNN` as the site does."""
    soup = BeautifulSoup(html, "html.parser")
    found = []
    for row in soup.select("tr.rows"):
        cells = {name: " ".join(cell.get_text(" ").split()) for cell in row.find_all("td") if (name := _column(cell))}
        if any(cells.values()):
            found.append(cells)
    return found


def _column(cell: Tag) -> str | None:
    name = next((one.removeprefix("col_") for one in cell.get("class", []) if one.startswith("col_")), None)
    return "company_name" if name == "company" else name


def other_pages(html: str | bytes, url: str) -> list[str]:
    """Addresses of the other pages of a company list: links to the list whose text is a number or means the next one."""
    soup = BeautifulSoup(html, "html.parser")
    links = [link for link in soup.select('a[href*="co-list_cp.html"]') if _MEANS_NEXT.fullmatch(" ".join(link.get_text(" ").split()))]
    return list(dict.fromkeys(address for link in links if (address := _address(url, link)) != url))
