"""Rows of the schedule as a cron table, and a cron table back as jobs. Pure text rules, true for Debian's cron.

Of a row only its number and its checked time fields reach a line that cron reads as a job; the name goes into a
comment. Script and arguments stay in the row: the job reads them when it starts.
"""

import difflib
import heapq
import itertools
import re
import shlex
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from operator import itemgetter

from cronsim import CronSim, CronSimError

from errors import ConfigError

WRAPPER = "jobscripts/run_python_etl_script.sh"
LOG = "logs/cron.log"
# Debian's cron ignores a whole file that is longer, and a whole file with one longer command (cron.h, 3.0pl1-162)
_MOST_LINES = 10_000
_LONGEST_COMMAND = 998
_COLLIDING = timedelta(minutes=10)

_HEADER = """\
# When the jobs of Client ETL Workflow run. Written by update_cron_jobs.py from the active rows of dba.tscheduler and
# dba.treportmanager: change a row and run update_cron_jobs.py again; what is edited here is lost.
# A job's line: minute hour day-of-month month day-of-week user command. "next run" is as of the writing.
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
MAILTO=""
"""

# Of what cronsim takes, Debian's cron knows no L, W, #, and no step without a star or a range: it drops the whole file.
_VALUE = r"(?:[0-9]{1,2}|[A-Za-z]{3})"
_ITEM = rf"(?:\*(?:/[0-9]{{1,2}})?|{_VALUE}(?:-{_VALUE}(?:/[0-9]{{1,2}})?)?)"
_FIELD = re.compile(rf"{_ITEM}(?:,{_ITEM})*")
_LARGEST = {"minute": 59, "hour": 23, "day-of-month": 31, "month": 12, "day-of-week": 7}
_WRITE_LIKE = "write five fields (minute hour day-of-month month day-of-week), for example 0 5,17 * * 1-5"

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}\$?")
_NEXT_RUN = re.compile(r"^(# .*); next run [^;\n]*$", re.MULTILINE)


@dataclass(frozen=True)
class Kind:
    """A table whose rows cron starts: the script that gets the row's number, and the columns of number and name."""

    script: str
    key: str
    name: str


KINDS = {
    "tscheduler": Kind("run_scheduled_task.py", "schedulerid", "taskname"),
    "treportmanager": Kind("send_reports.py", "reportid", "reportname"),
}


@dataclass(frozen=True)
class CronRow:
    """A row that has a time to run. A report has no script of its own: scriptpath and scriptargs are None."""

    table: str
    row_id: int
    name: str
    frequency: str
    scriptpath: str | None = None
    scriptargs: str | None = None


@dataclass(frozen=True)
class Place:
    """Where the jobs live (the checkout and ETL_HOME, absolute) and the user they run as."""

    root: str
    home: str
    user: str


@dataclass(frozen=True)
class CronJob:
    """A job's line, read back. `user` is None in a user's own crontab."""

    fields: str
    user: str | None
    script: str
    row_id: int


def check_rows(rows: Iterable[CronRow], scripts: Collection[str]) -> tuple[list[CronRow], list[str]]:
    """The rows that cron can run, and for each of the others one line: row, column, value, rule, fix.

    `scripts` are the names of the files in jobscripts/ that a row may name.
    """
    good, problems = [], []
    for row in rows:
        problem = _problem(row, scripts)
        problems.append(problem) if problem else good.append(row)
    return good, problems


def _problem(row: CronRow, scripts: Collection[str]) -> str | None:
    kind = KINDS[row.table]
    if type(row.row_id) is not int or row.row_id < 1:
        return f"dba.{row.table} {_shown(row.name)}: {kind.key} {row.row_id!a} is not a positive number; correct it"
    checks = (
        (kind.name, row.name, _name_rule(row.name)),
        ("frequency", row.frequency, _frequency_rule(row.frequency)),
        ("scriptpath", row.scriptpath, _script_rule(row, scripts)),
        ("scriptargs", row.scriptargs, _arguments_rule(row.scriptargs or "")),
    )
    for column, value, rule in checks:
        if rule:
            return f"{_place(row)}: {column} {_shown(value)} {rule}"
    return None


