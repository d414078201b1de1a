"""Silence is an alarm: failed, missed, skipped and late things are mailed once, and once when they are over."""

import json
import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from alarm_ledger import broken_expectations
from alarms import check_alarms, missed, run_missed, send_digest, token_days
from calendar_tables import fill_calendar
from conftest import ROOT
from cron_table import CronRow, last_due, time_warnings
from errors import EtlError
from market_holidays import market_holidays
from run_history import mark_lost, recent_runs
from run_listing import run_lines
from schedule_tables import Promise
from schema_rows import autocommit, insert, one, rows, run
from watchdog_ping import pinged

ZONE = ZoneInfo("America/New_York")
RUN_ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def admin(connect_as):
    """The admin's connection; of the schedule only what a test adds is active."""
    connection = autocommit(connect_as("etl_admin"))
    run(connection, "UPDATE dba.tscheduler SET datastatusid = 2")
    run(connection, "UPDATE dba.treportmanager SET datastatusid = 2")
    return connection


@pytest.fixture
def job(connect_as):
    return connect_as("etl_user")


@pytest.fixture
def add_run(connect_as):
    """add_run(schedulerid, status, minutes ago, ...) puts a run of a task on record; returns its run id."""
    writer = autocommit(connect_as("etl_user"))

    def add(schedulerid, status, minutes=10, host="box", pid=None, message="the disk is full"):
        return one(
            writer,
            "INSERT INTO dba.tjobrun (run_uuid, job, arguments, host, user_name, pid, started_at, status, message) VALUES"
            " (gen_random_uuid(), 'run_scheduled_task', %s, %s, 'etl', %s, now() - make_interval(mins => %s), %s, %s) RETURNING run_uuid",
            str(schedulerid), host, pid, minutes, status, message,
        )  # fmt: skip

    return add


@pytest.fixture
def mails(settings):
    """mails() gives the subjects and texts of the mails in the outbox, oldest first."""

    def read():
        texts = [path.read_text() for path in sorted((settings.home / "outbox").glob("*.eml"))]
        return [text.replace("=\n", "").replace("Subject:\n ", "Subject: ") for text in texts]

    return read


def test_a_failed_task_is_mailed_once_with_its_last_log_lines_and_once_when_it_is_over(admin, job, add_run, mails, settings, connect_as):
    task = insert(admin, "tscheduler", frequency="0 0 1 1 *")
    run_uuid = add_run(task, "failed")
    run(autocommit(connect_as("etl_user")), "INSERT INTO dba.tlogentry (run_uuid, message) VALUES (%s, 'no space left')", run_uuid)
    for _ in range(3):
        assert check_alarms(settings, job).failed == 0
    (mail,) = mails()
    assert "Subject: ALARM: task 'Orders' failed" in mail and "the disk is full" in mail and "no space left" in mail
    add_run(task, "ok", 1)
    for _ in range(2):
        check_alarms(settings, job)
    assert len(mails()) == 2 and "Subject: Recovered: task 'Orders' failed" in mails()[1]
    assert rows(admin, "SELECT count(*) FROM dba.talarm WHERE closed_at IS NULL") == [(0,)]


def test_a_lasting_alarm_is_told_again_after_a_day(admin, job, add_run, mails, settings, database):
    add_run(insert(admin, "tscheduler", frequency="0 0 1 1 *"), "timeout")
    check_alarms(settings, job)
    run(database, "UPDATE dba.talarm SET told_at = told_at - interval '25 hours'")
    database.commit()
    check_alarms(settings, job)
    assert len(mails()) == 2 and "still so since" in mails()[1] and "time limit" in mails()[1]


def test_an_alarm_whose_mail_failed_is_told_by_the_next_check(admin, job, add_run, mails, settings):
    add_run(insert(admin, "tscheduler", frequency="0 0 1 1 *"), "lost")
    outbox = settings.home / "outbox"
    outbox.rmdir()
    outbox.write_text("")
    with pytest.raises(EtlError):
        check_alarms(settings, job)
    outbox.unlink()
    outbox.mkdir()
    check_alarms(settings, job)
    assert len(mails()) == 1 and "was killed" in mails()[0]


def test_three_skips_in_a_row_are_an_alarm_and_two_are_not(admin, job, add_run, settings):
    task = insert(admin, "tscheduler", frequency="0 0 1 1 *")
    add_run(task, "ok", 60)
    for minutes, problems in ((40, "0 problem(s)"), (30, "0 problem(s)"), (20, "1 problem(s)")):
        add_run(task, "busy", minutes)
        assert check_alarms(settings, job, dry_run=True).message.startswith(problems)


def promise(frequency, changed, started=None):
    return Promise(CronRow("tscheduler", 1, "x", frequency, "job.sh", ""), changed, started, True)


