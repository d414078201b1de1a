"""Simulated hours of the pipeline's own crontab under kills, crashes, cuts and a full disk; at the end SQL accounts for everything."""

import argparse
import contextlib
import hashlib
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from cronsim import CronSim

from conftest import ROOT, Server
from smtp_server import Mailroom, smtp_server
from soak.workload import ACCOUNTS, FEEDS, REPORT, SETUP, Workload
from soak.world import World, at, built_world, wait_for

START = datetime(2026, 11, 20, tzinfo=UTC)
STEP = timedelta(minutes=5)
WRAPPER = ROOT / "jobscripts" / "run_python_etl_script.sh"
PATIENCE = 300.0  # seconds after which a job counts as hanging


@dataclass(frozen=True)
class Size:
    """How much of everything: `faults` is the share of steps in which something goes wrong."""

    hours: float
    files: int
    mails: int
    reports: int
    faults: float = 0.5
    seed: int = 1


@dataclass
class Result:
    """What happened, and every row of every account that should have been empty."""

    happened: Counter = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Soak:
    """A soak while it goes on."""

    world: World
    size: Size
    random: Random
    workload: Workload
    room: Mailroom
    result: Result


def run_soak(server: Server, database: str, folder: Path, size: Size) -> Result:
    """Soak a fresh database with our schema."""
    with smtp_server(folder) as room:
        extra = {"ETL_SMTP_HOST": "localhost", "ETL_SMTP_PORT": str(room.port), "ETL_CA_BUNDLE": room.ca_file,
                 "ETL_EMAIL": "etl@example.com", "ETL_EMAIL_PASSWORD": "c4nary-smtp"}  # fmt: skip
        with built_world(server, database, folder, extra) as world:
            random = Random(size.seed)
            soak = Soak(world, size, random, Workload(world, random), room, Result())
            jobs = _prepare(soak)
            for number in range(int(size.hours * timedelta(hours=1) / STEP)):
                _step(soak, jobs, START + number * STEP, faulty=random.random() < size.faults)
            _calm(soak, jobs)
            _account(soak)
            return soak.result