def _shown(value: str | None) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _control(text: str) -> bool:
    return any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in text)


def _name_rule(name: str) -> str | None:
    if not name.strip():
        return "is empty; give the row a name"
    return "holds a line break or another control character; write it on one line" if _control(name) else None


def _frequency_rule(frequency: str) -> str | None:
    fields = frequency.strip(" ").split(" ")
    fields = [field for field in fields if field]
    if frequency.strip().startswith("@"):
        return f"is an @ word; {_WRITE_LIKE}"
    if _control(frequency) or len(fields) != 5:
        return f"does not have five fields on one line; {_WRITE_LIKE}"
    for (label, largest), field in zip(_LARGEST.items(), fields, strict=True):
        steps = (int(step) for step in re.findall(r"/([0-9]+)", field))
        if not _FIELD.fullmatch(field) or any(not 1 <= step <= largest for step in steps):
            return f"has a {label} {_shown(field)} that cron does not take; {_WRITE_LIKE}"
    return _cronsim_rule(" ".join(fields))


@lru_cache(maxsize=4096)
def _cronsim_rule(fields: str) -> str | None:
    try:
        comes = next(CronSim(fields, datetime(2000, 1, 1)), None)
    except CronSimError as error:
        return f"has a {str(error).removeprefix('Bad ')} that cron does not take, or that never comes; {_WRITE_LIKE}"
    return None if comes else "is a time that never comes; choose a day that the month has"


def _script_rule(row: CronRow, scripts: Collection[str]) -> str | None:
    starter = KINDS[row.table].script
    if starter not in scripts:
        return f"is started by {starter}, which is not in jobscripts/; restore that file"
    if row.scriptpath is None:
        return None
    if row.scriptpath == starter:
        return "would start itself; name the script that does the work"
    if row.scriptpath in scripts:
        return None
    return "is not a file directly in jobscripts/; name one, without folder or arguments"


def _arguments_rule(scriptargs: str) -> str | None:
    if _control(scriptargs):
        return "holds a line break or another control character; write it on one line"
    try:
        _words(scriptargs)
    except ValueError:
        return 'has a quote that is not closed or ends in a backslash; write an argument with spaces "like this"'
    return None


def cron_file(rows: Iterable[CronRow], place: Place, now: datetime) -> str:
    """The text of a file for /etc/cron.d with a job for each checked row; `now` is in the zone of cron's clock.

    Raises ConfigError when cron would ignore the file: no fit user, a path it cannot take, too many jobs.
    """
    if place.user == "root" or not _USER.fullmatch(place.user):
        raise ConfigError(f"jobs never run as {_shown(place.user)}; name an ordinary user, for example --run-user etl")
    home = f'ETL_HOME="{_path(place.home)}"\n' if place.home != place.root else ""
    return _checked(_HEADER + home + "".join(_entry(row, f"{place.user} {_command(row, place)}", now) for row in rows))


def user_block(rows: Iterable[CronRow], place: Place, now: datetime) -> str:
    """Our part of a user's own crontab: no user field, and no settings, which would act on the user's other lines."""
    begin, end = _marks(place.home)
    home = shlex.join(["/usr/bin/env", f"ETL_HOME={_path(place.home)}"]) + " " if place.home != place.root else ""
    jobs = "".join(_entry(row, home + _command(row, place), now) for row in rows)
    return _checked(f"{begin}\n{jobs}{end}\n")


def _entry(row: CronRow, command: str, now: datetime) -> str:
    fields = " ".join(row.frequency.split())
    if len(command.encode()) > _LONGEST_COMMAND:
        raise ConfigError(f"cron takes {_LONGEST_COMMAND} bytes a command and this is longer: {command[:200]}...; shorten the paths")
    when = next(_runs(row, now))[0]
    comment = _one_line(f"{row.name[:100]}: {in_words(fields)}")
    return f"# {comment}; next run {shown_time(when)}\n{fields} {command}\n"


