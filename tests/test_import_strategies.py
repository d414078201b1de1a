"""The truth table of the README: what happens when a file and its table differ, cell by cell."""

import pytest

from conftest import ROOT
from errors import ConfigError
from test_import import Feed, feed  # noqa: F401  (the fixture)
from test_import_types import table_types

BEFORE = {"id": "bigint", "name": "text", "amount": "bigint"}
FIRST = "id,name,amount\n1,Ann,10\n"

# What the second file is, and for each strategy: (its status, its rows (id, amount), the table's columns after it)
NEW = {**BEFORE, "city": "text"}
WIDER = {**BEFORE, "amount": "numeric"}
TABLE = {
    "a new column in the file": (
        "id,name,amount,city\n2,Bob,20,Rome\n",
        {1: ("Loaded", [("2", "20")], NEW), 2: ("Loaded", [("2", "20")], BEFORE), 3: ("Loaded", [("2", "20")], BEFORE)},
    ),
    "a column missing from the file": (
        "id,name\n2,Bob\n",
        {1: ("Loaded", [("2", None)], BEFORE), 2: ("Loaded", [("2", None)], BEFORE), 3: ("Failed", [], BEFORE)},
    ),
    "a value that needs a wider type": (
        "id,name,amount\n2,Bob,1.5\n3,Cid,30\n",
        {
            1: ("Loaded", [("2", "1.5"), ("3", "30")], WIDER),
            2: ("Loaded", [("3", "30")], BEFORE),
            3: ("Loaded", [("3", "30")], BEFORE),
        },
    ),
    "a rejected row": (
        "id,name,amount\n2,Bob\n3,Cid,30\n",
        {strategy: ("Loaded", [("3", "30")], BEFORE) for strategy in (1, 2, 3)},
    ),
    "a rejected row beyond max_reject_rows": (
        "id,name,amount\n2,Bob\n3\n4,Dan,40\n",
        {strategy: ("Failed", [], BEFORE) for strategy in (1, 2, 3)},
    ),
}
CELLS = [(difference, strategy) for difference, (_, outcomes) in TABLE.items() for strategy in outcomes]


def set_strategy(feed: Feed, strategy: int) -> None:  # noqa: F811
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET importstrategyid = %s", (strategy,))


@pytest.mark.parametrize(("difference", "strategy"), CELLS, ids=lambda value: str(value))
def test_each_cell_of_the_table(feed, difference, strategy):  # noqa: F811
    feed.configure(column_types="infer", max_reject_rows=1)
    feed.drop("first.csv", FIRST)
    feed.run()
    assert table_types(feed) == BEFORE
    set_strategy(feed, strategy)
    content, outcomes = TABLE[difference]
    feed.drop("second.csv", content)
    feed.run()
    status, rows, columns = outcomes[strategy]
    assert feed.ledger()[-1][:2] == ("second.csv", status)
    assert feed.query("SELECT id::text, amount::text FROM feeds.orders WHERE id <> 1 ORDER BY id") == rows
    assert table_types(feed) == columns


@pytest.mark.parametrize("strategy", [1, 2, 3])
def test_without_a_table_only_strategy_1_makes_one(feed, strategy):  # noqa: F811
    feed.configure(importstrategyid=strategy)
    feed.drop("first.csv", FIRST)
    if strategy == 1:
        assert feed.run().done == 1
    else:
        with pytest.raises(ConfigError, match="does not exist"):
            feed.run()
        assert [path.name for path in feed.inbox.iterdir()] == ["first.csv"]
        assert feed.query("SELECT to_regnamespace('feeds') IS NULL, count(*) FROM dba.timportfile") == [(True, 0)]


# The same in words, as the README says it.
WORDS = {
    "a new column in the file": ("is added", "is left out, and said so", "is left out, and said so"),
    "a column missing from the file": ("NULL", "NULL", "the file is refused"),
    "a value that needs a wider type": ("the column is widened, and said so", "the row is rejected", "the row is rejected"),
    "a rejected row": ("put aside, up to `max_reject_rows`; beyond, the file is refused", "the same", "the same"),
    "no table yet": ("is created", "nothing is touched, exit code 2", "nothing is touched, exit code 2"),
}


@pytest.mark.parametrize("difference", WORDS)
def test_the_readme_shows_this_table(difference):
    assert f"| {difference} | {' | '.join(WORDS[difference])} |" in (ROOT / "README.md").read_text().splitlines()
