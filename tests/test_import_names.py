"""Names: any header becomes a column of its own, and finds that column again in every later file."""
# ruff: noqa: F811

import csv
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from column_plan import LINEAGE, Plan, Strategy, base_name, column_names, header_keys, make_plan
from errors import BadFileError, ConfigError
from models import ImportColumn
from test_import import Feed, feed  # noqa: F401  (the fixture)

# https://www.postgresql.org/docs/current/ddl-system-columns.html
SYSTEM = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
NASTY = [
    "Col A", "col_a", "COL-A", "name", "name", "name_1", "name_2", "", "", " ", "???", "$€", "column_8", "a" * 84, "a" * 64 + "b",
    "a" * 63, "é" * 63, "é" * 31 + "x", "é" * 31 + "y", "select", "order", "user", "table", "xmin", "XMIN", "ctid", "tableoid",
    "datasetid", "DatasetID", "importfileid", 'x"; DROP TABLE y;--', "%s", "%(name)s", "{}", "a\nb", "a\r\nb", "\t", "\\", "'", "$1",
    "1", "1.5", "_", "İ", "ß", "ﬁ", "e\u0301", "é", "日本", "🚀", "\u200b", "\ufeffid", "NULL", "a" * 60 + "_2", "a" * 61,
]  # fmt: skip

near_names = st.sampled_from(NASTY) | st.text(alphabet="aA _-1é", max_size=4)
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
headers = st.lists(near_names | any_text, min_size=1, max_size=30)


def known_of(plan: Plan) -> dict:
    """The headers that dba.timportheader would hold after this plan."""
    return {key: column for key, column, _date_format in plan.headers}


# --- the pure rules ---------------------------------------------------------------------------------------------------


@given(any_text, st.integers(1, 1600))
def test_a_base_name_is_a_plain_identifier(text, position):
    name = base_name(text, position)
    assert 1 <= len(name.encode()) <= 63
    assert name == name.lower() or not name.isascii()
    assert name.replace("_", "a").isalnum()


@given(headers)
def test_any_headers_get_one_column_each(header):
    names = column_names(header, {})
    assert list(names) == header_keys(header)
    assert len(set(names.values())) == len(header)
    assert all(1 <= len(name.encode()) <= 63 for name in names.values())
    assert not set(names.values()) & (SYSTEM | {LINEAGE})


@given(headers, st.randoms(use_true_random=False))
def test_headers_keep_their_columns_when_files_come_shuffled_cut_and_grown(header, chance):
    known = column_names(header, {})
    later = [*chance.sample(header, chance.randrange(len(header) + 1)), *chance.sample(NASTY, 3)]
    chance.shuffle(later)
    names = column_names(later, known, set(known.values()))
    assert all(names[key] == known[key] for key in names if key in known)
    assert len(set(names.values())) == len(later)


@given(headers)
def test_naming_twice_changes_nothing(header):
    known = column_names(header, {})
    assert column_names(header, known, set(known.values())) == known
    assert column_names(header, {}, set()) == known


@given(headers, st.sampled_from(Strategy))
def test_a_second_file_of_the_same_header_needs_no_change(header, strategy):
    first = make_plan(Strategy.CREATE_COLUMNS, header, None, known={})
    assert first.create and len(first.added) == len(header) and None not in first.targets
    second = make_plan(strategy, header, dict(first.added) | {LINEAGE: "bigint"}, known=known_of(first))
    assert not second.changes_table and second.targets == first.targets
    assert not second.headers and not second.missing and not second.ignored


@given(headers, headers, st.sampled_from(Strategy))
def test_a_plan_never_loads_two_fields_into_one_column_nor_touches_ours(first, second, strategy):
    made = make_plan(Strategy.CREATE_COLUMNS, first, None, known={})
    table = dict(made.added) | {LINEAGE: "bigint"}
    try:
        plan = make_plan(strategy, second, table, known=known_of(made))
    except BadFileError:
        assert strategy is not Strategy.CREATE_COLUMNS
        return
    loaded = [name for name in plan.targets if name is not None]
    assert len(set(loaded)) == len(loaded) and LINEAGE not in loaded
    assert set(loaded) <= set(table) | dict(plan.added).keys()
    assert strategy is Strategy.CREATE_COLUMNS or not plan.changes_table
    assert len(plan.targets) == len(plan.types) == len(second)


@given(st.lists(any_text.filter(str.strip), min_size=2, max_size=8, unique=True), st.data())
def test_an_override_names_its_column(header, data):
    chosen = data.draw(st.sampled_from(header))
    plan = make_plan(Strategy.CREATE_COLUMNS, header, None, known={}, overrides=[ImportColumn(chosen, "my_own", "bigint")])
    assert plan.targets[header.index(chosen)] == "my_own" and plan.types[header.index(chosen)] == "bigint"
    assert len(set(plan.targets)) == len(header)


