"""Values: every cell arrives as it was written or is rejected by name; none is cut, rounded, guessed or made a date in silence."""
# ruff: noqa: F811

import pytest

from test_import import Feed, feed  # noqa: F401  (the fixture)


def load_cell(feed: Feed, kind: str, cell: str, rule: dict | None = None, **config) -> tuple | None:
    """The cell as text out of a column of that type, in a tuple; None when its row was rejected for that column."""
    config_id = feed.configure({"v": kind}, max_reject_rows=1, **config)
    for name, value in (rule or {}).items():
        with feed.admin.cursor() as cursor:
            cursor.execute(f"UPDATE dba.timportcolumn SET {name} = %s WHERE config_id = %s", (value, config_id))
    quoted = '"' + cell.replace('"', '""') + '"'
    feed.drop("a.csv", f"v,id\n{quoted},1\n,2\n")
    assert feed.run().failed == 0
    rejects = feed.query("SELECT line_number, column_name FROM dba.timportreject")
    if rejects:
        assert rejects == [(2, "v")] and feed.query("SELECT id FROM feeds.orders") == [("2",)]
        return None
    return feed.query("SELECT v::text FROM feeds.orders WHERE id = '1'")[0]


# --- text stays text --------------------------------------------------------------------------------------------------

TEXTS = [
    "00601", "0", "1", "8L7KXVC00", "9007199254740993", "1e309", "inf", "NaN", "nan", "1.234,56", "1,234.56", "02/01/2014", "24:00",
    "0001-01-01", "9999-12-31", "today", "now", "None", "NULL", "null", "\\N", "\\.", "NA", "#N/A", "-", " ", "  x  ", "true", "+1", "1.50",
    "=1+1", "'", "\\", "\\n", "\t", "'; DROP TABLE x;--", "%s", "{}", "x" * 100_000,
]  # fmt: skip