def test_what_cron_did_not_start_is_missed_and_what_was_changed_since_is_not():
    now, old = datetime(2026, 11, 24, 9, 0, tzinfo=ZONE), datetime(2026, 1, 1, tzinfo=ZONE)
    due = datetime(2026, 11, 24, 3, 0, tzinfo=ZONE)
    assert missed([promise("0 3 * * *", old)], now)[0][1] == due
    assert missed([promise("0 3 * * *", old, due - timedelta(days=1))], now)
    assert not missed([promise("0 3 * * *", old, due + timedelta(seconds=2))], now)
    assert not missed([promise("0 3 * * *", now - timedelta(hours=1))], now)
    assert not missed([promise("58 8 * * *", old, due)], now), "cron is given five minutes"


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-03-08T03:30-04:00", "2026-03-08T03:00-04:00"), ("2026-11-01T01:10-05:00", "2026-10-31T02:30-04:00")],
)
def test_the_last_due_time_is_right_on_the_days_when_clocks_change(now, due):
    assert last_due("30 2 * * *", datetime.fromisoformat(now).astimezone(ZONE)) == datetime.fromisoformat(due)


def test_a_missed_task_with_catch_up_is_run_once(admin, job, settings, monkeypatch):
    task = insert(admin, "tscheduler", frequency="* * * * *", catch_up="last")
    insert(admin, "tscheduler", taskname="other", frequency="* * * * *")
    ran = []
    monkeypatch.setattr("alarms.missed", lambda rows, now: [(p, now) for p in rows if not ran])
    monkeypatch.setattr("alarms.run_as_task", lambda number, root: ran.append(number) or False)
    assert run_missed(settings, job, dry_run=True).done == 1 and ran == []
    assert (run_missed(settings, job).done, run_missed(settings, job).done) == (1, 0)
    assert ran == [task]


# ---- expectations ----

# far ahead: an expectation speaks of no time before it was written
MONDAY_NOON = datetime(2093, 11, 23, 12, 0, tzinfo=ZONE)


def broken(admin, job, now, disk=100.0, token=None, **expectation):
    insert(admin, "texpectation", **{"reportid": ..., **expectation})
    return [problem.text for problem in broken_expectations(job, now, disk, token)]


def test_a_feed_is_late_after_its_time_on_business_days_until_its_rows_have_come(admin, job, connect_as):
    run(job, "SET TIME ZONE 'America/New_York'")
    job.commit()
    feed = insert(admin, "timportconfig")
    before = MONDAY_NOON.replace(hour=9)
    assert "no file has arrived (due by 2093-11-20 10:00)" in broken(admin, job, before, config_id=feed, due_time="10:00", min_rows=5)[0]
    assert "due by 2093-11-23 10:00" in broken_expectations(job, MONDAY_NOON, 1, None)[0].text
    writer = autocommit(connect_as("etl_user"))
    dataset = one(writer, "SELECT dba.f_dataset_iu('Orders', 'Client A', 'x', '2093-11-23')")
    for count, problems in ((4, 1), (1, 0)):
        run(
            writer,
            "INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, datasetid, status, rows_read, rows_loaded, finished_at)"
            " VALUES (%s, 'f', repeat('0', 64), 1, %s, 'Loaded', %s, %s, '2093-11-23 11:00-05')",
            feed, dataset, count, count,
        )  # fmt: skip
        assert len(broken_expectations(job, MONDAY_NOON, 1, None)) == problems


def test_a_holiday_is_no_business_day(admin, job):
    run(job, "SET TIME ZONE 'America/New_York'")
    job.commit()
    feed = insert(admin, "timportconfig")
    run(admin, "INSERT INTO dba.tholidays VALUES ('2093-11-26', 'Thanksgiving')")
    thursday = datetime(2093, 11, 26, 12, 0, tzinfo=ZONE)
    assert "due by 2093-11-25 10:00" in broken(admin, job, thursday, config_id=feed, due_time="10:00")[0]


@pytest.mark.parametrize(
    ("expectation", "facts", "says"),
    [
        ({"backup_days": 2}, {}, "no backup was verified in 2 day(s); the last one: never"),
        ({"free_gb": 20}, {"disk": 3.26}, "3.3 GB of disk are free, 20 expected"),
        ({"token_days": 3}, {"token": 1.0}, "valid for 1.0 more day(s), 3 expected"),
        ({"reportid": 2, "due_time": "11:30"}, {}, "report 2 has not been sent (due by 2093-11-23 11:30)"),
        ({"free_gb": 20}, {"disk": 30.0}, None),
        ({"token_days": 3}, {"token": None}, None),
    ],
)
def test_each_kind_of_expectation_says_what_is_wrong(admin, job, expectation, facts, says):
    run(job, "SET TIME ZONE 'America/New_York'")
    job.commit()
    found = broken(admin, job, MONDAY_NOON, **facts, **{"due_time": ..., **expectation})
    assert [says in text for text in found] == ([True] if says else [])


