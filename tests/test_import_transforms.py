"""The transform steps: each as the README shows it, the books after them, and the same result whatever the chunk size."""
# ruff: noqa: F811

import csv
import io
import json
from dataclasses import replace

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transformed_table
from config_tables import import_configs
from csv_files import open_csv
from errors import BadFileError, ConfigError
from models import ImportConfig
from test_import import Feed, feed  # noqa: F401  (the fixture)
from transform_steps import STEPS, steps_shape
from transformed_table import transformed

PLAIN = ImportConfig(1, "c", "s", "t", "", "", "", "CSV", "static", "x", "mtime", None, None, "_", "a.b", 1)
# step, header and rows before, header and rows after
EXAMPLES = [
    ({"step": "rename", "columns": {"Client Name": "client"}}, "Client Name,a\nx,1\n", "client,a\nx,1\n"),
    ({"step": "keep", "columns": ["b", "a"]}, "a,x,b\n1,2,3\n", "a,b\n1,3\n"),
    ({"step": "drop", "columns": ["x"]}, "a,x,b\n1,2,3\n", "a,b\n1,3\n"),
    ({"step": "strip"}, "a,b\n 1 ,  \n", "a,b\n1,\n"),
    ({"step": "strip", "columns": ["b"]}, "a,b\n 1 , 2\n", "a,b\n 1 ,2\n"),
    ({"step": "replace", "column": "a", "pattern": "[^0-9]", "with": ""}, "a,b\n0-1/2,x-y\n", "a,b\n012,x-y\n"),
    ({"step": "parse_date", "column": "a", "format": "dd.MM.yyyy"}, "a,b\n31.01.2026,x\n,y\n", "a,b\n2026-01-31,x\n,y\n"),
    ({"step": "parse_number", "column": "a", "decimal": ","}, "a,b\n€ 1.234;x\n", None),
    ({"step": "parse_number", "column": "a", "decimal": ","}, 'a,b\n"€ 1.234,50",x\n', "a,b\n1234.50,x\n"),
    ({"step": "parse_number", "column": "a"}, 'a,b\n"(1,234.50)",x\n$5,y\n', "a,b\n-1234.50,x\n5,y\n"),
    ({"step": "fill", "column": "a", "value": "US"}, "a,b\n,1\nDE,2\n", "a,b\nUS,1\nDE,2\n"),
    ({"step": "constant", "column": "c", "value": "web"}, "a,b\n1,2\n", "a,b,c\n1,2,web\n"),
    ({"step": "constant", "column": "b", "value": "web"}, "a,b\n1,2\n", "a,b\n1,web\n"),
    ({"step": "filter", "column": "a", "equals": ["x", "y"]}, "a,b\nx,1\nz,2\ny,3\n,4\n", "a,b\nx,1\ny,3\n"),
    ({"step": "filter", "column": "a", "not_equals": ["x"]}, "a,b\nx,1\nz,2\n", "a,b\nz,2\n"),
    ({"step": "filter", "column": "a", "matches": "^z"}, "a,b\nx,1\nz,2\n,3\n", "a,b\nz,2\n"),
    ({"step": "dedupe", "columns": ["a"]}, "a,b\n1,x\n1,y\n2,z\n", "a,b\n1,x\n2,z\n"),
    ({"step": "dedupe"}, "a,b\n1,x\n1,y\n1,x\n", "a,b\n1,x\n1,y\n"),
]


NUMBER, WITHOUT_B = {"step": "parse_number", "column": "n", "decimal": ","}, {"step": "filter", "column": "k", "not_equals": ["b"]}


def reshaped(tmp_path, content: str, *steps: dict):
    path = tmp_path / "in.csv"
    path.write_text(content, newline="")
    config = replace(PLAIN, transform=list(steps), field_delimiter=",")
    return transformed(open_csv(path, config), config)


@pytest.mark.parametrize(("step", "before", "after"), EXAMPLES, ids=lambda value: json.dumps(value) if isinstance(value, dict) else "")
def test_each_step_does_what_its_example_says(tmp_path, step, before, after):
    source = reshaped(tmp_path, before, step)
    chunks = list(source.chunks())
    if after is None:
        assert [chunk.fault[0] for chunk in chunks if chunk.fault] == [None]
        return
    loaded = b"".join(chunk.data for chunk in chunks if not chunk.skipped and not chunk.fault)
    assert ",".join(source.header) + "\n" + loaded.decode() == after
    rows = sum(chunk.rows for chunk in chunks)
    assert rows == before.count("\n") - 1, "every row is loaded, skipped or rejected"


def test_every_step_has_an_example_and_the_database_knows_the_same_steps(database):
    assert {step["step"] for step, _, _ in EXAMPLES} == set(STEPS)
    with database.cursor() as cursor:
        cursor.execute("SELECT DISTINCT step FROM dba.f_transform_keys()")
        assert {step for (step,) in cursor} == set(STEPS)


