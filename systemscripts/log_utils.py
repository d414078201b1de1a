"""Where ordinary `logging` calls go: the terminal, a text file, a CSV file and the table of log lines.

What belongs to the run (its id, job, user and start) is bound once, when the log is opened.
"""

import contextlib
import csv
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

LogRow = tuple[datetime, str, str, str, int, str, float, float, str]
CSV_HEADER = (
    "timestamp",
    "run_uuid",
    "level",
    "processtype",
    "stepcounter",
    "username",
    "stepruntime",
    "totalruntime",
    "message",
)
_BATCH_LINES = 200
_BATCH_SECONDS = 5.0


@dataclass(frozen=True)
class RunFacts:
    """What every log line of a run carries."""

    run_uuid: str
    job: str
    user: str
    timezone: tzinfo


class _RowMaker:
    """Turns log records into rows; counts the steps and times each one, in seconds."""

    def __init__(self, facts: RunFacts) -> None:
        self._facts = facts
        self._start = self._last = time.monotonic()
        self._step = 0

    def row(self, record: logging.LogRecord) -> LogRow:
        now = time.monotonic()
        step_seconds, self._last = now - self._last, now
        self._step += 1
        facts = self._facts
        return (
            datetime.fromtimestamp(record.created, facts.timezone),
            facts.run_uuid,
            record.levelname,
            facts.job,
            self._step,
            facts.user,
            round(step_seconds, 3),
            round(now - self._start, 3),
            record.getMessage(),
        )


class _RecordHandler(logging.Handler):
    """Writes each line to the CSV file at once and to the table in batches.

    A table that cannot be written costs one warning on stderr, never the job.
    """

    def __init__(self, rows: _RowMaker, csv_file: io.TextIOBase, write_rows: Callable[[list[LogRow]], None] | None) -> None:
        super().__init__(logging.INFO)
        self._rows = rows
        self._csv = csv.writer(csv_file)
        self._csv_file = csv_file
        self._write_rows = write_rows
        self._batch: list[LogRow] = []
        self._flushed = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        row = self._rows.row(record)
        self._csv.writerow((row[0].isoformat(timespec="milliseconds"), *row[1:]))
        self._csv_file.flush()
        self._batch.append(row)
        if len(self._batch) >= _BATCH_LINES or time.monotonic() - self._flushed > _BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        batch, self._batch = self._batch, []
        self._flushed = time.monotonic()
        if not batch or self._write_rows is None:
            return
        try:
            self._write_rows(batch)
        except Exception as error:  # the table is a convenience, the files hold every line
            self._write_rows = None
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            print(f"WARNING: log lines go to the files only, dba.tlogentry cannot be written: {reason}", file=sys.stderr)


class _OperatorFormatter(logging.Formatter):
    """What a person reads: the message, with its level only when it is a warning or worse; never a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"{record.levelname}: " if record.levelno >= logging.WARNING else ""
        return prefix + record.getMessage()


class _TerminalHandler(logging.Handler):
    """Lines for the operator, warnings and errors on stderr, written around a progress bar when one is showing."""

    def emit(self, record: logging.LogRecord) -> None:
        bar = sys.modules.get("tqdm")
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        try:
            if bar and sys.stderr.isatty():
                bar.tqdm.write(self.format(record), file=stream)
            else:
                print(self.format(record), file=stream, flush=True)
        except BrokenPipeError:  # a reader that went away (`... | head`) must not fail the work
            # https://docs.python.org/3/library/signal.html#note-on-sigpipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def terminal_log() -> Iterator[None]:
    """While the block runs, log lines go to the terminal alone: for dry runs and stand-alone tools."""
    with _handlers(_terminal_handler()):
        yield


@contextlib.contextmanager
def run_log(folder: Path, facts: RunFacts, write_rows: Callable[[list[LogRow]], None] | None, *, quiet: bool = False) -> Iterator[Path]:
    """While the block runs, log lines go to the terminal, `folder/JOB_yyyyMMdd.log`, its .csv twin and `write_rows`.

    Yields the text file's path: the only place that holds tracebacks. `write_rows` is None when there is no database. `quiet`:
    only warnings and errors reach the terminal, on stderr.
    """
    folder.mkdir(parents=True, exist_ok=True)
    day = datetime.now(facts.timezone).strftime("%Y%m%d")
    text_path, csv_path = folder / f"{facts.job}_{day}.log", folder / f"{facts.job}_{day}.csv"
    with (
        text_path.open("a", encoding="utf-8") as text_file,
        csv_path.open("a", encoding="utf-8", newline="") as csv_file,
    ):
        if csv_file.tell() == 0:
            csv.writer(csv_file).writerow(CSV_HEADER)
        text = logging.StreamHandler(text_file)
        text.setFormatter(logging.Formatter(f"%(asctime)s {facts.run_uuid[:8]} %(levelname)s %(message)s"))
        records = _RecordHandler(_RowMaker(facts), csv_file, write_rows)
        with _handlers(_terminal_handler(quiet), text, records):
            yield text_path


def _terminal_handler(quiet: bool = False) -> logging.Handler:
    handler = _TerminalHandler()
    handler.setLevel(logging.WARNING if quiet else logging.INFO)
    handler.setFormatter(_OperatorFormatter())
    return handler


@contextlib.contextmanager
def _handlers(*handlers: logging.Handler) -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    for name in ("google", "urllib3", "paramiko", "charset_normalizer", "oauthlib", "requests_oauthlib", "imapclient", "matplotlib"):
        logging.getLogger(name).setLevel(logging.WARNING)  # their DEBUG lines hold logins, their INFO lines tell of themselves
    for name in ("googleapiclient", "tnefparse"):
        logging.getLogger(name).setLevel(logging.ERROR)  # what they warn of is retried or reported by us
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            handler.flush()
            root.removeHandler(handler)
        root.setLevel(level)
