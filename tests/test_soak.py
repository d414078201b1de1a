"""A short soak: two simulated hours with kills, crashes, cuts and a full disk. The long form: bash tests/soak/run_soak.sh"""

import contextlib
from pathlib import Path

import pytest

from conftest import Server, _setup_sql
from soak.soak import Size, run_soak
from soak.workload import ACCOUNTS, SETUP


@pytest.fixture
def empty_database(server: Server, template: str, tmp_path_factory) -> str:
    """A database of its own that stays until the server goes: connections come and go while PostgreSQL crashes."""
    with contextlib.closing(server.connect("postgres")) as admin:
        admin.autocommit = True
        admin.cursor().execute("CREATE DATABASE soak")
    _setup_sql(server, "soak")
    return "soak"


@pytest.mark.slow
def test_everything_is_accounted_for_once_whatever_goes_wrong(server, empty_database, tmp_path: Path):
    tmp_path.chmod(0o755)
    size = Size(hours=2, files=200, mails=50, reports=4, seed=3)
    result = run_soak(server, empty_database, tmp_path, size)
    assert result.problems == []
    assert result.happened["files"] >= size.files and result.happened["mails"] == size.mails
    assert sum(result.happened[name] for name in ("kill -9", "database crash", "network cut", "disk full", "mail lost")) >= 3


# What could go wrong with a pipeline, as statements on a database where all is well: each must be seen.
SPOILT = {
    "content that was not accounted for once": "INSERT INTO soak.content VALUES (repeat('b', 64), 1, 'Loaded', 1, 0)",
    "a handled file that nobody dropped": "DELETE FROM soak.content",
    "rows in a table that no loaded file put there, or too few of them": "DELETE FROM feeds.orders",
    "a handled file that is not where the ledger says, whole": "UPDATE soak.disk SET sha256 = repeat('c', 64)",
    "a kept file that the ledger does not know": "INSERT INTO soak.disk VALUES ('/x.csv', repeat('d', 64))",
    "a mail that was not accounted for once": "INSERT INTO soak.mail VALUES ('<2@x>', 'processed', NULL)",
    "an attachment that was not saved once": "UPDATE dba.tinboxattachment SET saved_path = NULL",
    "a file that lost its mail": "UPDATE dba.timportfile SET inboxattachmentid = NULL",
    "a report that was due and has no end on record": "INSERT INTO soak.due VALUES (2, '2026-11-20 01:00Z')",
    "a mail that went out twice": "INSERT INTO soak.received SELECT * FROM soak.received",
    "a mail on record that nobody received, or one received that is not on record": "DELETE FROM soak.received",
    "a run without an end": "INSERT INTO dba.tjobrun (run_uuid, job, host, user_name) VALUES (gen_random_uuid(), 'x', 'h', 'u')",
    "books that do not add up": "UPDATE dba.tdataset SET row_count = 7",
}
GOOD = """
CREATE SCHEMA feeds; CREATE TABLE feeds.orders (datasetid bigint); CREATE TABLE feeds.prices (datasetid bigint);
INSERT INTO dba.timportconfig (config_name, datasource, datasettype, file_pattern, target_table)
VALUES ('o', 'A', 'O', 'x', 'feeds.orders');
INSERT INTO dba.tinboxmessage (mailbox, message_key, status) VALUES ('m', '<1@x>', 'processed');
INSERT INTO dba.tinboxattachment (inboxmessageid, part_number, saved_path, sha256, status) VALUES (1, 1, '/a', repeat('a', 64), 'saved');
CALL dba.p_dataset_activate(dba.f_dataset_iu('O', 'A', 'l', '2026-11-20'), 1);
INSERT INTO feeds.orders VALUES (1);
INSERT INTO dba.timportfile
    (config_id, file_name, sha256, size_bytes, inboxattachmentid, datasetid, status, rows_read, rows_loaded, archived_path)
VALUES (1, 'a', repeat('a', 64), 1, 1, 1, 'Loaded', 1, 1, '/archive/a');
INSERT INTO dba.treportrun (reportid, due_at, status, message_id) VALUES (2, '2026-11-20 00:00Z', 'sent', '<m@x>');
INSERT INTO soak.content VALUES (repeat('a', 64), 1, 'Loaded', 1, 0); INSERT INTO soak.mail VALUES ('<1@x>', 'processed', repeat('a', 64));
INSERT INTO soak.disk VALUES ('/archive/a', repeat('a', 64)); INSERT INTO soak.due VALUES (2, '2026-11-20 00:00Z');
INSERT INTO soak.received VALUES ('<m@x>');
"""


def test_the_accounts_see_whatever_is_lost_or_doubled(connect_as):
    connection = connect_as("postgres")

    def seen() -> set[str]:
        found = set()
        for meaning, query in ACCOUNTS:
            with connection.cursor() as cursor:
                cursor.execute(query)
                found |= {meaning} if cursor.fetchall() else set()
        return found

    with connection, connection.cursor() as cursor:
        cursor.execute(SETUP + GOOD)
    assert seen() == set()
    assert SPOILT.keys() == {meaning for meaning, _ in ACCOUNTS}
    for meaning, statement in SPOILT.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert meaning in seen()
        connection.rollback()