def test_two_headers_with_one_target_name_are_an_error_of_the_config():
    both = [ImportColumn("a", "same"), ImportColumn("b", "same")]
    with pytest.raises(ConfigError, match="'a' and 'b' both go to same"):
        make_plan(Strategy.CREATE_COLUMNS, ["a", "b"], None, known={}, overrides=both)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["Col A", "col_a"], ["col_a_2", "col_a"]),
        (["name", "name", "name_1"], ["name", "name_2", "name_1"]),
        (["name", "name_2", "name"], ["name", "name_2", "name_3"]),
        (["", "???", "column_1"], ["column_1_2", "column_2", "column_1"]),
        (["a" * 64, "a" * 63 + "b"], ["a" * 63, "a" * 61 + "_2"]),
        (["é" * 63, "é" * 32], ["é" * 31, "é" * 30 + "_2"]),
        (["select", "xmin", "datasetid"], ["select", "xmin_2", "datasetid_2"]),
        ([f"x{chr(0x301)}", "e\u0301"], ["x", "é"]),
    ],
)
def test_collisions_get_the_suffix_that_the_rule_says(header, names):
    assert list(column_names(header, {}).values()) == names


@pytest.mark.parametrize("header", [["same"] * 1599, ["x" * 70 + str(n) for n in range(1599)], ["" for _ in range(1599)]])
def test_as_many_alike_names_as_a_table_holds_are_told_apart(header):
    assert len(set(column_names(header, {}).values())) == 1599


# --- on the database --------------------------------------------------------------------------------------------------


def table_of(header: list[str], tag: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, [f"{tag}:{name}" for name in header]])
    return text.getvalue()


def test_all_nasty_headers_load_and_find_their_columns_again_in_any_order(feed):
    feed.configure()
    header = [f"{name} {n}" if NASTY.count(name) > 1 else name for n, name in enumerate(NASTY)]
    for number in range(4):
        feed.drop(f"{number}.csv", table_of(header, str(number)))
        assert feed.run().failed == 0
        random.Random(number).shuffle(header)
    columns = [
        name for (name,) in feed.query("SELECT attname::text FROM pg_attribute WHERE attrelid = 'feeds.orders'::regclass AND attnum > 1")
    ]
    assert len(columns) == len(header)
    for column in columns:
        quoted = '"' + column.replace('"', '""').replace("%", "%%") + '"'
        values = [value for (value,) in feed.query(f"SELECT {quoted} FROM feeds.orders ORDER BY datasetid")]
        texts = {value.split(":", 1)[1] for value in values}
        assert [value[0] for value in values] == list("0123") and len(texts) == 1, column


def test_duplicate_headers_are_told_apart_by_their_order(feed):
    feed.configure()
    for tag in "12":
        feed.drop(f"{tag}.csv", f"n,n,m,n\n{tag}a,{tag}b,{tag}c,{tag}d\n")
        assert feed.run().failed == 0
    assert feed.query("SELECT n, n_2, m, n_3 FROM feeds.orders ORDER BY 1") == [
        ("1a", "1b", "1c", "1d"),
        ("2a", "2b", "2c", "2d"),
    ]


def test_the_file_s_own_datasetid_is_data_and_ours_is_the_dataset(feed):
    feed.configure()
    feed.drop("a.csv", "datasetid,xmin,ctid\n77,78,79\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT datasetid, datasetid_2, xmin_2, ctid_2 FROM feeds.orders") == [(1, "77", "78", "79")]


def test_a_header_written_otherwise_in_a_later_file_finds_the_same_column(feed):
    feed.configure()
    for name, header in (("1.csv", "Col A"), ("2.csv", "col_a"), ("3.csv", "COL-A")):
        feed.drop(name, f"{header},z\n{name},z\n")
        assert feed.run().failed == 0
    assert feed.query("SELECT col_a FROM feeds.orders ORDER BY datasetid") == [("1.csv",), ("2.csv",), ("3.csv",)]


def test_two_spellings_of_one_column_that_meet_in_a_later_file_get_one_each(feed):
    feed.configure()
    for name, header in (("1.csv", "Col A,z"), ("2.csv", "col_a,z"), ("3.csv", "Col A,col_a")):
        feed.drop(name, f"{header}\n{name},y\n")
        assert feed.run().failed == 0


@pytest.mark.parametrize("strategy", [2, 3])
def test_a_table_made_by_hand_takes_the_columns_it_names(feed, strategy):
    feed.configure(importstrategyid=strategy)
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds")
        cursor.execute(
            'CREATE TABLE feeds.orders (datasetid bigint DEFAULT {}, col_a text, "order" integer, total numeric)'.format(
                "dba.f_loading_datasetid()"
            )
        )
    feed.drop("a.csv", "Order,COL A,Total,extra\n1,a,2.5,x\n")
    assert feed.run().failed == 0
    assert feed.query('SELECT col_a, "order", total::text, datasetid FROM feeds.orders') == [("a", 1, "2.5", 1)]


def test_a_header_of_many_thousand_characters_loads(feed):
    feed.configure()
    long = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))
    feed.drop("a.csv", f"id,{long}\n1,x\n")
    assert feed.run().failed == 0
