"""What no role may do: one line a forbidden act, refused by PostgreSQL itself, whatever the programs would let through."""

import contextlib

import pytest
from psycopg2 import errors

from schema_rows import insert

EVERYBODY = [
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY dba.tdatasource FROM PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/etl-forbidden'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT * FROM pg_authid",
    "ALTER SYSTEM SET log_statement = 'all'",
    "CREATE ROLE intruder",
    "ALTER ROLE postgres PASSWORD 'x'",
    "ALTER ROLE etl_owner SUPERUSER",
    "SET ROLE postgres",
    "CREATE DATABASE intruder",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE c AS '/lib/x.so'",
    "SET session_replication_role = replica",
]
# Nobody but the set-up changes what the schema is, or what the history of the config says.
NOT_THE_OWNER = [
    "DROP TABLE dba.tjobrun",
    "ALTER TABLE dba.timportconfig DISABLE TRIGGER USER",
    "ALTER TABLE dba.timportfile DROP CONSTRAINT timportfile_books_ck",
    "CREATE TABLE dba.mine (a int)",
    "CREATE FUNCTION dba.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION dba.f_setup_sha256() RETURNS text LANGUAGE sql AS 'SELECT 1'",
    "ALTER DEFAULT PRIVILEGES FOR ROLE etl_owner GRANT SELECT ON TABLES TO PUBLIC",
    "TRUNCATE dba.tlogentry",
    "INSERT INTO dba.tconfighistory DEFAULT VALUES",
    "UPDATE dba.tconfighistory SET new_row = NULL",
    "DELETE FROM dba.tconfighistory",
    "DELETE FROM dba.tjobrun",
    "DELETE FROM dba.tlogentry",
    "DELETE FROM dba.timportfile",
    "DELETE FROM dba.timportreject",
    "DELETE FROM dba.tinboxmessage",
    "DELETE FROM dba.treportrun",
    "DELETE FROM dba.tdataset",
    "DELETE FROM dba.tbackup",
    "SET ROLE etl_owner",
]
CONFIG = ["timportconfig", "timportcolumn", "tinboxconfig", "treportmanager", "tscheduler", "tmeetmaxconfig", "tsftpconfig"]
LEDGERS = {
    "tjobrun": "message", "tlogentry": "message", "timportfile": "error", "timportreject": "message", "tinboxmessage": "reason",
    "tinboxattachment": "reason", "treportrun": "error", "tsftptransfer": "error", "tbackup": "error", "tdataset": "label",
}  # fmt: skip
JOBS = [
    *(f"UPDATE dba.{table} SET created_at = now()" for table in CONFIG if table != "timportcolumn"),
    *(f"DELETE FROM dba.{table}" for table in CONFIG),
    "INSERT INTO dba.timportconfig (config_name) VALUES ('x')",
    "INSERT INTO dba.tscheduler (taskname) VALUES ('x')",
    'SELECT dba.f_insert_treportmanager(\'{"reportname": "x"}\')',
    'SELECT dba.f_update_tscheduler(1, \'{"scriptpath": "x.py"}\')',
    "SET ROLE etl_admin",
    "SET ROLE etl_report",
]
ADMINS = [
    *(f"UPDATE dba.{table} SET {column} = 'x'" for table, column in LEDGERS.items()),
    "INSERT INTO dba.tjobrun (run_uuid, job, host, user_name) VALUES (gen_random_uuid(), 'x', 'x', 'x')",
    "INSERT INTO feeds.orders VALUES (1, 'x')",
    "UPDATE feeds.orders SET a = 'x'",
    "DELETE FROM feeds.orders",
    "DROP TABLE feeds.orders",
    "CREATE SCHEMA mine",
    "CREATE TABLE feeds.mine (a int)",
    "CREATE TABLE public.mine (a int)",
    "SET ROLE etl_user",
    "SET ROLE etl_report",
]
REPORTS = [
    *(f"SELECT * FROM dba.{table}" for table in [*CONFIG, *LEDGERS, "tconfighistory"] if table != "tdataset"),
    *(f"UPDATE dba.{table} SET {column} = 'x'" for table, column in LEDGERS.items()),
    "INSERT INTO feeds.orders VALUES (1, 'x')",
    "UPDATE feeds.orders SET a = 'x'",
    "DELETE FROM feeds.orders",
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine (a int)",
    "CREATE TABLE feeds.mine (a int)",
    "SELECT nextval('dba.tjobrun_jobrunid_seq')",
    "CALL dba.p_dataset_deactivate(1)",
    "SELECT dba.f_dataset_undo(1)",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SET ROLE etl_user",
    "SET ROLE etl_admin",
]
FORBIDDEN = {
    "etl_owner": EVERYBODY,
    "etl_user": [*EVERYBODY, *NOT_THE_OWNER, *JOBS],
    "etl_admin": [*EVERYBODY, *NOT_THE_OWNER, *ADMINS],
    "etl_report": [*EVERYBODY, *NOT_THE_OWNER, *REPORTS],
}


@pytest.fixture
def feed_table(connect_as):
    """A target table as the import makes it, and a row of each kind of config."""
    with connect_as("etl_user") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds; CREATE TABLE feeds.orders (datasetid bigint, a text)")
    with connect_as("etl_admin") as connection:
        insert(connection, "timportconfig")


@pytest.mark.parametrize("role", FORBIDDEN)
def test_each_role_is_refused_what_it_must_not_do(connect_as, feed_table, role):
    connection = connect_as(role)
    connection.set_session(readonly=False, autocommit=True)  # a report's SQL may ask for this too: it must not help
    allowed = []
    for statement in FORBIDDEN[role]:
        with contextlib.suppress(errors.InsufficientPrivilege), connection.cursor() as cursor:
            cursor.execute(statement)
            allowed.append(statement)
    assert allowed == []


ALLOWED = {
    "etl_user": ["SELECT * FROM dba.timportconfig", "UPDATE dba.timportfile SET error = 'x'", "DELETE FROM feeds.orders"],
    "etl_admin": ["UPDATE dba.timportconfig SET min_rows = 1", "SELECT * FROM dba.tlogentry", "SELECT * FROM feeds.orders"],
    "etl_report": ["SELECT * FROM feeds.orders", "SELECT * FROM dba.vfilesreceived", "SELECT * FROM dba.vlatestdataset"],
}


@pytest.mark.parametrize("role", ALLOWED)
def test_each_role_may_do_its_work(connect_as, feed_table, role):
    connection = connect_as(role)
    for statement in ALLOWED[role]:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_reports_start_read_only_and_nobody_is_a_superuser(connect_as, feed_table):
    with connect_as("etl_report").cursor() as cursor:
        cursor.execute("SHOW default_transaction_read_only")
        assert cursor.fetchone() == ("on",)
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'etl_%' AND (rolsuper OR rolcreaterole OR rolcreatedb)")
        assert cursor.fetchone() == (0,)


def test_reports_and_admins_make_no_tables_of_their_own(server, template):
    with contextlib.closing(server.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT role, has_database_privilege(role, %s, 'TEMPORARY'), has_database_privilege(role, %s, 'CREATE')"
            " FROM unnest(ARRAY['etl_admin', 'etl_report']) AS role",
            (template, template),
        )
        assert cursor.fetchall() == [("etl_admin", False, False), ("etl_report", False, False)]