def _command(row: CronRow, place: Place) -> str:
    wrapper, log = f"{_path(place.root)}/{WRAPPER}", f"{_path(place.home)}/{LOG}"
    return f"{shlex.quote(wrapper)} {KINDS[row.table].script} {row.row_id:d} >> {shlex.quote(log)} 2>&1"


def _path(path: str) -> str:
    """The path, when cron and sh read it as it is: cron turns % into a line break and quotes differ between the two."""
    bad = sorted({c for c in path if c in "%'\"\\$`" or _control(c)})
    if bad or not path.startswith("/"):
        raise ConfigError(f"cron cannot run jobs below {path!a} because of {''.join(bad)!a}; move it to a plain folder")
    return path


def _checked(text: str) -> str:
    if text.count("\n") > _MOST_LINES:
        raise ConfigError(
            f"the jobs make {text.count(chr(10))} lines and cron ignores a file of more than {_MOST_LINES}; "
            "set datastatusid to 2 in rows that need not run"
        )
    return text


def _words(text: str) -> list[str]:
    """As shlex.split, which takes a tenth of a millisecond for words that nobody quoted. Raises ValueError for an open quote."""
    return shlex.split(text) if set(text) & set("'\"\\") else re.findall(r"[^ \t\r\n]+", text)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else "?" for c in text).split())


@cache
def _describer() -> type:
    """cron_descriptor's class, made to read its file of words once and not for each description: half of a large table's time."""
    import cron_descriptor.ExpressionDescriptor  # noqa: F401  (the package shows the class under the module's name)

    module = sys.modules["cron_descriptor.ExpressionDescriptor"]
    module.GetText = cache(module.GetText)
    return module.ExpressionDescriptor


@lru_cache(maxsize=4096)
def in_words(frequency: str) -> str:
    """A checked cron time in English.

    >>> in_words("0 5,17 * * 1-5")
    'at 05:00 and 17:00, Monday through Friday'
    """
    text = _describer()(frequency, locale_code="en_US", use_24hour_time_format=True).get_description()
    return text[:1].lower() + text[1:]


def shown_time(moment: datetime) -> str:
    """The moment as `Tue 2026-11-24 05:00 EST`."""
    return moment.strftime("%a %Y-%m-%d %H:%M %Z").strip()


def next_runs(rows: Iterable[CronRow], now: datetime, count: int) -> list[tuple[datetime, CronRow]]:
    """The next `count` runs over all checked rows, soonest first, in the zone of `now`."""
    return list(itertools.islice(heapq.merge(*(_runs(row, now) for row in rows), key=itemgetter(0)), count))


def _runs(row: CronRow, now: datetime) -> Iterator[tuple[datetime, CronRow]]:
    return ((moment, row) for moment in CronSim(" ".join(row.frequency.split()), now))


def last_due(frequency: str, now: datetime) -> datetime:
    """The latest moment at or before `now` at which a checked cron time was due, in the zone of `now`.

    >>> last_due("20 11 * * 1-5", datetime(2026, 11, 22, 9, 0, tzinfo=UTC))  # a Sunday
    datetime.datetime(2026, 11, 20, 11, 20, tzinfo=datetime.timezone.utc)
    """
    # backwards from an hour later: in the hour that the clocks repeat, the wall clock alone would name yesterday's
    later = (now.astimezone(UTC) + timedelta(hours=1, seconds=1)).astimezone(now.tzinfo)
    dues = CronSim(" ".join(frequency.split()), later, reverse=True)
    return next(due for due in dues if due.astimezone(UTC) <= now.astimezone(UTC))


def time_warnings(rows: Iterable[CronRow], now: datetime) -> list[str]:
    """What an operator should know of checked rows: times in the hours that clocks skip or repeat, and starts that collide."""
    rows = list(rows)
    halves = (datetime(now.year, month, 1, tzinfo=now.tzinfo).utcoffset() for month in (1, 7))
    changes_clock = len(set(halves)) > 1
    return [*(_clock_warning(row) for row in rows if changes_clock and _in_the_changing_hours(row)), *_collisions(rows, now)]


