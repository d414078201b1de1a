"""Types are found in the whole file, never lose a value, and grow when a later file needs it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csv_dialect import Chunk, Dialect, leading_run
from test_import import Feed, feed  # noqa: F401  (the fixture)
from type_inference import ColumnTypes, holds_only, infer_types


def types_of(*values: str, known: str | None = None, decimal_mark: str = ".") -> tuple[str, str | None]:
    """(type, date format) of a column with these values."""
    types = ColumnTypes([known], ["n/a"], decimal_mark)
    types.add([[value] for value in values])
    found = types.types()[0]
    return found.sql, found.date_format


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-20", "300"], "bigint"),
        (["0", "1", "0"], "bigint"),
        (["1", "", "n/a"], "bigint"),
        (["9007199254740993", "1.5"], "numeric"),
        (["123456789012345678901"], "numeric"),
        (["00601", "10001"], "text"),
        (["1", "8L7KXVC00"], "text"),
        (["1e309"], "text"),
        (["inf"], "text"),
        (["NaN"], "text"),
        (["1,5"], "text"),
        (["+5"], "text"),
        (["1 000"], "text"),
        (["true", "FALSE"], "boolean"),
        (["yes"], "text"),
        (["2026-01-31", "0001-01-01", "9999-12-31"], "date"),
        (["2024-02-29", "2000-02-29"], "date"),
        (["2023-02-29"], "text"),
        (["1900-02-29"], "text"),
        (["2026-02-30"], "text"),
        (["2026-13-01"], "text"),
        (["0000-01-01"], "text"),
        (["today"], "text"),
        (["2026-01-31", "2026-01-31 10:00"], "timestamp without time zone"),
        (["2026-01-31T23:59:59.123"], "timestamp without time zone"),
        (["2026-01-31 24:00"], "text"),
        (["2026-01-31T10:00:00Z", "2026-01-31 10:00+02:00"], "timestamp with time zone"),
        (["2026-01-31T10:00:00Z", "2026-01-31"], "text"),
        (["02/01/2014", "03/04/2015"], "text"),
        (["1\n2"], "text"),
        (["", "n/a"], "text"),
        ([" 1"], "text"),
    ],
)
def test_the_narrowest_type_that_holds_every_value(values, expected):
    assert types_of(*values) == (expected, None)


@pytest.mark.parametrize(
    ("values", "known", "expected"),
    [
        (["02/01/2014", "31/12/2012"], None, ("date", "dd/MM/yyyy")),
        (["12/31/2012", "02/01/2014"], None, ("date", "MM/dd/yyyy")),
        (["31/12/2012", "12/31/2012"], None, ("text", None)),
        (["31.12.2012", "1.2.2013"], None, ("date", "dd.MM.yyyy")),
        (["31.12.2012", "31/12/2012"], None, ("text", None)),
        (["02/01/2014"], "dd/MM/yyyy", ("date", "dd/MM/yyyy")),
        (["12/31/2014"], "dd/MM/yyyy", ("text", None)),
    ],
)
def test_the_order_of_day_and_month_is_decided_by_the_whole_column_or_not_at_all(values, known, expected):
    assert types_of(*values, known=known) == expected


def test_a_decimal_comma_is_the_configs_word():
    assert types_of("1.234,56", "7", decimal_mark=",") == ("numeric", None)
    assert types_of("1.234,56") == ("text", None)


CELLS = st.sampled_from(
    ["", "0", "1", "-7", "00601", "1.5", "2026-01-31", "2026-01-31 10:00", "31/12/2012", "02/01/2014", "true", "x", 'a"b', "a,b", "n/a"]
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30), st.integers(1, 30))
def test_what_the_pattern_lets_through_leaves_the_guess_true(rows, head):
    """Types guessed from the first rows are the types of all rows whenever the pattern accepts the rest."""
    dialect = Dialect()
    chunk = Chunk(1, dialect.lines([list(row) for row in rows]), len(rows))
    guess = ColumnTypes([None, None], ["n/a"], ".")
    guess.add(rows[:head])
    pattern = holds_only(dialect, guess.types(), ["n/a"], ".")
    if all(column.settled for column in guess.types()) and leading_run(pattern, chunk.data)[1] == len(chunk.data):
        assert infer_types([chunk], dialect, ColumnTypes([None, None], ["n/a"], ".")) == guess.types()


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=40), st.integers(1, 40))
def test_batches_do_not_change_the_types(rows, size):
    whole, parts = (ColumnTypes([None, None], [], ".") for _ in range(2))
    whole.add(rows)
    for start in range(0, len(rows), size):
        parts.add(rows[start : start + size])
    assert whole.types() == parts.types()


def table_types(feed: Feed) -> dict[str, str]:  # noqa: F811
    return dict(
        feed.query(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'feeds.orders'::regclass AND attnum > 1 ORDER BY attnum"
        )
    )


def test_infer_types_a_new_table(feed):  # noqa: F811
    feed.configure(column_types="infer")
    feed.drop(
        "a.csv",
        "id,zip,price,day,due,flag,empty,seen\n"
        "1,00601,1.50,2026-01-31,31/12/2026,true,,2026-01-31 10:00\n"
        "2,10001,2,2026-02-01,02/01/2026,false,,\n",
    )
    assert feed.run().failed == 0
    assert table_types(feed) == {
        "id": "bigint", "zip": "text", "price": "numeric", "day": "date", "due": "date", "flag": "boolean", "empty": "text",
        "seen": "timestamp without time zone",
    }  # fmt: skip
    assert feed.rows(columns="id, zip, price::text, day::text, due::text, seen::text")[1] == (
        2,
        "10001",
        "2",
        "2026-02-01",
        "2026-01-02",
        None,
    )
    feed.drop("b.csv", "id,due\n3,03/02/2026\n")
    feed.run()
    assert feed.query("SELECT due::text FROM feeds.orders WHERE id = 3") == [("2026-02-03",)], "the first file taught the order"


def test_a_value_far_down_the_file_decides(feed):  # noqa: F811
    feed.configure(column_types="infer")
    body = "".join(f"{n},{n},{n}\n" for n in range(200_000))
    feed.drop("a.csv", "a,b,c\n" + body + "1,8L7KXVC00,1.5\n")
    assert feed.run().failed == 0
    assert table_types(feed) == {"a": "bigint", "b": "text", "c": "numeric"}
    assert feed.query("SELECT count(*) FROM feeds.orders") == [(200_001,)]


@pytest.mark.parametrize(
    ("strategy", "loaded", "types"),
    [(1, 1, {"n": "numeric", "d": "timestamp without time zone", "t": "text"}), (2, 0, {"n": "bigint", "d": "date", "t": "bigint"}),
     (3, 0, {"n": "bigint", "d": "date", "t": "bigint"})],
)  # fmt: skip
def test_a_wider_type_widens_or_rejects_by_strategy(feed, strategy, loaded, types):  # noqa: F811
    feed.configure(column_types="infer", max_reject_rows=1)
    feed.drop("a.csv", "n,d,t\n1,2026-01-31,5\n")
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET importstrategyid = %s", (strategy,))
    feed.drop("b.csv", "n,d,t\n1.5,2026-01-31 10:00,abc\n")
    feed.run()
    assert feed.ledger()[-1] == ("b.csv", "Loaded" if loaded else "Failed", 1, loaded, 1 - loaded, 0)
    assert table_types(feed) == types
    if loaded:
        assert feed.query("SELECT n::text, d::text, t FROM feeds.orders ORDER BY t") == [
            ("1", "2026-01-31 00:00:00", "5"),
            ("1.5", "2026-01-31 10:00:00", "abc"),
        ]


def make_table(feed: Feed, columns: str) -> None:  # noqa: F811
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds")
        cursor.execute(f"CREATE TABLE feeds.orders ({columns})")


@pytest.mark.parametrize("strategy", [1, 2])
def test_values_too_large_for_a_hand_made_table_widen_it_or_are_rejected_never_cut(feed, strategy):  # noqa: F811
    make_table(feed, "datasetid bigint DEFAULT dba.f_loading_datasetid(), code varchar(3), n smallint, m numeric(4,2)")
    feed.configure(importstrategyid=strategy, max_reject_rows=3)
    feed.drop("a.csv", "code,n,m\nabc,1,1.25\nabcd,2,1\nab,3000000,1\nab,3,12345.678\n")
    feed.run()
    if strategy == 1:
        assert table_types(feed) == {"code": "text", "n": "bigint", "m": "numeric"}
        assert feed.rows(columns="code, n, m::text") == [("abc", 1, "1.25"), ("abcd", 2, "1"), ("ab", 3000000, "1"), ("ab", 3, "12345.678")]
        assert feed.ledger() == [("a.csv", "Loaded", 4, 4, 0, 0)]
    else:
        assert feed.ledger() == [("a.csv", "Loaded", 4, 1, 3, 0)]
        assert feed.query("SELECT line_number, column_name FROM dba.timportreject ORDER BY 1") == [(3, "code"), (4, "n"), (5, "m")]


def test_what_the_config_fixes_is_not_widened(feed):  # noqa: F811
    feed.configure({"n": "integer"}, column_types="infer")
    feed.drop("a.csv", "n\n1\n")
    feed.run()
    feed.drop("b.csv", "n\n30000000000\n")
    assert feed.run().failed == 1
    assert table_types(feed) == {"n": "integer"}


def test_a_view_on_the_column_is_named_and_the_file_waits(feed):  # noqa: F811
    from errors import ConfigError

    feed.configure(column_types="infer")
    feed.drop("a.csv", "n\n1\n")
    feed.run()
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CREATE VIEW feeds.of_mine AS SELECT n FROM feeds.orders")
    feed.drop("b.csv", "n\n1.5\n")
    with pytest.raises(ConfigError, match=r"feeds\.orders\.n must become numeric.*of_mine.*drop that view"):
        feed.run()
    assert [path.name for path in feed.inbox.iterdir()] == ["b.csv"]


@pytest.mark.parametrize("value", ["02/01/2014", "31-12-24", "1/2/24", "01.02.2003"])
def test_a_date_column_without_a_format_takes_no_date_that_has_two_meanings(feed, value):  # noqa: F811
    feed.configure({"day": "date"}, max_reject_rows=1)
    feed.drop("a.csv", f"day,x\n2026-01-31,1\n{value},2\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 2, 1, 1, 0)]


def test_a_date_format_of_the_config_reads_them(feed):  # noqa: F811
    feed.configure(max_reject_rows=1)
    with feed.admin.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.timportcolumn (config_id, source_name, data_type, date_format)"
            " SELECT config_id, 'Day', 'date', 'dd/MM/yyyy' FROM dba.timportconfig WHERE is_active"
        )
    feed.drop("a.csv", "Day,x\n02/01/2014,1\n31/31/2014,2\n")
    feed.run()
    assert feed.rows(columns="day::text") == [("2014-01-02",)]
    assert feed.query("SELECT column_name, message FROM dba.timportreject") == [
        ("day", "'31/31/2014' is not a date written as dd/MM/yyyy; correct the cell")
    ]


def test_a_type_given_later_types_the_column_and_checks_the_next_file(feed):  # noqa: F811
    config_id = feed.configure(max_reject_rows=1)
    feed.drop("a.csv", "sku,price\n17,9.50\n")
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.timportcolumn (config_id, source_name, data_type) VALUES (%s, 'price', 'numeric(12,2)')", (config_id,)
        )
    feed.drop("b.csv", "sku,price\n18,cheap\n19,2\n")
    feed.run()
    assert table_types(feed) == {"sku": "text", "price": "numeric(12,2)"}
    assert feed.ledger()[-1] == ("b.csv", "Loaded", 2, 1, 1, 0)
    feed.drop("c.csv", "sku,price\n20,3\n")
    feed.run()
    assert table_types(feed)["price"] == "numeric(12,2)"


def test_a_type_that_the_rows_in_the_table_refuse_is_said_before_anything_moves(feed):  # noqa: F811
    from errors import ConfigError

    config_id = feed.configure()
    feed.drop("a.csv", "sku,price\n17,cheap\n")
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute("INSERT INTO dba.timportcolumn (config_id, source_name, data_type) VALUES (%s, 'price', 'numeric')", (config_id,))
    feed.drop("b.csv", "sku,price\n18,5\n")
    with pytest.raises(ConfigError, match=r"price cannot become numeric.*cheap"):
        feed.run()
    assert [path.name for path in feed.inbox.iterdir()] == ["b.csv"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3,50", "3.50"),
        ("1.234,50", "1234.50"),
        ("12", "12"),
        ("-1.234.567", "-1234567"),
        ("3.50", None),
        ("1,234.50", None),
        ("1.23,4", None),
    ],
)
def test_a_number_in_the_other_notation_is_rejected_never_multiplied(feed, value, expected):  # noqa: F811
    feed.configure({"price": "numeric"}, decimal_mark=",", max_reject_rows=1)
    feed.drop("a.csv", f"sku;price\nx;{value}\ny;7\n")
    feed.run()
    assert feed.rows(columns="price::text") == ([(expected,)] if expected else []) + [("7",)]
    if not expected:
        assert value in feed.query("SELECT message FROM dba.timportreject")[0][0]


@pytest.mark.parametrize("kind", ["date", "timestamp", "time"])
@pytest.mark.parametrize(
    "value", ["2-Jan-24", "31-DEC-24", "Jan 2 24", "311224", "010224", "01/02/24+00", "2024.123", "now", "allballs", "tomorrow 10:00"]
)
def test_a_moment_that_postgresql_would_guess_is_rejected(feed, kind, value):  # noqa: F811
    feed.configure({"day": kind}, max_reject_rows=1)
    good = "10:00" if kind == "time" else "2026-01-31"
    feed.drop("a.csv", f"day,x\n{value},1\n{good},2\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 2, 1, 1, 0)]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("date", "2026/1/31", "2026-01-31"),
        ("date", "20260131", "2026-01-31"),
        ("date", "31-Jan-2026", "2026-01-31"),
        ("date", "Jan 31, 2026", "2026-01-31"),
        ("timestamp", "2026-01-31 5:30 PM", "2026-01-31 17:30:00"),
        ("time", "5:30 pm", "17:30:00"),
    ],
)
def test_a_moment_with_one_meaning_loads_however_it_is_written(feed, kind, value, expected):  # noqa: F811
    feed.configure({"day": kind})
    feed.drop("a.csv", f'day,x\n"{value}",1\n')
    feed.run()
    assert feed.rows(columns="day::text") == [(expected,)]


def test_a_hand_made_table_keeps_its_types_when_nothing_is_inferred(feed):  # noqa: F811
    make_table(feed, "id bigint, amt numeric, d date, ok boolean")
    feed.configure()
    feed.drop("a.csv", "id,amt,d,ok\n1,2.5,2024-01-01,true\n")
    assert feed.run().failed == 0
    assert [kind for name, kind in table_types(feed).items() if name != "datasetid"][:3] == ["numeric", "date", "boolean"]


def test_a_carriage_return_inside_a_cell_stays_there(feed):  # noqa: F811
    import openpyxl

    feed.configure(null_tokens=["", "n/a"])
    book = openpyxl.Workbook()
    for row in (("a", "b"), ("x\ry", 1), ("p\nq", 2), ("z", 3)):
        book.active.append(row)
    book.save(feed.inbox / "a.xlsx")
    feed.drop("b.csv", 'a,b\n"x\ry",4\n')
    assert feed.run().failed == 0
    assert [b for _, b in feed.query("SELECT a, b FROM feeds.orders ORDER BY b")] == ["1", "2", "3", "4"]
    assert feed.query("SELECT a FROM feeds.orders WHERE b = '4'") == [("x\ry",)]


def test_single_quotes_are_found(feed):  # noqa: F811
    feed.configure()
    feed.drop("a.csv", "a,b\n'x,1','y'\n'z','w'\n")
    feed.run()
    assert feed.rows(columns="a, b") == [("x,1", "y"), ("z", "w")]
