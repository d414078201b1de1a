"""Every schema that ever was (tests/schemas/*.sql.gz, dumps with rows) comes up to the present one without losing a row."""

import contextlib
import gzip
import re
import subprocess
from pathlib import Path

import pytest

VERSIONS = sorted((Path(__file__).parent / "schemas").glob("*.sql.gz"))
# Which months there are depends on the day, not on the schema.
MONTHS = "--exclude-table=dba.tlogentry_2*"


def rows(database, query: str) -> list[tuple]:
    with database, database.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@pytest.fixture
def empty_database(server, template, request):
    """A database without anything; `template` has made the roles that the dumps name."""
    name = f"old_{abs(hash(request.node.nodeid)) % 10**12}"
    with contextlib.closing(server.connect("postgres")) as admin:
        admin.autocommit = True
        admin.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield name
        admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


def schema_of(server, database: str) -> set[str]:
    """The statements of the schema, in no order: a column that was added later stands last in its table."""
    command = ["pg_dump", "--schema-only", "--schema=dba", MONTHS, "-d", database]
    dump = subprocess.run(command, env=server.env, check=True, capture_output=True, text=True).stdout
    lines = (line.strip().rstrip(",") for line in dump.splitlines())
    return {line for line in lines if line and not re.match(r"--|\\(un)?restrict|.*tlogentry_2\d{5}", line)}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.name)
def test_an_old_schema_comes_up_to_now_with_its_rows(server, database_name, empty_database, run_setup_sql, version):
    load = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", empty_database]
    subprocess.run(load, env=server.env, check=True, stdout=subprocess.DEVNULL, input=gzip.decompress(version.read_bytes()))
    with contextlib.closing(server.connect(empty_database)) as database:
        every = "SELECT config_name FROM dba.timportconfig WHERE config_name NOT LIKE 'MeetMax%' ORDER BY 1"  # those are seeded
        before = [rows(database, query) for query in (every, "SELECT logentryid, message FROM dba.tlogentry ORDER BY 1")]
    for _ in range(2):
        run_setup_sql(empty_database)
    with contextlib.closing(server.connect(empty_database)) as database:
        after = [rows(database, query) for query in (every, "SELECT logentryid, message FROM dba.tlogentry ORDER BY 1")]
        assert after == before
        assert len(after[1]) == 500
        assert rows(database, "SELECT job, status FROM dba.tjobrun") == [("run_import_job", "ok")]
        assert rows(database, "SELECT status, size_bytes FROM dba.tbackup") == [("done", 1234)]
        assert rows(database, 'SELECT datasetid, "order" FROM feeds.orders ORDER BY 2') == [(1, "00601"), (1, None)]
        (new,) = rows(database, "INSERT INTO dba.tlogentry (message) VALUES ('new') RETURNING logentryid, tableoid::regclass::text")
        assert new[0] > 500
        assert new[1] != "dba.tlogentry_default"
    assert schema_of(server, empty_database) == schema_of(server, database_name)