def test_a_verified_backup_fulfils_its_expectation(admin, job, connect_as):
    writer = autocommit(connect_as("etl_user"))
    run(writer, "INSERT INTO dba.tbackup (path, status, verified_at) VALUES ('x', 'done', '2093-11-23 03:00-05')")
    assert broken(admin, job, MONDAY_NOON, backup_days=2, due_time=...) == []


def test_the_days_of_the_gmail_login_come_from_its_file(tmp_path):
    file = tmp_path / "token.json"
    assert token_days(file, MONDAY_NOON) == 0
    file.write_text('{"refresh_token_expires_at": null}')
    assert token_days(file, MONDAY_NOON) is None
    file.write_text(f'{{"refresh_token_expires_at": "{(MONDAY_NOON + timedelta(days=2)).isoformat()}"}}')
    assert token_days(file, MONDAY_NOON) == pytest.approx(2)


# ---- the digest, the history, the calendar ----


def test_the_digest_says_what_ran_and_what_is_wrong(admin, job, add_run, mails, settings, connect_as):
    add_run(insert(admin, "tscheduler", frequency="0 0 1 1 *"), "failed")
    check_alarms(settings, job)
    assert send_digest(settings, job).done == 1
    text = mails()[-1]
    assert "Orders: 1 run(s), 1 failed" in text and "1 problem(s)" in text and "What arrived\n  nothing" in text
    assert "last whole backup: none yet, last one proven by a restore: none yet" in text
    with autocommit(connect_as("postgres")).cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.tbackup (path, status, verified_at, restored_at) VALUES ('/a', 'done', '2026-11-24 03:00Z', NULL),"
            " ('/b', 'removed', '2026-11-22 03:00Z', '2026-11-22 04:00Z')"
        )
    send_digest(settings, job)
    assert "last whole backup: 2026-11-24 03:00, last one proven by a restore: 2026-11-22 04:00" in mails()[-1]


def test_the_history_finds_runs_by_script_and_by_task(admin, job, add_run):
    task = insert(admin, "tscheduler", frequency="0 0 1 1 *")
    add_run(task, "failed")
    add_run(task, "ok", 5)
    wishes = ("Orders", False), ("run_scheduled_task.py", True), ("other", False)
    assert [len(recent_runs(job, *wish, 20)) for wish in wishes] == [2, 1, 0]
    lines = run_lines(recent_runs(job, None, True, 20))
    assert "failed" in lines[1] and lines[1].endswith(f"run_scheduled_task {task} (Orders): the disk is full")


def test_a_run_whose_process_number_was_given_out_again_is_lost(add_run, connect_as, job):
    add_run(1, "running", minutes=60 * 24, host="here", pid=os.getpid(), message=None)
    add_run(2, "running", minutes=0, host="here", pid=os.getpid(), message=None)
    assert mark_lost(autocommit(connect_as("etl_user")), "here") == 1
    assert [(run["arguments"], run["status"]) for run in recent_runs(job, None, False, 9)] == [("2", "running"), ("1", "lost")]


def test_market_holidays_fill_years_that_have_none_and_leave_the_others_to_the_admin(connect_as, job):
    admin = autocommit(connect_as("etl_admin"))
    years = range(2026, 2028)
    filled, added = fill_calendar(job, years, market_holidays("XNYS", years))
    assert filled == [2026, 2027] and added >= 18
    assert one(admin, "SELECT isbusinessday FROM dba.tcalendardays WHERE calendardate = '2026-11-26'") is False
    run(admin, "DELETE FROM dba.tholidays WHERE holidaydate = '2026-04-03'")
    assert fill_calendar(job, years, market_holidays("XNYS", years)) == ([], 0)
    assert one(admin, "SELECT dba.f_is_business_day('2026-04-03')") is True


# ---- warnings of the cron table ----


def test_times_when_clocks_change_and_colliding_starts_are_warned_of():
    now = datetime(2026, 11, 24, 9, 0, tzinfo=ZONE)
    plain = [CronRow("tscheduler", 1, "a", "0 3 * * *", "job.sh", "x"), CronRow("tscheduler", 2, "b", "*/5 * * * *", "job.sh", "y")]
    assert time_warnings(plain, now) == []
    (clock,) = time_warnings([CronRow("tscheduler", 3, "c", "0 2 * * 0", "job.sh", "z")], now)
    assert "between 01:00 and 03:00" in clock and "schedulerid 3" in clock
    assert time_warnings([CronRow("tscheduler", 3, "c", "0 2 * * 0", "job.sh", "z")], now.astimezone(ZoneInfo("UTC"))) == []
    (collision,) = time_warnings([plain[0], CronRow("tscheduler", 4, "d", "5 3 * * *", "job.sh", "'x'")], now)
    assert "schedulerid 1" in collision and "schedulerid 4" in collision


