"""The benchmarks of mail in: our job on the tests' Gmail at 50 ms a call, beside one mail after the other and the quota itself."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from cases import Benchmark, Scene
from measure import Way
from stage import WRAPPER

from gmail_server import FakeGmail
from mail_builders import mail

LATENCY, QUOTA = 0.05, 250  # seconds a call, units a second
_ONE_BY_ONE = str(Path(__file__).with_name("mail_one_by_one.py"))


def _ours(scene: Scene, quota: float | None) -> tuple[FakeGmail, Way, int]:
    """The job on an inbox of its own; a million rows stand for a thousand mails."""
    gmail, count = FakeGmail(), max(scene.rows // 1000, 1)
    gmail.latency, gmail.units_per_second = LATENCY, quota
    scene.stage.sql(
        "INSERT INTO dba.tinboxconfig (config_name, sender_filter) VALUES ('bench', '@acme') ON CONFLICT DO NOTHING", user="etl_admin"
    )
    token = scene.stage.home / "token.json"
    env = scene.stage.job_env | {
        "ETL_MAILBOX": "gmail",
        "ETL_GMAIL_API_ENDPOINT": gmail.url,
        "ETL_GMAIL_TOKEN": str(token),
        "ETL_FILES": str(scene.stage.home / "one"),
    }

    def prepare() -> None:
        gmail.messages.clear()
        for number in range(count):
            gmail.add(mail((f"orders_{number}.csv", b"%d\n" % number * 2000), message_id=f"<{number}@x>"))
        gmail.write_login(token)
        scene.stage.sql("TRUNCATE dba.tinboxmessage CASCADE")
        for folder in ("file_watcher", "archive/mail", "one"):
            shutil.rmtree(scene.stage.home / folder, ignore_errors=True)
            (scene.stage.home / folder).mkdir(parents=True)

    def check() -> None:
        left = sum("INBOX" in message.labels for message in gmail.messages.values())
        if left:
            raise RuntimeError(f"{left} mails are still in the inbox")

    return gmail, Way((WRAPPER, "run_gmail_inbox_processor.py"), env, prepare, check), count


def _beside_one_by_one(scene: Scene, quota: float | None, limit: float) -> Benchmark:
    _, way, count = _ours(scene, quota)
    floor = Way((f"{sys.prefix}/bin/python", _ONE_BY_ONE), way.env, way.prepare, way.check)
    work = f"{count:,} mails, quota {'on' if quota else 'off'}, to one by one"
    return Benchmark(work, (("ratio", limit), ("MB", 150)), floor, way, rounds=1)


def mails_with_quota(scene: Scene) -> Benchmark:
    return _beside_one_by_one(scene, QUOTA, 1 / 4)


def mails_without_quota(scene: Scene) -> Benchmark:
    return _beside_one_by_one(scene, None, 1 / 8)


def mails_to_quota(scene: Scene) -> Benchmark:
    """The floor is what Gmail's quota allows: 5 units a mail."""
    _, way, count = _ours(scene, QUOTA)
    floor = Way((f"{sys.prefix}/bin/python", "-c", f"import time; time.sleep({count * 5 / QUOTA})"), way.env)
    return Benchmark(f"{count:,} mails, to the quota", (("ratio", 1.25), ("MB", 150)), floor, way, rounds=1)


def no_mail(scene: Scene) -> Benchmark:
    gmail, way, _ = _ours(scene, None)

    def prepare() -> None:
        way.prepare()
        gmail.messages.clear()

    floor = Way((f"{sys.prefix}/bin/python", "-c", "import googleapiclient.discovery, psycopg2"), way.env)
    return Benchmark("no mail in Gmail", (("CPU s", 1.0),), floor, Way(way.command, way.env, prepare), rounds=5)


MAIL_BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {
    "mail": mails_without_quota,
    "mail-quota": mails_with_quota,
    "mail-floor": mails_to_quota,
    "mail-none": no_mail,
}
