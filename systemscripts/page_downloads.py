"""Files of any web page that dba.twebconfig names: taken once, and again only when they changed."""

import logging

from psycopg2.extensions import connection as Connection

import web_ledger as ledger
from errors import BadFileError, ConfigError, SourceError
from models import Outcome
from settings import Settings
from web_landing import TIMESTAMP, copy_facts, land, name_of, quarantine, refuse_pages
from web_pages import links
from web_utils import AskedToWait, Limits, Web

log = logging.getLogger(__name__)


def download_files(settings: Settings, connection: Connection, config: dict, run_uuid: str) -> Outcome:
    """Fetch the file of a config row, or every file that its page links to, as <timestamp>_NAME.

    Raises SourceError when the page gives no answer, or has none of the links it should have.
    """
    from tqdm import tqdm

    tally = {"done": 0, "unchanged": 0, "refused": 0, "failed": 0}
    with Web(settings, Limits(*(config[name] for name in Limits.__dataclass_fields__))) as web:
        sweep = ledger.open_sweep(connection, "file", config["config_name"])
        if sweep is None:
            sweep = run_uuid
            ledger.plan_sweep(connection, "file", config["config_name"], sweep, [(url, url) for url in _addresses(web, config)])
        for item in tqdm(ledger.waiting_items(connection, sweep), unit="file", disable=None, leave=False):
            try:
                end = _fetch(settings, connection, config, web, item)
            except (AskedToWait, ConfigError):
                raise
            except (SourceError, BadFileError) as error:
                end = ledger.End("failed", str(error))
            ledger.finish(connection, item, end)
            tally[end.status] += 1
            if end.error:
                log.error("%s", end.error)
    counts = ", ".join(f"{number} {status}" for status, number in tally.items())
    return Outcome(tally["done"] + tally["unchanged"], tally["refused"] + tally["failed"], f"{config['config_name']}: {counts}")


def _addresses(web: Web, config: dict) -> list[str]:
    if config["link_selector"] is None:
        return [config["url"]]
    page = web.get(config["url"])
    if page.status != 200:
        raise SourceError(f"{config['url']}: the page answers {page.status}; nothing was fetched")
    found = links(page.body, page.url, config["link_selector"])
    if not found:
        fix = "look at the page and correct link_selector"
        raise SourceError(f"{config['url']}: shape changed: no link fits {config['link_selector']!r}; {fix}")
    return found


def _fetch(settings: Settings, connection: Connection, config: dict, web: Web, item: ledger.Item) -> ledger.End:
    known = ledger.last_copy(connection, "file", config["config_name"], item.item)
    answer = web.get(item.url, known)
    if answer.status == 304:
        return ledger.End("unchanged")
    facts = copy_facts(answer)
    if answer.status == 200 and facts["sha256"] == known.get("sha256"):
        return ledger.End("unchanged")
    name = f"{settings.now():{TIMESTAMP}}_{name_of(answer)}"
    try:
        if answer.status != 200:
            raise BadFileError(f"the site answers {answer.status}")
        refuse_pages(answer.body)
    except BadFileError as error:
        reason = f"{item.url}: {error}"
        return ledger.End("refused", reason, file_name=quarantine(settings, name, answer.body, reason).name)
    path = land(settings.path(config["download_directory"]), name, answer.body)
    log.info("%s: %s, %s bytes", item.url, path.name, f"{len(answer.body):,}")
    return ledger.End("done", file_name=path.name, **facts)
