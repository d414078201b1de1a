"""What the database itself tells of its health: set-up, rights, growth, backups, and what the config rows point to."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

# What the jobs write, as onboarding/sql/grants.sql grants it.
_LEDGERS = [
    *("tjobrun", "tlogentry", "tinboxmessage", "tinboxattachment", "timportfile", "timportreject", "timportheader"),
    *("treportrun", "tsftptransfer", "tbackup", "tdataset", "tdatasource", "tdatasettype"),
]


def setup_sha256(cursor: Cursor) -> str:
    """The checksum of the set-up files that made this database; "unknown" when they did not say."""
    cursor.execute("SELECT to_regproc('dba.f_setup_sha256') IS NULL")
    if cursor.fetchone()[0]:
        return "unknown"
    cursor.execute("SELECT dba.f_setup_sha256()")
    return cursor.fetchone()[0]


_RIGHTS = """
WITH config AS (SELECT tgrelid AS oid FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
                WHERE tgname = 'a_check' AND relnamespace = 'dba'::regnamespace),
     ledger AS (SELECT format('dba.%%I', name)::regclass::oid AS oid FROM unnest(%(ledgers)s::text[]) AS name
                WHERE to_regclass(format('dba.%%I', name)) IS NOT NULL),
     ours AS (SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
              WHERE relkind IN ('r', 'p', 'v', 'm') AND nspname NOT LIKE 'pg\\_%%' AND nspname <> 'information_schema'),
     role AS (SELECT * FROM pg_roles WHERE rolname IN (%(job)s, %(admin)s, %(report)s))
SELECT format('the role %%s is missing', wanted) FROM unnest(ARRAY[%(job)s, %(admin)s, %(report)s]) AS wanted
WHERE wanted NOT IN (SELECT rolname FROM role)
UNION ALL
SELECT format('the role %%s is more than it should be: it is a superuser or may make roles or databases', rolname)
FROM role WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
UNION ALL
SELECT format('%%s cannot write %%s', rolname, ledger.oid::regclass) FROM role, ledger WHERE rolname = %(job)s
AND NOT (has_table_privilege(rolname, ledger.oid, 'INSERT') AND has_table_privilege(rolname, ledger.oid, 'UPDATE'))
UNION ALL
SELECT format('%%s cannot edit %%s', rolname, config.oid::regclass) FROM role, config WHERE rolname = %(admin)s
AND NOT (has_table_privilege(rolname, config.oid, 'INSERT') AND has_table_privilege(rolname, config.oid, 'UPDATE'))
UNION ALL
SELECT format('%%s may write %%s', rolname, ours.oid::regclass) FROM role, ours WHERE rolname = %(report)s
AND has_table_privilege(rolname, ours.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
UNION ALL
SELECT format('%%s may write %%s', rolname, config.oid::regclass) FROM role, config WHERE rolname = %(job)s
AND has_table_privilege(rolname, config.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
UNION ALL
SELECT format('%%s may read %%s', rolname, config.oid::regclass) FROM role, config WHERE rolname = %(report)s
AND has_table_privilege(rolname, config.oid, 'SELECT')
UNION ALL
SELECT 'everybody who can connect may use the schema dba' WHERE has_schema_privilege('public', 'dba', 'USAGE')
"""


def wrong_rights(cursor: Cursor, roles: dict[str, str]) -> list[str]:
    """What the roles {job, admin, report: name} lack or have too much, a sentence each."""
    cursor.execute(_RIGHTS, {"ledgers": _LEDGERS, **roles})
    return [text for (text,) in cursor]


def bytes_per_day(cursor: Cursor) -> float:
    """How many bytes of files came in a day, over the last thirty days on which the ledger is that old, else since it began."""
    cursor.execute(
        "SELECT coalesce(sum(size_bytes), 0) / greatest(extract(epoch FROM now() - min(finished_at)) / 86400, 1)"
        " FROM dba.timportfile WHERE finished_at > now() - interval '30 days'"
    )
    return float(cursor.fetchone()[0] or 0)


def newest_run(cursor: Cursor) -> datetime | None:
    """When the latest run on record began."""
    cursor.execute("SELECT max(started_at) FROM dba.tjobrun")
    return cursor.fetchone()[0]


def latest_backups(cursor: Cursor) -> tuple[datetime | None, datetime | None]:
    """When a backup was last read back whole, and when one was last proven by a restore."""
    cursor.execute("SELECT max(verified_at) FILTER (WHERE status = 'done'), max(restored_at) FROM dba.tbackup")
    return cursor.fetchone()


@dataclass(frozen=True)
class Pattern:
    """A regular expression in a config row: where it stands, and its text."""

    where: str
    text: str


def patterns(cursor: Cursor) -> list[Pattern]:
    """Every regular expression of an active config row."""
    cursor.execute("""
        SELECT format('dba.timportconfig %L, file_pattern', config_name), file_pattern FROM dba.timportconfig WHERE is_active
        UNION ALL
        SELECT format('dba.tinboxconfig %L, %s', config_name, name), value
        FROM dba.tinboxconfig CROSS JOIN LATERAL (VALUES ('subject_pattern', subject_pattern), ('sender_filter', sender_filter),
             ('attachment_name_pattern', attachment_name_pattern)) AS pattern (name, value) WHERE is_active AND value IS NOT NULL
        UNION ALL
        SELECT format('dba.tsftpconfig %L, file_pattern', config_name), file_pattern FROM dba.tsftpconfig WHERE is_active
        ORDER BY 1""")
    return [Pattern(*row) for row in cursor]


def inbox_folders(cursor: Cursor) -> list[tuple[str, str]]:
    """(rule, folder) of each active mail rule."""
    cursor.execute("SELECT config_name, local_repository_path FROM dba.tinboxconfig WHERE is_active ORDER BY 1")
    return cursor.fetchall()


def scripts(cursor: Cursor) -> list[tuple[str, str]]:
    """(task, script) of each active task."""
    cursor.execute("SELECT taskname, scriptpath FROM dba.tscheduler WHERE is_active ORDER BY 1")
    return cursor.fetchall()


def missing_procedures(cursor: Cursor) -> list[tuple[str, str]]:
    """(feed, procedure) of each active feed whose post_import_procedure does not exist."""
    cursor.execute(
        "SELECT config_name, post_import_procedure FROM dba.timportconfig WHERE is_active AND post_import_procedure IS NOT NULL"
        " AND to_regprocedure(post_import_procedure || '(bigint)') IS NULL ORDER BY 1"
    )
    return cursor.fetchall()


def exchanges(cursor: Cursor) -> list[tuple[str, str, str | None]]:
    """(exchange, key file, pinned host key) of each active SFTP exchange."""
    cursor.execute("SELECT config_name, key_file, host_key FROM dba.tsftpconfig WHERE is_active ORDER BY 1")
    return cursor.fetchall()


def active_reports(cursor: Cursor) -> dict[int, str]:
    """The names of the active reports by number."""
    cursor.execute("SELECT reportid, reportname FROM dba.treportmanager WHERE is_active ORDER BY 1")
    return dict(cursor.fetchall())
