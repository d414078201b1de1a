"""MeetMax: which events have a list of companies, and the lists themselves, as files for the import.

What a sweep will do is written down first, and what became of each event as soon as it is known: a run that is killed
anywhere is finished by the next one.
"""

import csv
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg2.extensions import connection as Connection

import web_ledger as ledger
from errors import BadFileError, ConfigError, SourceError
from meetmax_pages import EventPage, companies, event_address, event_numbers, other_pages, read_event_page
from models import Outcome
from settings import Settings
from web_landing import TIMESTAMP, copy_facts, count_rows, is_page, land, quarantine, shape_fault
from web_utils import Answer, AskedToWait, Limits, Web

log = logging.getLogger(__name__)

CHECK_COLUMNS = ("EventID", "URL", "IfExists", "InvalidEventID", "IsDownloadable", "DownloadLink", "StatusCode", "Title")
_EXISTS = ("downloadable", "listed", "private", "denied", "empty")
_MOST_PAGES = 500
_MOST_IN_A_ROW = 5  # then the site is down or was rebuilt, and asking for a thousand more helps nobody


@dataclass(frozen=True)
class Sweep:
    """What one run works with. `name` tells sweeps that go on with one another; `accept_fewer` trusts a list however short."""

    settings: Settings
    connection: Connection
    config: dict
    name: str
    run_uuid: str
    accept_fewer: bool = False

    @property
    def limits(self) -> Limits:
        return Limits(*(self.config[name] for name in Limits.__dataclass_fields__))

    @property
    def events(self) -> list[int]:
        return event_numbers(self.config["event_ids"])


def sweep_of(settings: Settings, connection: Connection, run_uuid: str, options: dict) -> Sweep:
    """The sweep that a command line asks for: a row of dba.tmeetmaxconfig (`config`), or `events` with the manners of that row."""
    row = ledger.active_row(connection, "tmeetmaxconfig", options["config"])
    name = row["config_name"]
    if options["events"] is not None:
        row, name = row | {"event_ids": options["events"]}, f"{name}: {options['events']}"
    event_numbers(row["event_ids"])
    return Sweep(settings, connection, row, name, run_uuid, options["accept_fewer"])


# --- the check ------------------------------------------------------------------------------------------------------------


def check_events(sweep: Sweep) -> Outcome:
    """Look at the page of every event and write <timestamp>_MeetMaxURLCheck.csv.

    Events without an answer are left out of the file and count as failed. Raises SourceError, with no file written, when
    the site sends us away or no page says what it used to.
    """
    plan = [(str(event), event_address(sweep.config["base_url"], event)) for event in sweep.events]
    number, done, failed = _work_off(sweep, "check", plan, _check_one)
    found = ledger.checked_events(sweep.connection, number)
    exists = sum(row["IfExists"] for row in found)
    if not found:
        raise SourceError(f"MeetMax check: none of {failed} events gave an answer we know; no file was written")
    share = ledger.usual_share(sweep.connection, sweep.name, number) or 0
    fault = shape_fault(exists, share * len(found), "events")
    if fault and not sweep.accept_fewer:
        ledger.refuse_check(sweep.connection, number, fault)
        raise SourceError(f"MeetMax check: {fault}; no file was written")
    name = f"{sweep.settings.now():{TIMESTAMP}}_MeetMaxURLCheck.csv"
    path = land(sweep.settings.path(sweep.config["download_directory"]), name, _csv(CHECK_COLUMNS, found))
    ledger.land_check(sweep.connection, number, path, fault)
    downloadable = sum(row["IsDownloadable"] for row in found)
    return Outcome(
        done, failed, f"{path.name}: {len(found)} events checked, {exists} exist, {downloadable} downloadable; {failed} without an answer"
    )