def test_a_text_column_keeps_every_value_as_written(feed):
    feed.configure()
    feed.drop("a.csv", "id,v\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(TEXTS)))
    assert feed.run().failed == 0
    assert feed.query("SELECT v FROM feeds.orders ORDER BY id::int") == [(text,) for text in TEXTS]


def test_a_column_of_numbers_with_one_code_at_the_end_keeps_the_code(feed):
    feed.configure()
    feed.drop("a.csv", "v,w\n" + "".join(f"{n:05d},\n" for n in range(10_000)) + "8L7KXVC00,\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT min(v), max(v), count(w) FROM feeds.orders") == [("00000", "8L7KXVC00", 0)]


# --- typed columns: (type, cell, what is stored; None: rejected) ------------------------------------------------------

TYPED = [
    ("numeric", "9007199254740993", "9007199254740993"),
    ("numeric", "1.5", "1.5"),
    ("numeric", "1.50", "1.50"),
    ("numeric", "0.1", "0.1"),
    ("numeric", "1e309", "1" + "0" * 309),
    ("numeric", "123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"),
    ("numeric", "NaN", "NaN"),
    ("numeric", "inf", "Infinity"),
    ("numeric", "1,234.56", None),
    ("numeric", "1.234,56", None),
    ("numeric", "$5", None),
    ("numeric", "12x", None),
    ("numeric", "NULL", None),
    ("numeric", "\\N", None),
    ("numeric(5,2)", "999.99", "999.99"),
    ("numeric(5,2)", "1000", None),
    ("double precision", "1e308", "1e+308"),
    ("double precision", "1e309", None),
    ("double precision", "1e-400", None),
    ("bigint", "9007199254740993", "9007199254740993"),
    ("bigint", "9223372036854775808", None),
    ("bigint", "1.5", None),
    ("bigint", "1e3", None),
    ("bigint", "00601", "601"),
    ("integer", "2147483648", None),
    ("integer", " 7 ", "7"),
    ("smallint", "-32769", None),
    ("boolean", "yes", "true"),
    ("boolean", "2", None),
    ("varchar(5)", "abcde", "abcde"),
    ("varchar(5)", "abcdef", None),
    ("varchar(5)", "éèêëē", "éèêëē"),
    ("varchar(5)", "éèêëēx", None),
    ("varchar(4)", "None", "None"),
    ("char(3)", "abcd", None),
    ("date", "2026-01-31", "2026-01-31"),
    ("date", "0001-01-01", "0001-01-01"),
    ("date", "9999-12-31", "9999-12-31"),
    ("date", "0000-01-01", None),
    ("date", "2026-02-30", None),
    ("date", "2026-13-01", None),
    ("date", "31/12/2012", None),
    ("date", "None", None),
    *(("date", word, None) for word in ("yesterday", "today", "tomorrow", "NOW", "epoch", "infinity", "-infinity", "+Infinity", " Today ")),
    *(("timestamp", word, None) for word in ("now", "today", "epoch", "infinity", "today 10:00")),
    ("timestamptz", "now", None),
    ("timestamp", "2026-01-31 24:00", "2026-02-01 00:00:00"),
    ("timestamp", "2026-01-31 24:01", None),
    ("timestamp", "2026-01-31 23:59:60", "2026-02-01 00:00:00"),
    ("timestamp", "9999-12-31 23:59:59", "9999-12-31 23:59:59"),
    ("time", "24:00", "24:00:00"),
    ("time", "25:00", None),
    ("uuid", "not-a-uuid", None),
    ("jsonb", '{"a": 1}', '{"a": 1}'),
    ("jsonb", "{a: 1}", None),
]


@pytest.mark.parametrize(("kind", "cell", "stored"), TYPED)
def test_a_typed_column_stores_the_exact_value_or_rejects_the_row_by_column(feed, kind, cell, stored):
    assert load_cell(feed, kind, cell) == (None if stored is None else (stored,))


@pytest.mark.parametrize(("kind", "words"), [("time", "now"), ("time", "allballs"), ("timestamp", "2026-01-01 allballs")])
def test_a_word_is_no_time_either(feed, kind, words):
    assert load_cell(feed, kind, words) is None


@pytest.mark.parametrize("cell", ["02/01/2014", "01-02-2014", "1/2/03"])
def test_a_date_that_could_be_two_days_is_rejected_unless_the_config_says_how_to_read_it(feed, cell):
    assert load_cell(feed, "date", cell) is None


@pytest.mark.parametrize("cell", ["abc   ", "abcde      "])
def test_spaces_over_the_limit_are_no_text_that_is_cut(feed, cell):
    assert load_cell(feed, "varchar(5)", cell)[0].rstrip() == cell.rstrip()


# --- what the config says about reading values ------------------------------------------------------------------------

FORMATS = [
    ("date", "dd/MM/yyyy", "02/01/2014", "2014-01-02"),
    ("date", "dd/MM/yyyy", "31/12/2012", "2012-12-31"),
    ("date", "dd/MM/yyyy", "12/31/2012", None),
    ("date", "dd/MM/yyyy", "2012-12-31", "2012-12-31"),
    ("date", "dd/MM/yyyy", "29/02/2023", None),
    ("date", "dd/MM/yyyy", "today", None),
    ("date", "MM/dd/yyyy", "02/01/2014", "2014-02-01"),
    ("date", "dd.MM.yyyy", "01.02.0001", "0001-02-01"),
    ("date", "yyyyMMdd", "99991231", "9999-12-31"),
    ("date", "dd-MMM-yyyy", "05-Mar-2026", "2026-03-05"),
    ("timestamp", "dd/MM/yyyy HH:mm", "02/01/2014 23:59", "2014-01-02 23:59:00"),
    ("timestamp", "dd/MM/yyyy HH:mm", "02/01/2014 24:00", None),
    ("timestamp", "yyyyMMddTHHmmss", "20140102T030405", "2014-01-02 03:04:05"),
]


@pytest.mark.parametrize(("kind", "date_format", "cell", "stored"), FORMATS)
def test_dates_are_read_by_their_format_or_rejected_by_column(feed, kind, date_format, cell, stored):
    assert load_cell(feed, kind, cell, {"date_format": date_format}) == (None if stored is None else (stored,))


def test_a_date_format_belongs_to_the_header_as_the_file_writes_it(feed):
    config_id = feed.configure(max_reject_rows=1)
    with feed.admin.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.timportcolumn (config_id, source_name, data_type, date_format)"
            " VALUES (%s, 'Order Date', 'date', 'dd/MM/yyyy')",
            (config_id,),
        )
    feed.drop("a.csv", "Order Date,id\n02/01/2014,1\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT order_date::text FROM feeds.orders") == [("2014-01-02",)]


COMMAS = [
    ("numeric", "1.234,56", "1234.56"),
    ("numeric", "1.234.567,8", "1234567.8"),
    ("numeric", "1234,5", "1234.5"),
    ("numeric", "-0,5", "-0.5"),
    ("numeric", "1234", "1234"),
    ("double precision", "0,25", "0.25"),
    ("integer", "1.234", "1234"),
    ("text", "1.234,56", "1.234,56"),
    ("numeric", "1,2,3", None),
]


@pytest.mark.parametrize(("kind", "cell", "stored"), COMMAS)
def test_a_decimal_comma_is_read_where_the_config_says_so(feed, kind, cell, stored):
    assert load_cell(feed, kind, cell, decimal_mark=",") == (None if stored is None else (stored,))


