"""Each check of the doctor: what it watches is broken, and exactly that finding comes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg2
import pytest

import box_checks
from conftest import PASSWORD, ROOT
from cron_system import cron_zone
from diagnosis import CHECKS, Line, diagnose, opened_box, shown
from row_checks import sha256_of_setup
from sample_run import SAMPLES, run
from schema_rows import insert, one
from settings import Settings
from smtp_server import smtp_server


class Patient:
    """An installation in which nothing is wrong, to be broken in one place."""

    def __init__(self, settings: Settings, owner, admin, proc) -> None:
        self.settings, self.owner, self.admin, self.proc = settings, owner, admin, proc
        self.cron_file = settings.home / "etl_jobs"

    def sql(self, statement: str, *values, user=None) -> None:
        connection = user or self.admin
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def lines(self) -> list[Line]:
        with opened_box(self.settings) as box:
            return diagnose(replace(box, proc=self.proc, cron_file=self.cron_file))

    def problems(self) -> list[tuple[str, str]]:
        return [(line.check, line.text) for line in self.lines() if line.state == "problem"]


@pytest.fixture
def patient(settings, server, database_name, connect_as, job_env, tmp_path) -> Patient:
    (tmp_path / "proc" / "7").mkdir(parents=True)
    (tmp_path / "proc" / "7" / "comm").write_text("cron\n")
    (settings.home / "backups").mkdir()
    version = ["psql", "-X", "-q", "-v", f"setup_sha256={sha256_of_setup(ROOT / 'onboarding/sql')}", "-d", database_name]
    for files in ([ROOT / "onboarding/sql/schema_version.sql"], [SAMPLES / "sample_config.sql"]):
        subprocess.run([*version, "-f", *files], env=server.env, check=True, stdout=subprocess.DEVNULL)
    settings = replace(settings, timezone=cron_zone(), run_user="nobody")
    patient = Patient(settings, connect_as("etl_owner"), connect_as("postgres"), tmp_path / "proc")
    patient.sql("UPDATE dba.treportmanager SET datastatusid = 2 WHERE reportname = 'Client orders'")  # its table is not there yet
    patient.sql("INSERT INTO dba.tbackup (path, status, verified_at, restored_at) VALUES ('x', 'done', now(), now())")
    command = ("update_cron_jobs.py", "--run-user", "nobody", "--output", str(patient.cron_file))
    result = run(job_env | {"ETL_TIMEZONE": cron_zone().key}, *command)
    assert result.returncode == 0, result.stderr
    return patient


def test_nothing_is_wrong_with_a_good_installation(patient):
    lines = patient.lines()
    assert [(line.check, line.text) for line in lines if line.state == "problem"] == []
    assert [line.check for line in lines] == [check.name for check in CHECKS]
    assert {line.check for line in lines if line.state == "off"} == {"gmail token", "mail server", "known hosts"}


def add_host(patient: Patient, **columns) -> None:
    patient.sql("ALTER TABLE dba.tsftpconfig DISABLE TRIGGER USER")
    insert(patient.admin, "tsftpconfig", **columns)
    patient.admin.commit()


def token(patient: Patient, **changes) -> None:
    patient.settings = replace(patient.settings, mailbox="gmail")
    path = patient.settings.home / "token.json"
    good = {"refresh_token": "r", "client_id": "c", "client_secret": "s", "scopes": [box_checks.GMAIL_SCOPE]}
    path.write_text(json.dumps(good | changes))
    path.chmod(0o600)


def old_token(patient: Patient) -> None:
    token(patient)
    path = patient.settings.home / "token.json"
    past = path.stat().st_mtime - 200 * 86400
    os.utime(path, (past, past))


def set_mailbox_gmail(patient: Patient) -> None:
    patient.settings = replace(patient.settings, mailbox="gmail")


def other_zone(patient: Patient) -> None:
    from zoneinfo import ZoneInfo

    patient.settings = replace(patient.settings, timezone=ZoneInfo("Asia/Tokyo"))


def dead_mail_server(patient: Patient) -> None:
    patient.settings = replace(patient.settings, smtp_host="127.0.0.1", smtp_port=9)


def open_file(name: str) -> Callable[[Patient], None]:
    def act(patient: Patient) -> None:
        path = patient.settings.home / name
        path.write_text("x")
        path.chmod(0o644)

    return act


def lose_the_inbox_folder(patient: Patient) -> None:
    shutil.rmtree(patient.settings.home / "file_watcher")


def edit_the_cron_table(patient: Patient) -> None:
    patient.cron_file.write_text(patient.cron_file.read_text() + "# by hand\n")


def drop_a_stranger(patient: Patient) -> None:
    (patient.settings.home / "file_watcher" / "stranger.csv").write_text("x")


# What is broken, the check that finds it, a part of what it says, and how it is broken: a statement or a function.
BREAKS = [
    ("a role may do too much", "roles and grants", "etl_report may write dba.tdataset",
     "GRANT UPDATE ON dba.tdataset TO etl_report"),
    ("a role may do too little", "roles and grants", "etl_user cannot write dba.tlogentry",
     "REVOKE INSERT ON dba.tlogentry FROM etl_user"),
    ("an admin may do too little", "roles and grants", "etl_admin cannot edit dba.tscheduler",
     "REVOKE UPDATE ON dba.tscheduler FROM etl_admin"),
    ("reports read config", "roles and grants", "etl_report may read dba.tsftpconfig",
     "GRANT SELECT ON dba.tsftpconfig TO etl_report"),
    ("jobs write config", "roles and grants", "etl_user may write dba.tscheduler",
     "GRANT UPDATE ON dba.tscheduler TO etl_user"),
    ("the schema is open", "roles and grants", "everybody who can connect may use the schema dba",
     "GRANT USAGE ON SCHEMA dba TO PUBLIC"),
    ("an older schema", "schema version", "was set up by other files",
     "CREATE OR REPLACE FUNCTION dba.f_setup_sha256() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'old' $$"),
    ("a folder is gone", "folders", "file_watcher is missing", lose_the_inbox_folder),
    ("a folder is open", "folders", "everybody may write to", lambda p: (p.settings.home / "logs").chmod(0o777)),
    ("logins can be read", "secrets", "env.local.sh (mode 644)", open_file("env.local.sh")),
    ("a token can be read", "secrets", "token.json (mode 644)", open_file("token.json")),
    ("a backup can be read", "secrets", "x.dump (mode 644)", open_file("backups/x.dump")),
    ("cron is dead", "cron daemon", "cron is not running", lambda p: shutil.rmtree(p.proc / "7")),
    ("the cron table was edited", "cron table", "differs from the rows", edit_the_cron_table),
    ("a schedule was changed", "cron table", "differs from the rows",
     "UPDATE dba.tscheduler SET frequency = '1 1 * * *' WHERE taskname = 'Inbox'"),
    ("the disk fills up", "disk", "enough for 0 day(s)",
     "INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, status)"
     " SELECT config_id, 'a', repeat('a', 64), 1e15, 'Empty' FROM dba.timportconfig LIMIT 1"),
    ("another zone", "clock", "reports by ETL_TIMEZONE Asia/Tokyo", other_zone),
    ("the clock is behind", "clock", "the clock is behind",
     "INSERT INTO dba.tjobrun (run_uuid, job, host, user_name, started_at)"
     " VALUES (gen_random_uuid(), 'x', 'h', 'u', now() + interval '1 hour')"),
    ("no token", "gmail token", "token.json is missing", set_mailbox_gmail),
    ("a token without its scope", "gmail token", "does not allow to read and label mail", lambda p: token(p, scopes=["openid"])),
    ("a token that cannot be renewed", "gmail token", "lacks refresh_token", lambda p: token(p, refresh_token="")),
    ("an old token", "gmail token", "has not been renewed for 200 days", old_token),
    ("no mail server", "mail server", "no mail server answers at 127.0.0.1:9", dead_mail_server),
    ("no host key", "known hosts", "dba.tsftpconfig 'client': no host key is pinned", lambda p: add_host(p, host_key="nonsense")),
    ("no backup", "backup", "the last good one is of", "UPDATE dba.tbackup SET verified_at = now() - interval '3 days'"),
    ("no restore", "restore", "there has been none", "UPDATE dba.tbackup SET restored_at = NULL"),
    ("a bad pattern", "patterns", "'(' is not a regular expression",
     "ALTER TABLE dba.tinboxconfig DISABLE TRIGGER USER; UPDATE dba.tinboxconfig SET subject_pattern = '('"),
    ("a folder of a feed", "config folders", "dba.timportconfig 'Acme orders': source_directory",
     "UPDATE dba.timportconfig SET source_directory = 'nowhere' WHERE config_name = 'Acme orders'"),
    ("a folder of a mail rule", "config folders", "dba.tinboxconfig 'Acme orders': local_repository_path",
     "UPDATE dba.tinboxconfig SET local_repository_path = 'nowhere' WHERE config_name = 'Acme orders'"),
    ("a script", "scripts", "dba.tscheduler 'Daily backup': there is no script gone.sh",
     "UPDATE dba.tscheduler SET scriptpath = 'gone.sh' WHERE taskname = 'Daily backup'"),
    ("a procedure", "scripts", "post_import_procedure feeds.gone(bigint) does not exist",
     "ALTER TABLE dba.timportconfig DISABLE TRIGGER USER; UPDATE dba.timportconfig SET post_import_procedure = 'feeds.gone'"),
    ("a report query", "report queries", "dba.treportmanager 'Files received': a query failed: column \"nope\" does not exist",
     """UPDATE dba.treportmanager SET emailbodyqueries = '{"grid1": "SELECT nope"}' WHERE reportid = 2"""),
    ("a report of two statements", "report queries", "dba.treportmanager 'Files received': a query is not one SELECT",
     """ALTER TABLE dba.treportmanager DISABLE TRIGGER USER;
        UPDATE dba.treportmanager SET emailbodyqueries = '{"grid1": "SELECT 1; SELECT 2"}' WHERE reportid = 2"""),
    ("a file nobody takes", "unmatched files", "1 file(s) that no feed takes: stranger.csv", drop_a_stranger),
]  # fmt: skip
# What else goes with it: cron would start a script that is not there, and feeds look into a folder that is gone.
ALSO = {"a script": {"cron table"}, "a folder is gone": {"config folders"}}


@pytest.mark.parametrize(("name", "check", "text", "breaks"), BREAKS, ids=[name for name, *_ in BREAKS])
def test_a_broken_thing_is_found_with_its_fix_and_nothing_else_is(patient, name, check, text, breaks):
    patient.sql(breaks) if isinstance(breaks, str) else breaks(patient)
    lines = [line for line in patient.lines() if line.state == "problem"]
    assert {line.check for line in lines} == {check} | ALSO.get(name, set()), lines
    assert any(text in line.text for line in lines if line.check == check), lines
    assert all(line.fix and "\n" not in line.fix + line.text for line in lines)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: gives a folder away")
def test_a_folder_of_somebody_else_is_found(patient):
    shutil.chown(patient.settings.home / "logs", "nobody")
    assert [(check, text.rpartition("/")[2]) for check, text in patient.problems()] == [("folders", "logs belongs to nobody")]


def test_every_check_is_broken_somewhere():
    assert {check.name for check in CHECKS} - {check for _, check, *_ in BREAKS} == {"database"}


def test_without_a_database_the_machine_is_looked_at_all_the_same(patient):
    patient.settings = replace(patient.settings, port="9")
    lines = patient.lines()
    assert [line.check for line in lines if line.state == "problem"] == ["database"]
    assert {line.check for line in lines if line.state == "skipped"} == {check.name for check in CHECKS if check.needs_database}


def test_a_mail_server_that_takes_the_login_is_fine_and_one_that_does_not_is_named(patient, tmp_path):
    with smtp_server(tmp_path) as room:
        facts = {"smtp_host": "localhost", "smtp_port": room.port, "ca_bundle": room.ca_file}
        patient.settings = replace(patient.settings, **facts, email_password="c4nary-smtp")
        assert patient.problems() == [] and room.logins
        patient.settings = replace(patient.settings, email_password="an-old-one")
        ((check, text),) = patient.problems()
    assert check == "mail server" and "535" in text and "an-old-one" not in text
    assert room.mails == []


def test_a_check_that_fails_itself_does_not_stop_the_others(patient, monkeypatch):
    def fails(_box):
        raise psycopg2.ProgrammingError("no such thing\nwith details")

    monkeypatch.setattr("diagnosis.CHECKS", (replace(CHECKS[1], look=fails), CHECKS[2]))
    assert [(line.state, line.text) for line in patient.lines()] == [
        ("problem", "cannot be checked: no such thing"),
        ("ok", "the database is what this checkout sets up"),
    ]


def test_the_command_changes_nothing_and_its_exit_code_tells(patient, job_env):
    before = one(patient.admin, "SELECT count(*) FROM dba.tjobrun")
    result = subprocess.run([sys.executable, ROOT / "jobscripts/doctor.py"], env=job_env, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (1, "")
    assert "PROBLEM  clock: " in result.stdout and "         fix: sudo timedatectl" in result.stdout
    assert "ok       database: PostgreSQL answers" in result.stdout
    data = run(job_env, "doctor.py", "--json").stdout
    assert {line["check"] for line in json.loads(data)} == {check.name for check in CHECKS}
    assert PASSWORD not in result.stdout + data
    patient.admin.rollback()
    assert one(patient.admin, "SELECT count(*) FROM dba.tjobrun") == before


def test_the_last_line_sums_up():
    assert shown([Line("a", "ok", "fine")]) == "ok       a: fine\nnothing is wrong"
    assert shown([Line("a", "problem", "bad", "mend it")]) == "PROBLEM  a: bad\n         fix: mend it\n1 problem(s) found"


def test_the_shell_and_the_doctor_agree_on_the_version():
    sql = ROOT / "onboarding" / "sql"
    script = f"cd '{sql}' && grep -Ev '^[[:space:]]*(#|$)' order.txt | xargs cat -- | sha256sum | cut -d' ' -f1"
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True).stdout.strip() == sha256_of_setup(sql)
    assert timedelta(days=box_checks.TOKEN_DAYS) > timedelta(days=90)