def _prepare(soak: Soak) -> list[tuple[str, str, int]]:
    """Config rows, then the jobs of the crontab that the project itself writes: (five fields, command, report or 0)."""
    world = soak.world
    world.query(SETUP + FEEDS)
    per_hour = math.ceil(soak.size.reports / soak.size.hours)
    for number in range(per_hour):
        world.query(REPORT, f"report {number}", f"{(number * 60 // per_hour) // 5 * 5} * * * *")
    crontab = world.home / "outbox" / "crontab"
    result = subprocess.run([WRAPPER, "update_cron_jobs.py", "--output", crontab], env=world.env, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    lines = [line for line in crontab.read_text().splitlines() if line and not re.match(r"#|[A-Z_]+=", line)]
    jobs = []
    for line in lines:
        *fields, _user, command = line.split(maxsplit=6)
        report = re.search(r"send_reports\.py (\d+) ", command)
        jobs.append((" ".join(fields), command, int(report.group(1)) if report else 0))
    return jobs


def _is_due(fields: str, moment: datetime) -> bool:
    return next(CronSim(fields, moment - timedelta(minutes=1))) == moment


def _step(soak: Soak, jobs: list, moment: datetime, *, faulty: bool) -> None:
    """Five simulated minutes: what comes in, what cron starts, and perhaps what goes wrong meanwhile."""
    _bring(soak, moment)
    started = []
    for fields, command, report in jobs:
        if _is_due(fields, moment):
            started.append(command)
            if report:
                soak.world.query("INSERT INTO soak.due VALUES (%s, %s)", report, moment)
    started += _reports_to_try_again(soak, jobs, moment, started)
    with _trouble(soak) if faulty else contextlib.nullcontext():
        _run(soak, started, moment)
    soak.result.happened["jobs"] += len(started)


def _bring(soak: Soak, moment: datetime) -> None:
    steps = int(soak.size.hours * timedelta(hours=1) / STEP)
    number = int((moment - START) / STEP)
    for total, drop in ((soak.size.files, soak.workload.drop_file), (soak.size.mails, lambda: soak.workload.drop_mail(moment))):
        for _ in range((number + 1) * total // steps - number * total // steps):
            drop()


def _reports_to_try_again(soak: Soak, jobs: list, moment: datetime, started: list[str]) -> list[str]:
    """What an operator starts by hand: a report that was due and did not go out. An unknown one is never sent unasked."""
    open_ = soak.world.query(
        "SELECT DISTINCT reportid FROM soak.due LEFT JOIN dba.treportrun USING (reportid, due_at)"
        " WHERE due_at > %s AND coalesce(status, 'none') NOT IN ('sent', 'unknown')",
        moment - timedelta(hours=1),
    )
    return [command for _, command, report in jobs if (report,) in open_ and command not in started]


def _run(soak: Soak, commands: list[str], moment: datetime) -> None:
    """Start the commands together, as cron does, and wait for all of them."""
    env = at(soak.world.env, moment)
    running = [subprocess.Popen(["sh", "-c", command], env=env, cwd="/", start_new_session=True) for command in commands]
    deadline = time.monotonic() + PATIENCE
    for process in running:
        try:
            code = process.wait(max(1.0, deadline - time.monotonic()))
            soak.result.happened[f"exit code {code}"] += 1
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            soak.result.problems.append(f"a job hung at {moment}: {process.args[-1]}")


# --- trouble --------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _trouble(soak: Soak) -> Iterator[None]:
    """One thing goes wrong at a random moment while the block runs; all is well again when it ends."""
    name = soak.random.choice([name for name in _KINDS if name != "disk full" or soak.world.may_fill])
    delay = 0 if name in ("disk full", "mail lost") else soak.random.uniform(0.1, 1.0)
    soak.result.happened[name] += 1
    timer = threading.Timer(delay, _KINDS[name], [soak])
    timer.start()
    try:
        yield
    finally:
        timer.join()
        soak.world.wire.mend()
        soak.world.free_disk()
        soak.room.to_data.clear()


def _kill_some(soak: Soak) -> None:
    for _ in range(3):
        victims = _processes(soak.world.home)
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(Random(len(victims)).choice(victims), signal.SIGKILL)
        time.sleep(0.15)


def _processes(home: Path) -> list[int]:
    """The processes that work for this home, whoever started them."""
    mark, found = f"ETL_HOME={home}".encode(), []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def _crash(soak: Soak) -> None:
    soak.world.server.restart("immediate")


def _cut(soak: Soak) -> None:
    soak.world.wire.cut()
    time.sleep(0.5)
    soak.world.wire.mend()


def _lose_mail(soak: Soak) -> None:
    soak.room.to_data.append("drop")


def _fill(soak: Soak) -> None:
    soak.world.fill_disk()


_KINDS: dict[str, Callable[[Soak], None]] = {
    "kill -9": _kill_some, "database crash": _crash, "network cut": _cut, "mail lost": _lose_mail, "disk full": _fill,
}  # fmt: skip


# --- the end --------------------------------------------------------------------------------------------------------------


def _calm(soak: Soak, jobs: list) -> None:
    """Nothing goes wrong any more: two rounds of every job, and what an operator still has to start."""
    moment = START + timedelta(hours=soak.size.hours) - timedelta(minutes=1)
    wait_for(soak.world.server, soak.world.database)
    for _ in range(2):
        tasks = [command for _, command, report in jobs if not report]
        for command in [*tasks, *_reports_to_try_again(soak, jobs, moment, tasks)]:
            _run(soak, [command], moment)


def _account(soak: Soak) -> None:
    world, problems = soak.world, soak.result.problems
    world.query("TRUNCATE soak.received, soak.disk")
    for _, content in soak.room.mails:
        (message_id,) = re.findall(rb"^Message-ID: (\S+)", content, re.MULTILINE | re.IGNORECASE)
        world.query("INSERT INTO soak.received VALUES (%s)", message_id.decode())
    for path in (world.home / "archive").rglob("*.csv"):
        world.query("INSERT INTO soak.disk VALUES (%s, %s)", str(path), hashlib.sha256(path.read_bytes()).hexdigest())
    left = [path.name for name in ("file_watcher", "mailbox") for path in (world.home / name).iterdir() if path.is_file()]
    if left:
        problems.append(f"left lying: {', '.join(left[:5])} ({len(left)})")
    for meaning, query in ACCOUNTS:
        rows = world.query(query)
        if rows:
            problems.append(f"{meaning}: {len(rows)}, such as {rows[0]}")
    counts = "SELECT (SELECT count(*) FROM dba.timportfile), (SELECT count(*) FROM dba.tinboxmessage), (SELECT count(*) FROM soak.due)"
    soak.result.happened.update(dict(zip(("files", "mails", "reports"), world.query(counts)[0], strict=True)))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="run_soak.sh", description=__doc__)
    parser.add_argument("--hours", type=float, default=24, help="simulated hours (default 24)")
    parser.add_argument("--files", type=int, default=2000, help="files dropped into the folder (default 2000)")
    parser.add_argument("--mails", type=int, default=500, help="mails (default 500)")
    parser.add_argument("--reports", type=int, default=50, help="reports that fall due, or a few more: as many every hour (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="what happens when (default 1)")
    args = parser.parse_args(argv)
    from benchmarks.stage import make_stage, running_server

    started = time.monotonic()
    size = Size(args.hours, args.files, args.mails, args.reports, seed=args.seed)
    with tempfile.TemporaryDirectory(prefix="etl-soak-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "work").mkdir()
        with running_server(folder) as (server, homes):
            make_stage(server, homes, "soak")
            result = run_soak(server, "soak", folder / "work", size)
    for name, count in sorted(result.happened.items()):
        print(f"{name:<20} {count:>6,}")
    print(f"{time.monotonic() - started:,.0f} s for {args.hours:g} simulated hours")
    print("\n".join(["NOT accounted for:", *result.problems]) if result.problems else "everything is accounted for once")
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