def test_the_database_takes_every_example(feed: Feed):
    feed.configure(transform=json.dumps([step for step, _, _ in EXAMPLES]))
    assert len(import_configs(feed.connection)[0].transform) == len(EXAMPLES)


def test_a_value_that_a_step_cannot_read_rejects_its_row_with_line_and_text(feed: Feed):
    feed.configure(
        transform=json.dumps(
            [{"step": "parse_number", "column": "n", "decimal": ","}, {"step": "filter", "column": "k", "not_equals": ["b"]}]
        ),
        max_reject_rows=1,
        field_delimiter=";",
    )
    feed.drop("a.csv", 'k;n\n"a\nx";1,5\nb;2\nc;zwei\nd;\n')
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 4, 2, 1, 1)]
    assert feed.query("SELECT line_number, column_name, raw_text FROM dba.timportreject") == [(5, "n", "c;zwei")]
    assert feed.query("SELECT k, n FROM feeds.orders ORDER BY k") == [("a\nx", "1.5"), ("d", None)]
    assert feed.query("SELECT findings -> 'cells_changed' ->> 'parse_number' FROM dba.timportfile") == [("1",)]


def test_a_typed_load_after_steps_names_the_line_of_a_row_that_postgresql_refuses(feed: Feed):
    feed.configure({"n": "integer"}, transform=json.dumps([{"step": "filter", "column": "k", "not_equals": ["b"]}]), max_reject_rows=1)
    feed.drop("a.csv", "k,n\na,1\nb,2\nc,three\nd,4\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 4, 2, 1, 1)]
    assert feed.query("SELECT line_number, column_name FROM dba.timportreject") == [(4, "n")]


def test_a_row_with_a_field_too_few_is_rejected_not_shifted(feed: Feed):
    feed.configure(transform=json.dumps([{"step": "strip"}]), max_reject_rows=2)
    feed.drop("a.csv", b"k,n\na,1\nb\nc,3,4\n\xe9,5\nd,6\n" + "é,7\n".encode())
    feed.run()
    assert feed.ledger() == [("a.csv", "Failed", 6, 0, 3, 3)]


def test_a_step_that_needs_a_missing_column_refuses_the_file(feed: Feed):
    feed.configure(transform=json.dumps([{"step": "drop", "columns": ["gone"]}]))
    feed.drop("a.csv", "k,n\na,1\n")
    feed.run()
    assert feed.ledger()[0][:2] == ("a.csv", "Failed")
    with pytest.raises(BadFileError, match="two columns are called 'a'"):
        steps_shape([{"step": "rename", "columns": {"b": "a"}}], ["a", "b"])


@given(
    st.lists(st.tuples(st.sampled_from(["x", "y", "z", ""]), st.sampled_from(["1", "2,5", "bad", ""])), min_size=1, max_size=40),
    st.lists(
        st.sampled_from(
            [
                {"step": "dedupe", "columns": ["a"]},
                {"step": "filter", "column": "a", "not_equals": ["z"]},
                {"step": "fill", "column": "a", "value": "f"},
                {"step": "parse_number", "column": "b", "decimal": ","},
                {"step": "dedupe"},
            ]
        ),
        max_size=4,
    ),
)
@settings(deadline=None, derandomize=True, max_examples=40)
def test_the_size_of_a_chunk_changes_nothing(tmp_path_factory, rows, steps):
    content = "a,b\n" + "".join(f'{a},"{b}"\n' for a, b in rows)
    results = []
    for size in (1, 1 << 20):
        source = reshaped(tmp_path_factory.getbasetemp(), content, *steps)
        before, transformed_table._CHUNK_BYTES = transformed_table._CHUNK_BYTES, size
        try:
            chunks = list(source.chunks())
        finally:
            transformed_table._CHUNK_BYTES = before
        good = [chunk for chunk in chunks if not chunk.skipped and not chunk.fault]
        results.append((
            b"".join(chunk.data for chunk in good),
            [line for chunk in good for line in (chunk.lines or [chunk.line + at for at in range(chunk.rows)])],
            sorted((chunk.line, chunk.fault) for chunk in chunks if chunk.fault),
            sum(chunk.rows for chunk in chunks),
        ))  # fmt: skip
    assert results[0] == results[1] and results[0][3] == len(rows)


@pytest.mark.parametrize(
    ("decimal", "text"),
    [(",", "1234.5"), (",", "0.5"), (".", "1,5"), (".", "1,2,3"), (".", "NaN"), (".", "Infinity"), (".", "1_0"), (".", "1e5")],
)
def test_a_number_of_another_form_rejects_its_row_and_is_never_another_number(tmp_path, decimal, text):
    source = reshaped(tmp_path, f'n,k\n"{text}",x\n', {"step": "parse_number", "column": "n", "decimal": decimal})
    assert [chunk.fault and chunk.fault[0] for chunk in source.chunks()] == ["n"]


@pytest.mark.parametrize(
    ("decimal", "text", "number"),
    [
        (",", "€ 1.234,50", "1234.50"),
        (".", "(1,234,567)", "-1234567"),
        (",", "1'234,5", "1234.5"),
        (".", "-12.5", "-12.5"),
        (".", ".5", ".5"),
    ],
)
def test_a_number_as_people_write_it_is_read(tmp_path, decimal, text, number):
    source = reshaped(tmp_path, f'n,k\n"{text}",x\n', {"step": "parse_number", "column": "n", "decimal": decimal})
    assert [(chunk.data, chunk.fault) for chunk in source.chunks()] == [(f"{number},x\n".encode(), None)]


def test_steps_that_leave_no_column_refuse_the_file(feed: Feed):
    feed.configure(transform=json.dumps([{"step": "drop", "columns": ["k", "n"]}]))
    feed.drop("a.csv", "k,n\na,1\n")
    feed.run()
    assert feed.ledger()[0][:2] == ("a.csv", "Failed")


def test_a_replacement_that_does_not_fit_its_pattern_is_an_error_of_the_feed(feed: Feed):
    feed.configure(transform=json.dumps([{"step": "replace", "column": "k", "pattern": "a", "with": "\\9"}]))
    feed.drop("a.csv", "k,n\na,1\n")
    with pytest.raises(ConfigError, match="does not fit its pattern"):
        feed.run()


def test_the_database_refuses_a_date_format_without_a_year(feed: Feed):
    with pytest.raises(psycopg2.Error, match="transform"):
        feed.configure(transform=json.dumps([{"step": "parse_date", "column": "d", "format": "qqq"}]))


@pytest.mark.parametrize(("value", "amount"), [("1,234", "1.234"), ("1.234,5", "1234.5")])
def test_a_parsed_number_is_not_parsed_again_by_the_feeds_decimal_mark(feed: Feed, value, amount):
    feed.configure({"n": "numeric"}, transform=json.dumps([NUMBER]), decimal_mark=",", field_delimiter=";")
    feed.drop("a.csv", f"k;n\na;{value}\n")
    feed.run()
    assert feed.query("SELECT n::text FROM feeds.orders") == [(amount,)]


# The steps once more, on one row as a dictionary: what becomes of it, None when it is left out.
ON_A_ROW = {
    "rename": lambda row, step: {step["columns"].get(name, name): value for name, value in row.items()},
    "keep": lambda row, step: {name: value for name, value in row.items() if name in step["columns"]},
    "strip": lambda row, step: row | {name: row[name].strip() for name in step["columns"]},
    "replace": lambda row, step: row | {step["column"]: row[step["column"]].replace(step["pattern"], step["with"])},
    "constant": lambda row, step: row | {step["column"]: step["value"]},
    "filter": lambda row, step: row if row[step["column"]] not in step["not_equals"] else None,
}
PLANS = [
    [{"step": "strip", "columns": ["a"]}],
    [{"step": "filter", "column": "c", "not_equals": ["x"]}],
    [{"step": "rename", "columns": {"a": "z"}}, {"step": "strip", "columns": ["z"]}, {"step": "keep", "columns": ["b", "z"]}],
    [{"step": "keep", "columns": ["c"]}],
    [{"step": "constant", "column": "b", "value": 'say "no"'}, {"step": "constant", "column": "n", "value": "1,2"}],
    [{"step": "replace", "column": "c", "pattern": "x", "with": ","}, {"step": "filter", "column": "a", "not_equals": ["x", "NULL"]}],
]
VALUES = st.sampled_from(["", "x", " x ", "NULL", "a,b", 'q"q', "two\nlines", "both\r\nends", "é", '"', ";", "\\."])


@given(
    rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=12),
    plan=st.sampled_from(PLANS),
    written=st.tuples(st.sampled_from(",;"), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    ragged=st.booleans(),
    tokens=st.sampled_from([("",), ("", "NULL")]),
)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_the_steps_do_to_a_table_what_they_do_to_each_row(tmp_path_factory, rows, plan, written, ragged, tokens):
    delimiter, end, quoting = written
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([("a", "b", "c"), *rows])
    if ragged:
        writer.writerow(["1", "2", "3", "4"])
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(text.getvalue().encode())
    config = replace(PLAIN, transform=tuple(plan), field_delimiter=delimiter, null_tokens=tokens)
    source = transformed(open_csv(path, config), config)
    expected, lines, line = [], [], 2
    for values in rows:
        row = {name: "" if value in tokens else value for name, value in zip("abc", values, strict=True)}
        for step in plan:
            row = row and ON_A_ROW[step["step"]](row, step)
        expected += [list(row.values())] if row else []
        lines += [line] if row else []
        line += 1 + sum(value.count("\n") for value in values)
    chunks = [chunk for chunk in source.chunks() if not chunk.skipped and not chunk.fault]
    assert [row for chunk in chunks for row in source.dialect.rows(chunk.data)] == expected
    assert [number for chunk in chunks for number in chunk.lines] == lines
    assert sum(chunk.rows for chunk in source.chunks()) == len(rows) + ragged
