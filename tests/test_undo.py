"""Undoing a load leaves the table, the datasets and, when asked, the folder as they were before the file came."""
# ruff: noqa: F811

import os
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_undo import plan_undo, undo_dataset
from errors import ConfigError, SourceError
from models import Outcome
from test_import import GOOD, Feed, feed  # noqa: F401  (the fixture)
from test_import_properties import Lab, Trial, bounded


def undo(feed: Feed, datasetid: int, put_back: bool = False) -> Outcome:
    return undo_dataset(feed.settings, feed.connection, datasetid, put_back=put_back)


def datasets(feed: Feed) -> list[tuple]:
    """Every dataset that is not Deleted, with all that is known of it."""
    return feed.query("SELECT * FROM dba.tdataset WHERE datastatusid <> 3 ORDER BY datasetid")


DAILY = {"dateconfig": "filename", "datelocation": "2", "dateformat": "yyyyMMdd"}


@bounded
@given(
    before=st.lists(st.tuples(st.integers(1, 2), st.integers(0, 3)), max_size=4),
    last=st.tuples(st.integers(1, 2), st.integers(0, 3)),
)
def test_undo_after_import_is_as_before(feed, before, last):
    lab = feed.__dict__.setdefault("lab", Lab(feed))
    trial = lab.fresh(on_duplicate="reload", **DAILY)

    def load(day: int, rows: int, number: int) -> None:
        trial.load(b"id,v\n" + b"".join(b"%d,%d\n" % (number, row) for row in range(rows)), name=f"2026010{day}_{number}")

    for number, (day, rows) in enumerate(before):
        load(day, rows, number)
    state = datasets(feed), trial.rows()
    load(*last, 99)
    ((newest,),) = feed.query("SELECT max(datasetid) FROM dba.tdataset")
    undo(feed, newest, put_back=True)
    assert (datasets(feed), trial.rows() if before and state[1] else Counter()) == (state[0], state[1])
    file = feed.inbox / f"{trial.config.config_name}_2026010{last[0]}_99.csv"
    assert file.is_file()
    assert feed.query("SELECT count(*) FROM dba.vimportbooks") == [(0,)]
    load(*last, 99)  # and it can come again, as if it had never been there
    again = feed.query("SELECT max(datasetid) FROM dba.tdataset")[0][0]
    assert again > newest and sum(trial.rows().values()) == sum(state[1].values()) + last[1]
    undo(feed, again)


@bounded
@given(order=st.permutations(range(5)))
def test_loads_undone_in_any_order_leave_the_latest_of_the_others_active(feed, order):
    lab = feed.__dict__.setdefault("lab", Lab(feed))
    trial = lab.fresh(dateconfig="static", datelocation="20260101", dateformat="yyyyMMdd")
    ids = [load_one(feed, trial, number) for number in range(5)]
    left = set(ids)
    for position in order:
        undo(feed, ids[position])
        left.discard(ids[position])
        active = feed.query("SELECT datasetid FROM dba.tdataset WHERE isactive AND datasetid = ANY(%s)", ids)
        assert active == ([(max(left),)] if left else [])
        assert sum(trial.rows().values()) == len(left)


def load_one(feed: Feed, trial: Trial, number: int) -> int:
    trial.load(b"id\n%d\n" % number, name=str(number))
    return feed.query("SELECT max(datasetid) FROM dba.tdataset")[0][0]


def loaded(feed: Feed) -> int:
    feed.drop("a.csv", GOOD)
    feed.run()
    return feed.query("SELECT max(datasetid) FROM dba.tdataset")[0][0]


def test_it_says_what_it_did_and_does_it_once(feed):
    feed.configure(post_import_procedure=None)
    number = loaded(feed)
    line = f"dataset {number}: 3 rows of a.csv removed from feeds.orders; no earlier dataset takes its place"
    assert undo(feed, number).message == line
    assert feed.ledger() == [("a.csv", "Undone", 3, 0, 0, 3)]
    assert (feed.archive / "a.csv").is_file()
    assert undo(feed, number).message == f"dataset {number} is undone already"
    assert "the file is back as" in undo(feed, number, put_back=True).message
    with pytest.raises(SourceError, match="put back before"):
        undo(feed, number, put_back=True)
    assert feed.run().done == 1 and len(feed.rows()) == 3


def test_a_person_who_switched_the_predecessor_off_keeps_it_off(feed):
    feed.configure(dateconfig="static", datelocation="20260101", dateformat="yyyyMMdd")
    first = loaded(feed)
    feed.query("SELECT 1")
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CALL dba.p_dataset_deactivate(%s)", (first,))
    feed.drop("b.csv", GOOD + "4,Dee,1\n")
    feed.run()
    undo(feed, first + 1)
    assert feed.rows() == []


def test_a_dry_run_changes_nothing(feed):
    feed.configure()
    number = loaded(feed)
    feed.connection.set_session(readonly=True)
    said = plan_undo(feed.settings, feed.connection, number, put_back=True).message
    assert said.startswith(f"dataset {number}: 3 rows of a.csv would be removed from feeds.orders; a.csv would be put back into ")
    assert len(feed.rows()) == 3


def test_an_unknown_dataset_is_refused_with_the_way_out(feed):
    with pytest.raises(ConfigError, match=r"no file made a dataset 77; .*trace\.py"):
        undo(feed, 77)


def test_a_table_of_somebody_else_is_left_alone_with_the_fix(feed, connect_as):
    feed.configure()
    number = loaded(feed)
    admin = connect_as("postgres")
    with admin, admin.cursor() as cursor:
        cursor.execute("ALTER TABLE feeds.orders OWNER TO postgres; GRANT SELECT ON feeds.orders TO etl_user")
    with pytest.raises(ConfigError, match="let etl_user own the table"):
        undo(feed, number)
    assert feed.ledger() == [("a.csv", "Loaded", 3, 3, 0, 0)]
    assert feed.query("SELECT isactive FROM dba.tdataset") == [(True,)]


def test_a_file_that_cannot_be_put_back_stays_in_the_archive_and_the_next_try_does_it(feed):
    feed.configure()
    number = loaded(feed)
    feed.inbox.rmdir()
    feed.inbox.write_text("no folder")
    with pytest.raises(SourceError, match=r"cannot be put back into .*run this again"):
        undo(feed, number, put_back=True)
    assert (feed.archive / "a.csv").is_file() and feed.ledger()[0][1] == "Undone"
    feed.inbox.unlink()
    undo(feed, number, put_back=True)
    assert (feed.inbox / "a.csv").read_text() == GOOD


def test_a_taken_name_in_the_folder_is_not_overwritten(feed):
    feed.configure()
    number = loaded(feed)
    feed.drop("a.csv", "other")
    undo(feed, number, put_back=True)
    assert {path.name for path in feed.inbox.iterdir()} == {"a.csv", "a_2.csv"}
    assert (feed.inbox / "a.csv").read_text() == "other"
    assert os.stat(feed.inbox / "a_2.csv").st_size == len(GOOD)
