"""Reads and writes rows for the tests of the schema: the least config rows, and short forms of cursor calls."""

from psycopg2.extras import Json

CONFIG_TABLES = {
    "timportconfig": "config_id",
    "timportcolumn": "importcolumnid",
    "tinboxconfig": "config_id",
    "treportmanager": "reportid",
    "tscheduler": "schedulerid",
    "tmeetmaxconfig": "config_id",
    "twebconfig": "config_id",
    "tsftpconfig": "config_id",
    "texpectation": "expectationid",
    "tlogretention": "logretentionid",
}
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqTcXPh6g2jnUyBdPZ8hDVkcIfTGZ5sVjvYd1m1xw2T"

# The least a newcomer has to write: everything else has a default.
LEAST = {
    "timportconfig": {
        "config_name": "orders",
        "datasource": "Client A",
        "datasettype": "Orders",
        "file_pattern": r"\d{8}_orders.*\.csv",
        "target_table": "feeds.orders",
    },
    "timportcolumn": {"source_name": "a"},
    "tinboxconfig": {
        "config_name": "orders",
        "subject_contains": "orders",
        "attachment_name_pattern": r"orders.*\.csv",
    },
    "treportmanager": {
        "reportname": "Orders",
        "toheader": "ann@example.com",
        "emailbodytemplate": "<p>{{ grid1 }}</p>",
        "emailbodyqueries": {"grid1": "SELECT 1"},
    },
    "tscheduler": {"taskname": "Orders", "frequency": "0 6 * * 1-5", "scriptpath": "run_import_job.py"},
    "tmeetmaxconfig": {"config_name": "events", "base_url": "https://www.meetmax.com", "event_ids": "119179-119184,120000"},
    "twebconfig": {"config_name": "prices", "url": "https://www.example.com/prices.csv"},
    "tsftpconfig": {
        "config_name": "client",
        "host": "sftp.example.com",
        "username": "etl",
        "key_file": "keys/client",
        "host_key": HOST_KEY,
        "direction": "pull",
        "remote_path": "/out",
        "file_pattern": ".*",
    },
    "texpectation": {"expectation_name": "report 2 is out", "reportid": 2, "due_time": "12:00"},
    "tlogretention": {"table_name": "tlogentry", "keep_days": 30},
}


def one(connection, query, *values):
    """The first value of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]


def rows(connection, query, *values):
    """Every row, as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def run(connection, statement, *values):
    """Runs a statement that gives no rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(connection, table, **changes):
    """Adds a config row of LEAST with changes, a change to ... leaving the column out; returns its key."""
    row = {name: value for name, value in (LEAST[table] | changes).items() if value is not ...}
    values = [Json(value) if isinstance(value, dict | list) and name != "null_tokens" else value for name, value in row.items()]
    return one(
        connection,
        f"INSERT INTO dba.{table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) RETURNING {CONFIG_TABLES[table]}",
        *values,
    )


def autocommit(connection):
    """The same connection, every statement now its own transaction."""
    connection.autocommit = True
    return connection