def _check_one(sweep: Sweep, web: Web, item: ledger.Item) -> ledger.End:
    answer, page = _event_page(web, sweep.config["base_url"], item)
    _obey_limit(item, page)
    if page.state == "unknown" and answer.status == 200:
        reason = f"shape changed: the page of event {item.item} says nothing we know"
        quarantine(sweep.settings, f"MeetMax_{item.item}.html", answer.body, reason)
        return ledger.End("failed", reason)
    row = (
        int(item.item),
        answer.url,
        answer.status == 200 and page.state in _EXISTS,
        page.state == "invalid",
        page.state == "downloadable",
        page.link if page.state == "downloadable" else "",
        answer.status,
        page.title,
    )
    return ledger.End("done", found=dict(zip(CHECK_COLUMNS, row, strict=True)))


def _obey_limit(item: ledger.Item, page: EventPage) -> None:
    """Some limits come as an ordinary page."""
    if page.state == "limited":
        raise AskedToWait(f"event {item.item}: the site says we ask too often; raise delay_seconds; the next run goes on")


def _event_page(web: Web, base_url: str, item: ledger.Item) -> tuple[Answer, EventPage]:
    """The page of an event in its older form, else its newer one; a private event's own page when the public one names it."""
    answer = web.get(item.url)
    if answer.status == 404:
        newer = web.get(event_address(base_url, int(item.item), newer=True))
        answer = newer if newer.status == 200 else answer
    page = read_event_page(answer.body, answer.url)
    if answer.status == 200 and page.state == "private" and page.link:
        private = web.get(page.link)
        found = read_event_page(private.body, private.url)
        if private.status == 200 and found.state in ("downloadable", "listed", "empty"):
            return private, found
    return answer, page


# --- the download ---------------------------------------------------------------------------------------------------------


def download_events(sweep: Sweep) -> Outcome:
    """Fetch the companies of every event that exists by the newest check: the export, else all pages of the list as CSV.

    What an earlier run left over comes first, so that no event is always the one that is not reached; when that run was
    some hours ago, all events follow.
    """
    plan = ledger.events_to_fetch(sweep.connection, sweep.events)
    if not plan:
        return Outcome(message="no event of these exists by the newest MeetMax check: nothing to download")
    number, done, failed = _work_off(sweep, "event", plan, _download_one)
    if not ledger.is_fresh(sweep.connection, number):
        _, more_done, more_failed = _work_off(sweep, "event", plan, _download_one)
        done, failed = done + more_done, failed + more_failed
    return Outcome(done, failed, f"MeetMax: {done + failed} events, {done} done, {failed} failed")


def _download_one(sweep: Sweep, web: Web, item: ledger.Item) -> ledger.End:
    answer = web.get(item.url, ledger.last_copy(sweep.connection, "event", sweep.name, item.item))
    if answer.status == 304:
        return ledger.End("unchanged")
    page = read_event_page(answer.body, answer.url) if is_page(answer.body) else EventPage("file", "")
    _obey_limit(item, page)
    if answer.status == 200 and ".html" in item.url:
        return _from_page(sweep, web, item, answer, page)
    name = f"MeetMax_{item.item}.xls"
    try:
        if answer.status != 200:
            raise BadFileError(f"the site answers {answer.status}")
        count = count_rows(answer.body)
    except BadFileError as error:
        return _refused(sweep, item, answer, f"event {item.item}: {name} {error}")
    return _taken(sweep, item, answer, ".xls", count)


def _from_page(sweep: Sweep, web: Web, item: ledger.Item, answer: Answer, page: EventPage) -> ledger.End:
    """An event that had no export when it was checked."""
    if page.state == "downloadable" and page.link:
        return _download_one(sweep, web, replace(item, url=page.link))
    if page.state == "listed":
        body = _listed(web, answer)
        return _taken(sweep, item, replace(answer, body=body, headers={}), ".csv", body.count(b"\r\n") - 1)
    if page.state in ("empty", "denied", "private"):
        return ledger.End("empty", f"the page says: {page.state}")
    return _refused(sweep, item, answer, f"event {item.item}: shape changed: the page is {page.state}, no list", ".html")