@pytest.mark.parametrize("cell", ["1.5", "1,234.56", "12.34,5", "1.2345"])
def test_a_dot_that_separates_no_thousands_is_rejected_where_the_comma_is_decimal(feed, cell):
    assert load_cell(feed, "numeric", cell, decimal_mark=",") is None


# --- no value ---------------------------------------------------------------------------------------------------------

CELLS = ["", "None", "NULL", "\\N", "nan", "NA", " ", "x"]
POLICIES = [
    (None, {""}),
    (["", "NULL", "\\N"], {"", "NULL", "\\N"}),
    (["", "nan", "None"], {"", "nan", "None"}),
    (["", " "], {"", " "}),
]


@pytest.mark.parametrize(("tokens", "nothing"), POLICIES)
def test_only_the_listed_texts_mean_no_value(feed, tokens, nothing):
    feed.configure(**({"null_tokens": tokens} if tokens else {}))
    feed.drop("a.csv", "id,v\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(CELLS)))
    assert feed.run().failed == 0
    assert feed.query("SELECT v FROM feeds.orders ORDER BY id::int") == [(None if cell in nothing else cell,) for cell in CELLS]


def test_a_null_token_is_no_value_in_a_typed_column_too(feed):
    feed.configure({"n": "numeric", "d": "date"}, null_tokens=["", "NULL", "-", "today"])
    feed.drop("a.csv", "n,d,t\nNULL,-,-\n1,2026-01-31,today\n-,today,x\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT n::text, d::text, t FROM feeds.orders ORDER BY n, t") == [
        ("1", "2026-01-31", None),
        (None, None, "x"),
        (None, None, None),
    ]


@pytest.mark.parametrize("cell", ["\\.", '"\\."', "\\.x"])
def test_the_end_mark_of_copy_is_a_value_in_a_column_of_its_own(feed, cell):
    feed.configure(null_tokens=["", "NULL"])
    feed.drop("a.csv", f"v\na\n{cell}\nNULL\nb\n")
    assert feed.run().failed == 0
    assert feed.rows(columns="v") == [("a",), (cell.strip('"'),), (None,), ("b",)]


def test_a_required_column_rejects_rows_without_a_value(feed):
    config_id = feed.configure({"v": "integer"}, max_reject_rows=2)
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportcolumn SET required = true WHERE config_id = %s", (config_id,))
    feed.drop("a.csv", "v,id\n1,1\n,2\n3,3\n")
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Loaded", 3, 2, 1, 0)]
    assert feed.query("SELECT line_number, column_name FROM dba.timportreject") == [(3, "v")]


# --- the table's own rules --------------------------------------------------------------------------------------------

RULES = {
    "primary key": ("id integer PRIMARY KEY, v text", "1,a\n2,b\n1,c\n", [4]),
    "check": ("id integer CHECK (id < 3), v text", "1,a\n3,b\n2,c\n", [3]),
    "not null": ("id integer NOT NULL, v text", "1,a\n,b\n2,c\n", [3]),
    "existing varchar": ("id integer, v varchar(2)", "1,a\n2,bcd\n3,\n", [3]),
    "exclusion by trigger": ("id integer, v text", "1,a\n99,b\n2,c\n", [3]),
}


@pytest.mark.parametrize(("columns", "rows", "lines"), RULES.values(), ids=RULES)
def test_a_rule_of_the_table_rejects_the_row_that_breaks_it(feed, columns, rows, lines):
    feed.configure(max_reject_rows=2, importstrategyid=2)
    with feed.connection, feed.connection.cursor() as cursor:
        lineage = "datasetid bigint DEFAULT dba.f_loading_datasetid()"
        cursor.execute(f"CREATE SCHEMA feeds; CREATE TABLE feeds.orders ({columns}, {lineage})")
        cursor.execute(
            "CREATE FUNCTION feeds.guard() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN IF NEW.id = 99 THEN RAISE 'no 99 here'; END IF; RETURN NEW; END $$;"
            " CREATE TRIGGER guard BEFORE INSERT ON feeds.orders FOR EACH ROW EXECUTE FUNCTION feeds.guard()"
        )
    feed.drop("a.csv", "id,v\n" + rows)
    assert feed.run().failed == 0
    assert [line for (line,) in feed.query("SELECT line_number FROM dba.timportreject")] == lines
    assert feed.ledger() == [("a.csv", "Loaded", 3, 2, 1, 0)]


def test_a_row_of_empty_cells_that_the_table_refuses_is_rejected_not_dropped(feed):
    feed.configure(max_reject_rows=2)
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds; CREATE TABLE feeds.orders (id integer NOT NULL, v text)")
    feed.drop("a.csv", "id\tv\n1\ta\n\t\n2\tb\n")
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Loaded", 3, 2, 1, 0)]
