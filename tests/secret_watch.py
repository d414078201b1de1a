"""Marked secrets: the whole suite logs in with them, and no trace of one may be left where others look."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "c4nary"  # every secret of the tests begins with it
# The files that are there to hold a login.
_KEEPERS = ("env.local.sh", "token.json", "credentials.json")


def marked_files(folder: Path) -> list[str]:
    """The files below a folder that hold a marked secret and should not."""
    search = ["grep", "-rlaF", *(f"--exclude={name}" for name in _KEEPERS), MARK, str(folder)]
    return subprocess.run(search, capture_output=True, text=True).stdout.splitlines()


def marked_rows(connection) -> list[str]:
    """The rows of the schema dba that hold a marked secret, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = to_regnamespace('dba') AND relkind = 'r'")
        tables = [name for (name,) in cursor]
        if not tables:
            return []
        queries = (f"SELECT '{name}: ' || line::text FROM {name} AS line WHERE line::text LIKE '%{MARK}%'" for name in tables)
        cursor.execute(" UNION ALL ".join(queries))
        return [row for (row,) in cursor]


@contextlib.contextmanager
def watched_processes(pause: float = 0.05, mark: str = MARK) -> Iterator[set[str]]:
    """The command lines with a marked secret that show up in the list of processes while the block runs."""
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(pause):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if mark in line and not line.startswith("grep "):
                        seen.add(line)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        time.sleep(pause)
        over.set()
        watcher.join()
