"""From any row of any sample table to the mail it came in, to the reports that read it, and back."""

import uuid
from datetime import UTC, datetime

import pytest

import sample_run
from errors import ConfigError
from import_ledger import FileRecord, record_file
from lineage import report_queries, tables_read
from report_queries import QueryError, report_session
from row_trace import trace
from schema_rows import insert, rows

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def day(settings, server, database_name, job_env, connect_as):
    """A database on which the main job has run on the sample mails."""
    sample_run.set_up(server, database_name, settings.home)
    sample_run.run_all(job_env)
    return connect_as("etl_user")


def test_every_row_leads_to_its_mail_and_every_mail_to_its_rows(day, settings):
    for feed in sample_run.FEEDS:
        table = "feeds." + feed.lower().replace(" ", "_")
        datasets = rows(day, f"SELECT datasetid, count(*) FROM {table} GROUP BY 1")
        day.rollback()
        for datasetid, count in datasets:
            lines = trace(settings, day, "dataset", str(datasetid))
            mail = next(line for line in lines if line.startswith("mail "))
            assert any(f"dataset {datasetid}, " in line and f"{count:,} rows in {table}" in line for line in lines)
            back = trace(settings, day, "mail", mail.split()[1])
            assert any(f"dataset {datasetid}, " in line for line in back)
            file = next(line for line in lines if line.strip().startswith("file "))
            assert trace(settings, day, "file", file.split()[2].rstrip(",")) == lines


def test_the_chain_of_a_report_ends_in_the_mails_it_was_made_of(day, settings):
    lines = trace(settings, day, "report", "Client orders")
    assert lines[0].startswith("report 3 'Client orders' due ") and ": sent " in lines[0]
    assert lines[1].startswith("  mail 1 'Acme orders for 20 Nov 2026' from orders@acme.example")
    assert any("dataset 1, Acme Orders 'Acme orders' of 2026-11-20: Active since" in line for line in lines)
    assert not any("birch" in line for line in lines)
    forward = trace(settings, day, "dataset", "1")
    assert any(line.strip().startswith("report 3 'Client orders' due") for line in forward)
    assert not any(line.strip().startswith("report") for line in trace(settings, day, "dataset", "2"))


def test_a_mail_without_a_file_and_a_file_without_a_mail_have_their_chain_too(day, settings, job_env):
    assert trace(settings, day, "mail", "Ten spreadsheet tricks you did not know")[0].startswith("mail ")
    (settings.home / "file_watcher" / "20261121_acme_orders.csv").write_text("order_id\n1\n")
    assert sample_run.run(job_env, "run_import_job.py", "Acme orders").returncode == 0
    lines = trace(settings, day, "file", "20261121_acme_orders.csv")
    assert lines[0] == "put into the folder by hand, or by a program that leaves no record"
    assert "20261121_acme_orders.csv, SHA-256 " in lines[1]


def test_the_command_prints_the_chain_and_refuses_what_it_does_not_know(day, job_env):
    result = sample_run.run(job_env, "trace.py", "dataset", "1")
    assert result.returncode == 0 and "dataset 1, Acme Orders" in result.stdout
    result = sample_run.run(job_env, "trace.py", "file", "nope.csv")
    assert (result.returncode, result.stderr) == (2, "ERROR: no file called 'nope.csv' is on record; look it up in dba.timportfile\n")


@pytest.mark.parametrize(("kind", "wanted"), [("mail", "x"), ("file", "x"), ("dataset", "9"), ("dataset", "x"), ("report", "x")])
def test_what_is_not_on_record_is_said_so(settings, connect_as, kind, wanted):
    with pytest.raises(ConfigError, match=rf"look it up in dba\.t{'inboxmessage' if kind == 'mail' else ''}"):
        trace(settings, connect_as("etl_user"), kind, wanted)


ORIGINS = {
    "SFTP sftp.example.com:/out/a.csv": "INSERT INTO dba.tsftptransfer (config_id, direction, remote_path, local_path, sha256, verified_at)"
    " VALUES (%(exchange)s, 'pull', '/out/a.csv', '/in/20261124_a.csv', %(sha)s, now())",
    "web https://site.example/a.csv": "INSERT INTO dba.twebdownload (kind, config_name, sweep, item, url, status, sha256, file_name)"
    " VALUES ('file', 'Prices', gen_random_uuid(), 'a', 'https://site.example/a.csv', 'done', %(sha)s, '20261124_a.csv')",
    "MeetMax check Autumn": "INSERT INTO dba.twebdownload (kind, config_name, sweep, item, url, status, sha256, file_name)"
    " VALUES ('check', 'Autumn', gen_random_uuid(), '1', 'https://site.example/1', 'done', %(sha)s, '20261124_a.csv')",
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_file_that_the_web_or_sftp_brought_says_so(settings, connect_as, database, origin):
    config, sha = insert(database, "timportconfig"), "a" * 64
    facts = {"exchange": insert(database, "tsftpconfig"), "sha": sha}
    with database.cursor() as cursor:
        for one, statement in ORIGINS.items():  # of all that brought these bytes, the one that gave the file its name
            cursor.execute(statement.replace("20261124_a.csv", "20261124_a.csv" if one == origin else "other.csv"), facts)
        record = FileRecord(config, str(uuid.uuid4()), "20261124_a.csv", sha, 1, NOW, "feeds.a", "Empty", "/archive/a.csv")
        record_file(cursor, record)
    database.commit()
    assert trace(settings, connect_as("etl_user"), "file", "20261124_a.csv")[0] == origin


def test_tables_are_seen_through_views_and_nothing_is_run(settings, connect_as):
    with report_session(settings) as session:
        assert tables_read(session, "SELECT * FROM dba.vfilesreceived") >= {"dba.timportfile", "dba.timportconfig"}
        for query in ("SELECT 1; SELECT 2", "SELECT nope", "ANALYZE SELECT 1", "SELECT pg_sleep("):
            with pytest.raises(QueryError):
                tables_read(session, query)
        assert tables_read(session, "SELECT pg_sleep(60)") == set()
    with connect_as("etl_user").cursor() as cursor:
        assert set(report_queries(cursor)) == {1, 2}