# ---- the watchdog ----


@pytest.fixture
def watchdog():
    """A server that takes pings; yields its address and the (path, run id) of each ping."""
    pings = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            parts = urlsplit(self.path)
            pings.append((parts.path, *parse_qs(parts.query)["rid"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ping/key", pings
    server.shutdown()
    server.server_close()


def test_the_watchdog_hears_start_success_and_exit_code_with_the_run_id(watchdog):
    url, pings = watchdog
    with pinged(url, RUN_ID):
        assert pings == [("/ping/key/start", RUN_ID)]
    with pytest.raises(SystemExit), pinged(url, RUN_ID):
        raise SystemExit(143)
    with pytest.raises(EtlError), pinged(url, RUN_ID):
        raise EtlError("no")
    assert [path for path, _ in pings] == [f"/ping/key{end}" for end in ("/start", "", "/start", "/143", "/start", "/1")]


def test_a_watchdog_that_is_away_costs_a_warning_without_its_address_and_never_the_task(caplog):
    with pinged("http://127.0.0.1:1/secret-key", RUN_ID):
        pass
    assert "did not take the ping" in caplog.text and "secret-key" not in caplog.text


# ---- the commands ----


def test_the_commands_work_as_cron_starts_them(admin, add_run, job_env, mails):
    task = insert(admin, "tscheduler", frequency="0 0 1 1 *")
    add_run(task, "failed")
    said = {}
    commands = "fill_calendar.py 2026 2027", "run_missed_tasks.py", "check_alarms.py", "send_daily_digest.py", "job_history.py --failed"
    for command in commands:
        script, *arguments = command.split()
        answer = subprocess.run(
            [sys.executable, ROOT / "jobscripts" / script, *arguments], env=job_env, cwd="/", capture_output=True, text=True, timeout=120
        )
        assert answer.returncode == 0, answer.stderr
        said[script] = answer.stdout
    assert "added to 2 year(s)" in said["fill_calendar.py"] and "told of 1" in said["check_alarms.py"]
    assert "the disk is full" in said["job_history.py"] and len(mails()) == 2
    history = subprocess.run(
        [sys.executable, ROOT / "jobscripts/job_history.py", "show", "1", "--json"], env=job_env, capture_output=True, text=True, timeout=60
    )
    assert json.loads(history.stdout)["message"] == "the disk is full"


def test_what_was_missed_while_the_box_was_off_is_told_caught_up_once_and_told_to_be_over(admin, database, job_env, mails):
    script = {"scriptpath": "weekly_cleanup_logs.sh", "scriptargs": "", "frequency": "0 * * * *"}
    task = insert(admin, "tscheduler", catch_up="last", **script)
    insert(admin, "tscheduler", taskname="not caught up", **script)
    run(database, "ALTER TABLE dba.tscheduler DISABLE TRIGGER USER")  # rows of long ago, which no admin could write
    run(database, "UPDATE dba.tscheduler SET last_modified_at = now() - interval '9 days'")
    database.commit()

    def command(name: str) -> str:
        argv = [sys.executable, ROOT / "jobscripts" / name]
        answer = subprocess.run(argv, env=job_env | {"ETL_VENV": sys.prefix}, capture_output=True, text=True, timeout=120)
        assert answer.returncode == 0, answer
        return answer.stdout

    assert "told of 2; 0 over" in command("check_alarms.py")
    assert "did not start; was the machine off?" in mails()[0]
    assert "1 missed task(s) caught up, 0 failed" in command("run_missed_tasks.py")
    assert "0 missed task(s) caught up" in command("run_missed_tasks.py")
    assert rows(admin, "SELECT arguments, status FROM dba.tjobrun WHERE job = 'run_scheduled_task'") == [(str(task), "ok")]
    assert "told of 0; 1 over" in command("check_alarms.py")


def test_a_task_with_a_ping_url_pings(admin, job_env, watchdog, connect_as):
    url, pings = watchdog
    task = insert(admin, "tscheduler", frequency="0 0 1 1 *", scriptpath="no_such_script.sh", ping_url=url)
    answer = subprocess.run(
        [sys.executable, ROOT / "jobscripts/run_scheduled_task.py", str(task)], env=job_env, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 2
    run_uuid = one(admin, "SELECT run_uuid FROM dba.tjobrun")
    assert pings == [("/ping/key/start", run_uuid), ("/ping/key/2", run_uuid)]
