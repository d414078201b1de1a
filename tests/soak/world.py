"""Where a soak runs: a server of its own that can be restarted, a way to it that can be cut, a disk that can fill, a driven clock."""

import asyncio
import contextlib
import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg2

from conftest import PASSWORD, Server, free_port

# The one place where jobs ask for the time is told another one: SOAK_NOW, going on from there.
_CLOCK = """
import os, time
if "SOAK_NOW" in os.environ:
    try:
        import settings
    except ImportError:
        pass
    else:
        from datetime import datetime
        ahead = float(os.environ["SOAK_NOW"]) - time.time()
        settings.Settings.now = lambda self: datetime.fromtimestamp(time.time() + ahead, self.timezone)
"""


class Wire:
    """A TCP relay on loopback that can be cut: open connections are reset, new ones refused, until it is mended."""

    def __init__(self, target: int) -> None:
        self.port, self._target, self._whole = free_port(), target, True
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if not self._whole:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(far_writer)
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
            self._writers.discard(far_writer)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def cut(self) -> None:
        self._whole = False
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self._writers)])

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(65_536):
            writer.write(block)
            await writer.drain()
    writer.transport.abort()


@dataclass(frozen=True)
class World:
    """A database reached by a wire, an ETL_HOME, and the environment in which cron would start a job."""

    server: Server
    database: str
    home: Path
    wire: Wire
    env: dict[str, str]
    may_fill: bool

    def query(self, statement: str, *values: object) -> list[tuple]:
        """The rows of a statement, run past the wire as the server's superuser."""
        with contextlib.closing(self.server.connect(self.database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []

    def fill_disk(self) -> None:
        """Leave not a byte free where the files lie."""
        with contextlib.suppress(OSError), (self.home / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    def free_disk(self) -> None:
        (self.home / "filler").unlink(missing_ok=True)


@contextlib.contextmanager
def built_world(server: Server, database: str, folder: Path, extra: dict[str, str]) -> Iterator[World]:
    """A world around an existing database; `extra` are more lines of env.local.sh. Gone when the block ends, but the database."""
    home, venv = folder / "home", folder / "venv"
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", home]
    may_fill = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    for name in ("file_watcher", "archive", "logs", "outbox", "mailbox"):
        (home / name).mkdir()
    _make_venv(venv)
    wire = Wire(server.port)
    lines = {
        "PGHOST": "127.0.0.1", "PGPORT": str(wire.port), "PGDATABASE": database, "ETL_JOB_USER": "etl_user", "ETL_JOB_PASSWORD": PASSWORD,
        "ETL_REPORT_USER": "etl_report", "ETL_REPORT_PASSWORD": PASSWORD, "ETL_TIMEZONE": "UTC", "ETL_VENV": str(venv),
        "ETL_MAILBOX": f"folder:{home / 'mailbox'}", "ETL_RUN_USER": "nobody", **extra,
    }  # fmt: skip
    path = home / "env.local.sh"
    path.write_text("".join(f"{name}='{value}'\n" for name, value in lines.items()))
    path.chmod(0o600)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "ETL_HOME": str(home), "LANG": "C.UTF-8"}
    try:
        yield World(server, database, home, wire, env, may_fill)
    finally:
        wire.close()
        if may_fill:
            subprocess.run(["umount", "-l", home], check=False)


def _make_venv(venv: Path) -> None:
    """A Python environment with the packages of this one and the driven clock."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "soak_clock.py").write_text(_CLOCK)
    (packages / "soak.pth").write_text(f"{sysconfig.get_path('purelib')}\nimport soak_clock\n")


def at(env: dict[str, str], moment: datetime) -> dict[str, str]:
    """The environment in which it is that moment."""
    return env | {"SOAK_NOW": str(moment.timestamp())}


def wait_for(server: Server, database: str) -> None:
    """Until the server takes connections again."""
    for _ in range(300):
        try:
            server.connect(database).close()
            return
        except psycopg2.OperationalError:
            threading.Event().wait(0.1)
    raise TimeoutError("PostgreSQL did not come back")
