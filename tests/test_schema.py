"""The schema of onboarding/sql on a real server: set up again and again, its first rows, who may do what, its maintenance."""

import re
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from psycopg2 import errors

from schema_rows import CONFIG_TABLES, autocommit, insert, one, rows, run

SQL = Path(__file__).resolve().parent.parent / "onboarding" / "sql"

# --- set-up ------------------------------------------------------------------------------------------------------------


def schema_dump(server, name):
    command = ["pg_dump", "-s", "-d", name]
    dump = subprocess.run(command, env=server.env, check=True, capture_output=True, text=True).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.MULTILINE)


def test_set_up_again_gives_the_same_schema_and_rows(server, database_name, run_setup_sql, connect_as):
    owner = autocommit(connect_as("etl_owner"))
    tables = [name for (name,) in rows(owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'dba' AND tablename <> 'tddllogs'")]
    content = lambda: {name: rows(owner, f"SELECT * FROM dba.{name} ORDER BY 1") for name in tables}  # noqa: E731
    dump, before = schema_dump(server, database_name), content()
    run_setup_sql()
    run_setup_sql()
    assert schema_dump(server, database_name) == dump
    assert content() == before


def test_every_file_is_in_the_order_or_known_not_to_be():
    listed = (SQL / "order.txt").read_text().split()
    assert sorted([*listed, "common.sql", "usefulqueries.sql"]) == sorted(path.name for path in SQL.glob("*.sql"))


def test_every_set_up_file_starts_with_the_common_part():
    for name in (SQL / "order.txt").read_text().split():
        assert "\n\\ir common.sql\n" in (SQL / name).read_text(), name


def test_every_object_has_a_comment(database):
    missing = rows(
        database,
        """
        SELECT relname::text FROM pg_class WHERE relnamespace = 'dba'::regnamespace AND relkind IN ('r', 'v')
               AND obj_description(oid, 'pg_class') IS NULL
        UNION ALL
        SELECT relname || '.' || attname FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
        WHERE relnamespace = 'dba'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
              AND col_description(attrelid, attnum) IS NULL
        UNION ALL
        SELECT proname FROM pg_proc WHERE pronamespace = 'dba'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL
        """,
    )
    assert missing == []


def test_everything_belongs_to_the_owner_but_the_event_trigger(database):
    assert rows(
        database,
        """
        SELECT relname::text FROM pg_class WHERE relnamespace = 'dba'::regnamespace AND relowner <> 'etl_owner'::regrole
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'dba'::regnamespace AND proowner <> 'etl_owner'::regrole
        """,
    ) == [("f_log_ddl",)]


def test_every_privileged_routine_pins_its_search_path(database):
    assert rows(database, "SELECT proname FROM pg_proc WHERE pronamespace = 'dba'::regnamespace AND prosecdef AND proconfig IS NULL") == []


def test_every_config_table_is_checked_timed_and_remembered(database):
    for table in CONFIG_TABLES:
        of_table = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
        names = {name for (name,) in rows(database, of_table, f"dba.{table}")}
        assert names - {"d_keep_history"} == {"a_check", "b_timestamps", "c_history"}, table
        assert not {"is_active", "created_at", "last_modified_at"} - {
            name for (name,) in rows(database, "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass", f"dba.{table}")
        }


def psql_as_admin(server, database_name, *arguments):
    """What psql prints as etl_admin."""
    command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-U", "etl_admin", "-d", database_name, *arguments]
    return subprocess.run(command, env=server.env, check=True, capture_output=True, text=True).stdout


def test_the_useful_queries_run_as_the_admin_each_under_its_title_and_with_a_limit(server, database_name):
    text = (SQL / "usefulqueries.sql").read_text()
    titles = re.findall(r"^\\echo '(== .* ==)'$", text, re.MULTILINE)
    queries = re.sub(r"^(\\echo|--).*\n", "", text, flags=re.MULTILINE).split(";\n")[:-1]
    assert len(titles) == len(queries) > 20 and all(re.search(r"LIMIT \d+$", query) for query in queries)
    printed = psql_as_admin(server, database_name, "-f", SQL / "usefulqueries.sql").splitlines()
    assert [line for line in printed if line.startswith("==")] == titles
    assert titles[-1] == "== What changed in the schema? =="


def test_every_config_column_is_described_within_80_characters(server, database_name, connect_as):
    admin = connect_as("etl_admin")
    described = rows(admin, "SELECT table_name, column_name FROM dba.vconfigcolumns")
    columns = "SELECT relname::text, attname::text FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid"
    known = f"{columns} WHERE attrelid = ANY (%s::regclass[]) AND attnum > 0 AND NOT attisdropped"
    assert sorted(described) == sorted(rows(admin, known, [f"dba.{table}" for table in CONFIG_TABLES]))
    for table in CONFIG_TABLES:
        query = f"SELECT column_name, default_value, meaning FROM dba.vconfigcolumns WHERE table_name = '{table}'"
        assert max(map(len, psql_as_admin(server, database_name, "-c", query).splitlines())) <= 80
    assert rows(
        admin,
        "SELECT column_name, default_value, meaning FROM dba.vconfigcolumns WHERE table_name = 'timportconfig' AND column_name IN"
        " ('config_id', 'config_name', 'source_directory', 'min_rows', 'null_tokens')",
    ) == [
        ("config_id", "next number", "Number of the feed;\nrun_import_job.py takes it or the\nname."),
        ("config_name", None, "Name of the feed, e.g.\nclient_orders."),
        ("source_directory", "file_watcher", "Folder to look in: absolute, or\nbelow $ETL_HOME."),
        ("null_tokens", '{""}', 'Cell texts that mean "no value"; by\ndefault only the empty cell. NULL or\nNone stay text unless listed.'),
        ("min_rows", "0", "A file with fewer rows is refused."),
    ]


def test_schema_changes_are_logged(connect_as):
    job = autocommit(connect_as("etl_user"))
    run(job, "CREATE SCHEMA feeds")
    run(job, "CREATE TABLE feeds.orders (a text)")
    run(job, "CREATE TEMPORARY TABLE scratch (a text)")
    run(job, "DROP TABLE feeds.orders")
    assert rows(job, "SELECT command_tag, object_name FROM dba.tddllogs WHERE user_name = 'etl_user' ORDER BY ddllogid") == [
        ("CREATE SCHEMA", "feeds"),
        ("CREATE TABLE", "feeds.orders"),
        ("DROP TABLE", "feeds.orders"),
    ]


# --- seed rows ---------------------------------------------------------------------------------------------------------


def test_the_seed_holds_the_strategies_and_the_schedule(database):
    assert rows(database, "SELECT strategyname FROM dba.timportstrategy ORDER BY importstrategyid") == [
        ("Import and create new columns if needed",),
        ("Import only (ignores new columns)",),
        ("Import or fail if columns are missing from source file",),
    ]
    assert rows(database, "SELECT scriptpath, frequency, datastatusid FROM dba.tscheduler ORDER BY schedulerid") == [
        ("run_download_and_import.sh", "0 5,17 * * 1-5", 2),
        ("meetmax_url_check.py", "0 19 * * 5", 2),
        ("weekly_cleanup_logs.sh", "0 2 * * 0", 1),
        ("daily_backup.sh", "0 3 * * *", 1),
        ("run_gmail_inbox_processor.py", "*/10 * * * *", 1),
        ("run_import_job.py", "5,15,25,35,45,55 * * * *", 1),
        ("check_alarms.py", "5-59/10 * * * *", 1),
        ("send_daily_digest.py", "0 7 * * *", 1),
        ("run_missed_tasks.py", "2-59/10 * * * *", 1),
        ("fill_calendar.py", "30 5 * * 1", 1),
        ("pg_backup_all.sh", "30 3 * * 0", 2),
        ("restore_check.sh", "0 4 * * 0", 1),
        ("weekly_cleanup_meetmaxevents.sh", "15 2 * * 0", 1),
        ("database_care.sh", "30 2 * * 0", 1),
        ("database_care.sh", "30 1 * * *", 1),
        ("database_care.sh", "45 1 * * *", 1),
        ("database_care.sh", "*/5 * * * *", 1),
    ]
    assert rows(database, "SELECT reportid, frequency, is_active FROM dba.treportmanager ORDER BY reportid") == [
        (1, "20 11 * * 1-5", True),
        (2, "25 11 * * 1-5", True),
    ]


def test_the_feeds_of_meetmax_ship_switched_off(connect_as, run_setup_sql):
    admin = autocommit(connect_as("etl_admin"))
    feeds = "SELECT config_name, target_table, is_active FROM dba.timportconfig ORDER BY config_name"
    check = ("MeetMaxURLCheck", "feeds.tmeetmaxurlcheck", False)
    assert rows(admin, feeds) == [("MeetMaxEvent", "feeds.tmeetmaxevent", False), check]
    run(admin, "DELETE FROM dba.timportconfig WHERE config_name = 'MeetMaxEvent'")
    run_setup_sql()
    assert rows(admin, feeds) == [check]


def test_set_up_again_leaves_the_admins_edits_alone(connect_as, run_setup_sql):
    admin = autocommit(connect_as("etl_admin"))
    run(admin, "UPDATE dba.treportmanager SET reportname = 'Daily files', toheader = 'ann@example.com' WHERE reportid = 2")
    run(admin, "DELETE FROM dba.treportmanager WHERE reportid = 1")
    run(admin, "UPDATE dba.tscheduler SET taskname = 'Mail', frequency = '*/5 * * * *' WHERE taskname = 'Inbox'")
    run(admin, "DELETE FROM dba.tlogretention WHERE table_name = 'tddllogs'")
    run(admin, "UPDATE dba.tlogretention SET keep_days = 8 WHERE table_name = 'tlogentry'")
    run_setup_sql()
    assert rows(admin, "SELECT reportid, reportname, toheader FROM dba.treportmanager") == [(2, "Daily files", "ann@example.com")]
    assert one(admin, "SELECT count(*) FROM dba.tscheduler") == 17
    assert one(admin, "SELECT frequency FROM dba.tscheduler WHERE taskname = 'Mail'") == "*/5 * * * *"
    assert one(admin, "SELECT keep_days FROM dba.tlogretention WHERE table_name = 'tlogentry'") == 8
    assert one(admin, "SELECT count(*) FROM dba.tlogretention WHERE table_name = 'tddllogs'") == 0


def test_the_next_report_follows_the_seeded_ones(connect_as):
    assert insert(connect_as("etl_admin"), "treportmanager") == 3


def test_the_seeded_reports_run_as_the_report_role(connect_as):
    report = connect_as("etl_report")
    for (queries,) in rows(connect_as("etl_admin"), "SELECT emailbodyqueries FROM dba.treportmanager"):
        for query in queries.values():
            assert rows(report, query) == []


# --- roles -------------------------------------------------------------------------------------------------------------


def make_target(job):
    """A target table as a job makes it, feeds.orders, with one row."""
    run(job, "CREATE SCHEMA feeds")
    run(job, "CREATE TABLE feeds.orders AS SELECT 1 AS a")
    return job


@pytest.fixture
def target(connect_as):
    """A connection as etl_user to a database with a target table."""
    return make_target(autocommit(connect_as("etl_user")))


@pytest.fixture(scope="module")
def sessions(server, template):
    """One connection per role to a database with a target table, for tests that change nothing; roll them back."""
    name = "schema_roles"
    with closing(autocommit(server.connect("postgres"))) as postgres:
        run(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
        run(postgres, f"GRANT CREATE, TEMPORARY ON DATABASE {name} TO etl_owner, etl_user")
        make_target(autocommit(server.connect(name, "etl_user"))).close()
        yield {role: server.connect(name, role) for role in ("etl_user", "etl_admin", "etl_report")}
        run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


ALLOWED = [
    ("etl_user", "SELECT * FROM dba.timportconfig"),
    ("etl_user", "INSERT INTO dba.tlogentry (message) VALUES ('x')"),
    ("etl_user", "INSERT INTO dba.tjobrun (run_uuid, job, host, user_name) VALUES (gen_random_uuid(), 'x', 'x', 'x')"),
    ("etl_user", "CREATE SCHEMA more"),
    ("etl_user", "CREATE TABLE public.more (a int)"),
    ("etl_admin", "UPDATE dba.treportmanager SET toheader = 'ann@example.com'"),
    ("etl_admin", "SELECT * FROM dba.tlogentry"),
    ("etl_admin", "SELECT * FROM dba.tconfighistory"),
    ("etl_admin", "SELECT * FROM feeds.orders"),
    ("etl_admin", "INSERT INTO dba.tholidays VALUES ('2026-12-25', 'Christmas')"),
    ("etl_report", "SELECT * FROM feeds.orders"),
    ("etl_report", "SELECT * FROM dba.tdataset JOIN dba.tdatastatus USING (datastatusid)"),
    ("etl_report", "SELECT * FROM dba.tdatasource, dba.tdatasettype, dba.tcalendardays, dba.tholidays"),
    ("etl_report", "SELECT * FROM dba.vfilesreceived"),
    ("etl_report", "SELECT * FROM dba.vactivedataset"),
    ("etl_report", "SELECT * FROM dba.vlatestdataset"),
    ("etl_admin", "SELECT * FROM dba.vlatestdataset"),
]
FORBIDDEN = [
    ("etl_user", "UPDATE dba.timportconfig SET is_active = false"),
    ("etl_user", "DELETE FROM dba.timportfile"),
    ("etl_user", "DELETE FROM dba.tlogentry"),
    ("etl_user", "INSERT INTO dba.tconfighistory (table_name, row_id, operation) VALUES ('x', 'x', 'INSERT')"),
    ("etl_user", "CREATE TABLE dba.mine (a int)"),
    ("etl_user", "ALTER TABLE dba.tlogentry DISABLE TRIGGER ALL"),
    ("etl_admin", "INSERT INTO dba.tlogentry (message) VALUES ('x')"),
    ("etl_admin", "UPDATE dba.tconfighistory SET changed_by = 'nobody'"),
    ("etl_admin", "DELETE FROM dba.timportfile"),
    ("etl_admin", "DELETE FROM feeds.orders"),
    ("etl_admin", "CREATE SCHEMA mine"),
    ("etl_admin", "CREATE TABLE public.mine (a int)"),
    ("etl_admin", "TRUNCATE dba.timportconfig"),
    ("etl_report", "SELECT * FROM dba.timportconfig"),
    ("etl_report", "SELECT * FROM dba.treportmanager"),
    ("etl_report", "SELECT * FROM dba.timportfile"),
    ("etl_report", "SELECT * FROM dba.tinboxmessage"),
    ("etl_report", "SELECT * FROM dba.tconfighistory"),
    ("etl_report", "SELECT * FROM dba.vimportbooks"),
    ("etl_report", "SELECT * FROM dba.vconfigcolumns"),
    ("etl_report", "INSERT INTO feeds.orders VALUES (2)"),
    ("etl_report", "DELETE FROM dba.tdataset"),
    ("etl_report", "SELECT dba.f_dataset_iu('a', 'b', 'c', current_date)"),
    ("etl_report", "SELECT dba.f_insert_tscheduler('{}')"),
    ("etl_report", "CALL dba.p_dataset_deactivate(1)"),
    ("etl_report", "CALL dba.ppurgeoldlogs()"),
    ("etl_report", "SELECT pg_read_file('/etc/passwd')"),
    ("etl_report", "COPY dba.tdataset TO PROGRAM 'true'"),
    ("etl_report", "CREATE TABLE public.mine (a int)"),
    ("etl_report", "SELECT nextval('dba.tdataset_datasetid_seq')"),
]


@pytest.fixture
def session(sessions, role):
    """The connection of the test's role, rolled back after the test."""
    yield sessions[role]
    sessions[role].rollback()


@pytest.mark.parametrize(("role", "statement"), ALLOWED)
def test_a_role_may(session, role, statement):
    run(session, statement)


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_a_role_may_not(session, role, statement):
    if role == "etl_report":  # a query can lift the read-only default; the rights must hold without it
        run(session, "SET TRANSACTION READ WRITE")
    with pytest.raises(errors.InsufficientPrivilege):
        run(session, statement)


def test_the_report_role_starts_read_only_and_with_a_time_limit(connect_as):
    report = connect_as("etl_report")
    assert one(report, "SHOW transaction_read_only") == "on"
    assert one(report, "SHOW statement_timeout") == "1min"


def test_no_role_is_a_superuser_or_makes_roles(database):
    assert rows(database, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'etl_%%' AND (rolsuper OR rolcreaterole OR rolcreatedb)") == []


def test_nothing_is_left_to_everybody(database):
    assert (
        rows(
            database,
            """
        SELECT proname::text FROM pg_proc WHERE pronamespace = 'dba'::regnamespace
            AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))
        UNION ALL
        SELECT relname FROM pg_class WHERE relnamespace = 'dba'::regnamespace AND EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee = 0)
        """,
        )
        == []
    )


def test_a_backup_by_the_job_role_reads_everything(target, server, database_name):
    command = ["pg_dump", "-d", database_name, "-U", "etl_user", "-f", "/dev/null"]
    assert subprocess.run(command, env=server.env, capture_output=True, text=True).stderr == ""


# --- maintenance -------------------------------------------------------------------------------------------------------


def test_old_log_rows_go_in_batches_and_young_ones_stay(connect_as):
    job, owner = autocommit(connect_as("etl_user")), autocommit(connect_as("etl_owner"))
    run(owner, "INSERT INTO dba.tlogentry (timestamp, message) SELECT now() - interval '91 days', 'old' FROM generate_series(1, 25)")
    run(owner, "INSERT INTO dba.tlogentry (timestamp, message) VALUES (now() - interval '89 days', 'young')")
    run(owner, "INSERT INTO dba.tddllogs (executed_at, command_tag) VALUES (now() - interval '500 days', 'old')")
    run(owner, "UPDATE dba.tlogretention SET is_active = false WHERE table_name = 'tddllogs'")
    run(job, "CALL dba.ppurgeoldlogs(10)")
    assert rows(owner, "SELECT message FROM dba.tlogentry") == [("young",)]
    assert one(owner, "SELECT count(*) FROM dba.tddllogs WHERE command_tag = 'old'") == 1
    assert rows(owner, "SELECT rows_affected, succeeded FROM dba.tmaintenancelog WHERE object_name = 'dba.tlogentry'") == [(25, True)]


def test_whole_months_of_log_lines_go_by_dropping_their_table(connect_as):
    job, owner = autocommit(connect_as("etl_user")), autocommit(connect_as("etl_owner"))
    run(owner, "INSERT INTO dba.tlogentry (timestamp, message) VALUES ('2020-02-29 23:59:59.9Z', 'old'), ('2020-03-01Z', 'next month')")
    run(owner, "SELECT dba.f_make_log_month('2020-02-15')")  # takes its line from the default partition, and only that
    assert rows(owner, "SELECT tableoid::regclass::text, message FROM dba.tlogentry ORDER BY timestamp") == [
        ("dba.tlogentry_202002", "old"),
        ("dba.tlogentry_default", "next month"),
    ]
    assert rows(job, "SELECT message FROM dba.tlogentry_202002") == [("old",)]  # a backup by the job's role reads it
    run(owner, "ANALYZE dba.tlogentry_202002")
    run(owner, "UPDATE dba.tlogretention SET is_active = false WHERE table_name = 'tlogentry'")
    assert one(job, "SELECT dba.f_drop_old_log_months()") == 0
    run(owner, "UPDATE dba.tlogretention SET is_active = true WHERE table_name = 'tlogentry'")
    run(job, "CALL dba.ppurgeoldlogs()")
    assert rows(owner, "SELECT to_regclass('dba.tlogentry_202002')") == [(None,)]
    assert rows(owner, "SELECT message FROM dba.tlogentry") == []
    assert rows(owner, "SELECT rows_affected, succeeded FROM dba.tmaintenancelog WHERE object_name = 'dba.tlogentry'") == [(2, True)]


def test_running_jobs_are_never_purged(connect_as):
    job = autocommit(connect_as("etl_user"))
    run(job, "INSERT INTO dba.tjobrun (run_uuid, job, host, user_name, started_at) VALUES (gen_random_uuid(), 'x', 'x', 'x', '2000-01-01')")
    run(job, "CALL dba.ppurgeoldlogs()")
    assert one(job, "SELECT count(*) FROM dba.tjobrun") == 1


def test_analyze_and_reindex_really_happen_and_one_failure_does_not_stop_the_others(target, connect_as):
    job, owner = target, autocommit(connect_as("etl_owner"))
    run(job, "CREATE FUNCTION feeds.broken(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN $1 / $1; END$$")
    run(job, "CREATE TABLE feeds.a_bad (a int)")
    run(job, "INSERT INTO feeds.a_bad VALUES (1), (2)")
    run(job, "CREATE INDEX ON feeds.a_bad (feeds.broken(a))")
    run(job, "CREATE OR REPLACE FUNCTION feeds.broken(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN 1 / 0; END$$")
    run(job, "CREATE INDEX orders_ix ON feeds.orders (a)")
    before = one(owner, "SELECT relfilenode FROM pg_class WHERE relname = 'orders_ix'")
    run(job, "CALL dba.preindextables('feeds')")
    assert one(owner, "SELECT relfilenode FROM pg_class WHERE relname = 'orders_ix'") != before
    log = rows(owner, "SELECT object_name, succeeded, message FROM dba.tmaintenancelog WHERE operation = 'reindex' ORDER BY 1")
    assert log == [("feeds.a_bad", False, "division by zero"), ("feeds.orders", True, None)]
    run(job, "CALL dba.panalyzetables(0)")
    assert one(owner, "SELECT reltuples FROM pg_class WHERE oid = 'feeds.orders'::regclass") == 1
    assert one(owner, "SELECT bool_and(succeeded) FROM dba.tmaintenancelog WHERE operation = 'analyze' AND object_name <> 'feeds.a_bad'")


def test_a_long_query_is_recorded_once_with_its_text(connect_as):
    slow, job = autocommit(connect_as("etl_admin")), autocommit(connect_as("etl_user"))
    sleeping = threading.Thread(target=run, args=(slow, "SELECT pg_sleep(1.5) AS the_long_one"))
    sleeping.start()
    sleeping.join(0.5)
    run(job, "CALL dba.precordlongqueries('200 milliseconds')")
    run(job, "CALL dba.precordlongqueries('200 milliseconds')")
    sleeping.join()
    run(job, "CALL dba.precordlongqueries('200 milliseconds')")
    assert rows(job, "SELECT user_name, state, query, last_seen_at > first_seen_at FROM dba.tlongrunningquery") == [
        ("etl_admin", "active", "SELECT pg_sleep(1.5) AS the_long_one", True),
    ]


def test_a_snapshot_has_every_table_and_index(target):
    run(target, "CALL dba.psnapshottableindexstats()")
    taken = rows(target, "SELECT schema_name, table_name, index_name IS NULL, size_bytes > 0 FROM dba.ttableindexstats")
    assert ("feeds", "orders", True, True) in taken
    assert ("dba", "tscheduler", False, True) in taken