def _in_the_changing_hours(row: CronRow) -> bool:
    fields = row.frequency.split()
    # what runs every hour goes by the clock and misses nothing: cron(8) of Debian
    return not fields[1].startswith("*") and bool(CronSim(" ".join(fields), datetime(2000, 1, 1)).hours & {1, 2})


def _clock_warning(row: CronRow) -> str:
    return (
        f"{_place(row)}: {row.frequency} is between 01:00 and 03:00, which clocks skip in spring and repeat in autumn: it then "
        "runs once, at another hour; choose another hour where that matters"
    )


def _collisions(rows: list[CronRow], now: datetime) -> Iterator[str]:
    """Rows that start the same script with the same arguments within minutes of one another."""
    groups: dict[tuple, list[CronRow]] = {}
    for row in rows:
        if row.scriptpath is not None:
            groups.setdefault((row.scriptpath, *_words(row.scriptargs or "")), []).append(row)
    for group in groups.values():
        told = set()
        for (first, one), (second, other) in itertools.pairwise(next_runs(group, now, 10 * len(group)) if group[1:] else ()):
            pair = frozenset((one.row_id, other.row_id))
            if len(pair) == 2 and pair not in told and second - first < _COLLIDING:
                told.add(pair)
                yield (
                    f"{_place(one)} and {_place(other)} do the same work at nearly the same time ({shown_time(first)}), so one "
                    "finds the other at it; set them further apart, or switch one off"
                )


def _place(row: CronRow) -> str:
    return f"dba.{row.table} {_shown(row.name)} ({KINDS[row.table].key} {row.row_id})"


def parse_jobs(text: str) -> list[CronJob]:
    """The jobs of a cron file or a user's block, in order. Raises ConfigError that quotes a line we would not write."""
    # cron ends lines at \n only, where str.splitlines knows ten more line ends
    return [_parse_line(line) for line in text.split("\n") if line and not re.match(r"#|[A-Z_]+=", line)]


def _parse_line(line: str) -> CronJob:
    try:
        words = _words(line)
        *_, wrapper, script, row_id, into, _log, errors = words
        ours = wrapper.endswith("/" + WRAPPER) and (into, errors) == (">>", "2>&1")
        if not ours or not re.fullmatch("[1-9][0-9]*", row_id):
            raise ValueError
        user = None if words[5].startswith("/") else words[5]
    except (ValueError, IndexError) as error:
        raise ConfigError(f"{_shown(line)} is not a line that update_cron_jobs.py writes; run it again") from error
    return CronJob(" ".join(words[:5]), user, script, int(row_id))


def _marks(home: str) -> tuple[str, str]:
    return f"# BEGIN etl_jobs of {home} (written by update_cron_jobs.py)", f"# END etl_jobs of {home}"


def split_crontab(crontab: str, home: str) -> tuple[str, str, str]:
    """The lines before our block, the block, the lines after it; the block is empty when there is none.

    Raises ConfigError when a mark is missing or there twice: the user's own lines could be lost.
    """
    begin, end = _marks(home)
    lines = crontab.split("\n")
    if begin not in lines and end not in lines:
        return crontab if crontab.endswith("\n") or not crontab else crontab + "\n", "", ""
    first, last = (lines.index(mark) if lines.count(mark) == 1 else -1 for mark in (begin, end))
    if not 0 <= first < last:
        raise ConfigError(f"the crontab does not have {begin!r} and {end!r} once each; restore or remove them with crontab -e")
    before, block = ("".join(line + "\n" for line in part) for part in (lines[:first], lines[first : last + 1]))
    return before, block, "\n".join(lines[last + 1 :])


def changes(old: str, new: str, name: str) -> str:
    """A unified diff from what is there to what the rows say; empty when they agree. Noted next runs do not count."""
    before, after = (_NEXT_RUN.sub(r"\1", text).splitlines() for text in (old, new))
    return "\n".join(difflib.unified_diff(before, after, name, "what the rows say", lineterm="", n=1))