def _taken(sweep: Sweep, item: ledger.Item, answer: Answer, suffix: str, count: int) -> ledger.End:
    """Land a list that has about as many companies as ever; keep another one aside."""
    fault = shape_fault(count, ledger.usual_rows(sweep.connection, sweep.name, item.item), "companies")
    if fault and not sweep.accept_fewer:
        return _refused(sweep, item, answer, f"event {item.item}: {fault}", suffix)
    name = f"{sweep.settings.now():{TIMESTAMP}}_MeetMax_{item.item}{suffix}"
    path = land(sweep.settings.path(sweep.config["download_directory"]), name, answer.body)
    log.info("event %s: %s, %d companies", item.item, path.name, count)
    accepted = {"accepted": fault} if fault else None
    return ledger.End("done", row_count=count, file_name=path.name, found=accepted, **copy_facts(answer))


def _refused(sweep: Sweep, item: ledger.Item, answer: Answer, reason: str, suffix: str = ".xls") -> ledger.End:
    name = f"{sweep.settings.now():{TIMESTAMP}}_MeetMax_{item.item}{suffix}"
    path = quarantine(sweep.settings, name, answer.body, f"{answer.url}: {reason}")
    return ledger.End("refused", reason, file_name=path.name)


def _listed(web: Web, first: Answer) -> bytes:
    """All pages of a list as one CSV file, each page once."""
    seen, rows = {first.url}, companies(first.body)
    ahead = other_pages(first.body, first.url)
    while ahead:
        url = ahead.pop(0)
        if url in seen:
            continue
        if len(seen) >= _MOST_PAGES:
            raise SourceError(f"{first.url}: has more than {_MOST_PAGES} pages; the pages may link to one another without end")
        seen.add(url)
        answer = web.get(url)
        page = companies(answer.body)
        if answer.status != 200 or not page:
            raise SourceError(f"{url}: shape changed: a page of the list without companies (status {answer.status})")
        rows += [row for row in page if row not in rows]
        ahead += other_pages(answer.body, answer.url)
    return _csv(tuple(dict.fromkeys(name for row in rows for name in row)), rows)


def _csv(header: Sequence[str], rows: Sequence[dict]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


# --- both -----------------------------------------------------------------------------------------------------------------


def _work_off(
    sweep: Sweep, kind: ledger.Kind, plan: Sequence[tuple[str, str]], work: Callable[[Sweep, Web, ledger.Item], ledger.End]
) -> tuple[str, int, int]:
    """Do what is left of a sweep that was cut off, else a new one; returns (sweep, items done, items failed)."""
    number = ledger.open_sweep(sweep.connection, kind, sweep.name)
    if number is None:
        number = sweep.run_uuid
        ledger.plan_sweep(sweep.connection, kind, sweep.name, number, plan)
    else:
        log.info("a run that was cut off is gone on with; what changed in its config row counts from the next run")
    good = bad = in_a_row = 0
    with Web(sweep.settings, sweep.limits) as web:
        for item in _shown(ledger.waiting_items(sweep.connection, number)):
            end = _guarded(sweep, web, item, work)
            ledger.finish(sweep.connection, item, end)
            if end.error and end.status != "empty":
                log.error("%s", end.error)
            good, bad = (good, bad + 1) if end.status in ("refused", "failed") else (good + 1, bad)
            in_a_row = in_a_row + 1 if end.status == "failed" else 0
            if in_a_row == _MOST_IN_A_ROW:
                raise SourceError(f"{in_a_row} events one after another failed, the last one: {end.error}; the next run goes on")
    return number, good, bad


def _guarded(sweep: Sweep, web: Web, item: ledger.Item, work: Callable[[Sweep, Web, ledger.Item], ledger.End]) -> ledger.End:
    """One event; what is wrong with it is its own failure. Raises only what ends the whole sweep."""
    try:
        return work(sweep, web, item)
    except (AskedToWait, ConfigError):
        raise
    except (SourceError, BadFileError) as error:
        return ledger.End("failed", f"event {item.item}: {error}")


def _shown(items: list[ledger.Item]) -> Iterator[ledger.Item]:
    from tqdm import tqdm

    return tqdm(items, unit="event", disable=None, leave=False)
