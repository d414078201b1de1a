"""What a mail says: values are text whatever they hold, tables stay within a mail program's limits, both parts agree."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ConfigError
from report_rendering import check_template, render_body, render_line, template_values
from report_tables import BODY_BYTES, NOT_AVAILABLE, Grid, cell_text, html_table, tables_of, text_table

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 11, 20, tzinfo=ZONE)
VALUES = template_values("Client orders", NOW)


def grid(*rows: tuple, columns: tuple[str, ...] | None = None) -> Grid:
    return Grid(columns or tuple(f"c{i}" for i in range(len(rows[0]))), list(rows), len(rows))


def body(template: str, **grids: Grid | None):
    return render_body(template, tables_of(grids, ZONE), values=VALUES, footer="Data as of now, 1 row")


class Cells(HTMLParser):
    """The table as a browser sees it: text of every <td>, and every tag that occurs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self._open = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "br":
            self.cells[-1] += "\n"
        self._open = self._open or tag == "td"
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        self._open = self._open and tag != "td"

    def handle_data(self, data):
        if self._open:
            self.cells[-1] += data


@pytest.mark.parametrize(
    ("value", "plain", "shown"),
    [
        (None, "", ""),
        ("00601", "00601", "00601"),
        ("None", "None", "None"),
        (True, "true", "true"),
        (1234567, "1234567", "1,234,567"),
        (-1234, "-1234", "-1,234"),
        (Decimal("1234567.50"), "1234567.50", "1,234,567.50"),
        (Decimal("1E+3"), "1000", "1,000"),
        (Decimal("NaN"), "NaN", "NaN"),
        (0.1 + 0.2, "0.30000000000000004", "0.3"),
        (1234.5, "1234.5", "1,234.5"),
        (float("inf"), "inf", "inf"),
        (date(2026, 1, 2), "2026-01-02", "2026-01-02"),
        (time(9, 5), "09:05:00", "09:05:00"),
        (datetime(2026, 1, 2, 3, 4, 5, 678), "2026-01-02 03:04:05", "2026-01-02 03:04:05"),
        (datetime(2026, 7, 2, 3, 4, 5, tzinfo=UTC), "2026-07-01 23:04:05", "2026-07-01 23:04:05"),
        (datetime.max.replace(tzinfo=UTC), "9999-12-31 18:59:59", "9999-12-31 18:59:59"),
        (datetime.min.replace(tzinfo=UTC), "0001-01-01 00:00:00", "0001-01-01 00:00:00"),
        (timedelta(days=1, hours=2), "1 day, 2:00:00", "1 day, 2:00:00"),
        ({"a": ["é", None]}, '{"a": ["é", null]}', '{"a": ["é", null]}'),
        (memoryview(b"\x00\xff"), "\\x00ff", "\\x00ff"),
    ],
)
def test_a_value_as_a_person_reads_it(value, plain, shown):
    assert (cell_text(value, ZONE), cell_text(value, ZONE, thousands=True)) == (plain, shown)


def test_numbers_that_name_something_have_no_thousands_separator():
    names = ("order_id", "datasetid", "Order No", "year", "amount", "paid", "quantity")
    html = html_table(grid((100234,) * 7, columns=names), ZONE)
    assert Cells(html).cells == ["100234"] * 4 + ["100,234"] * 3


def test_number_columns_are_right_aligned_with_their_header_and_text_is_not():
    html = html_table(grid((1, "1", None), (None, "x", None)), ZONE)
    assert re.findall(r'<th align="(\w+)">', html) == ["right", "left", "left"]
    assert html.count('<td align="right"') == 2


# Surrogates cannot come from PostgreSQL; control characters are shown as such; a browser takes CR for LF.
CELL_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")) | st.sampled_from(
    ["{{grid2}}", "{{ 7*7 }}", "{% for x in y %}", "<script>alert(1)</script>", "</td></table>", "&amp;", "=1+1", "-->", "<etl-grid>"]
)


@given(st.lists(st.tuples(CELL_TEXT, CELL_TEXT), min_size=1, max_size=5))
def test_every_cell_is_shown_literally_whatever_it_holds(rows):
    html = body("<p>{{grid1}}</p>{{grid2}}", grid1=grid(*rows), grid2=grid(("second",))).html
    assert Cells(html).cells == [cell for row in rows for cell in row] + ["second"]
    assert "script" not in Cells(html).tags


@given(st.lists(st.tuples(CELL_TEXT), min_size=1, max_size=5))
def test_the_plain_text_holds_the_same_cells(rows):
    text = body("{{grid1}}", grid1=grid(*rows)).text
    for (cell,) in rows:
        start = " ".join(cell.split())[:50].strip()
        assert start in text


@given(CELL_TEXT)
def test_a_report_name_is_escaped_in_the_body_too(name):
    html = render_body("<p>{{report_name}}</p>", {}, values=template_values(name, NOW), footer="").html
    assert "<script" not in html and unescape(html).count("49") == name.count("49")


def test_the_plain_text_is_the_report_and_not_its_html():
    text = body(
        "<style>p {color: red}</style><h1>Orders {{today}}</h1><ul><li>a</li><li>b &amp; c</li></ul>{{grid1}}<p>Bye</p>",
        grid1=Grid(("client", "amount"), [("Müller", Decimal("1234.50")), (None, 7)], 900),
    ).text
    assert text == (
        "Orders 2026-11-23\n\n- a\n- b & c\n\n"
        "client    amount\n------  --------\nMüller  1,234.50\n               7\nShowing the first 2 of 900 rows.\n\n"
        "Bye\n\n-- \nData as of now, 1 row\n"
    )


def test_styles_are_inside_the_tags_and_dark_mode_stays_in_the_head():
    html = body("<p>x</p>{{grid1}}", grid1=grid((1,))).html
    assert html.startswith("<!DOCTYPE html>") and html.index("prefers-color-scheme: dark") < html.index("</head>")
    assert re.search(r'<table[^>]*style="[^"]*border-collapse: collapse', html)
    assert re.search(r'<th[^>]*style="[^"]*background-color: #16324f', html)
    assert "Data as of now, 1 row" in html


def test_a_template_that_is_a_whole_document_stays_one():
    html = body("<!doctype html><HTML><head><title>T</title></head><body><p>x</p>{{grid1}}</body></HTML>", grid1=grid((1,))).html
    assert [html.lower().count(tag) for tag in ("<html", "<head", "<body", "</body>", "<!doctype")] == [1] * 5
    assert html.index("Data as of now") < html.index("</body>")


def test_rows_over_the_cap_are_left_out_and_the_cap_is_said():
    many = Grid(("n",), [(n,) for n in range(500)], 200_000)
    for part in (html_table(many, ZONE), text_table(many, ZONE)):
        assert "Showing the first 500 of 200,000 rows." in part and "499" in part


def test_a_mail_stays_under_what_gmail_shows():
    wide = Grid(tuple("abcdefgh"), [("some words in a cell é",) * 8] * 500, 500)
    result = body("{{a}}{{b}}{{c}}", a=wide, b=wide, c=wide)
    assert BODY_BYTES * 0.9 < len(result.html.encode()) < 102_000
    shown = re.findall(r"Showing the first (\d+) of 500 rows", result.html)
    assert len(shown) == 3 and all(50 < int(rows) < 500 for rows in shown)
    assert len(result.text) < 102_000


def test_a_huge_cell_is_shortened_and_says_so():
    for part in (html_table(grid(("x" * 1_000_000,)), ZONE), text_table(grid(("x" * 1_000_000,)), ZONE)):
        assert len(part) < 2_000
    assert "... (1,000,000 characters)" in html_table(grid(("x" * 1_000_000,)), ZONE)


def test_no_rows_and_no_table_are_said_in_words():
    result = body("{{grid1}}{{grid2}}", grid1=Grid(("a",), [], 0), grid2=None)
    for part in (result.html, result.text):
        assert "No rows." in part and NOT_AVAILABLE in part


@pytest.mark.parametrize(
    ("template", "queries", "message"),
    [
        ("{{grid1}} {{grid2}}", {"grid1": ""}, "shows {{grid2}}, but emailbodyqueries has no 'grid2'"),
        ("{{grid1}}", {"grid1": "", "grid2": ""}, "emailbodyqueries has 'grid2', but"),
        ("<p>\n{% if %}", {}, "emailbodytemplate line 2"),
        ("{{ grid1", {"grid1": ""}, "emailbodytemplate line 1"),
    ],
)
def test_a_template_and_queries_that_do_not_match_are_refused(template, queries, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        check_template(template, queries)


def test_helpers_and_own_names_of_a_template_need_no_query():
    check_template("{% set x = 1 %}{{x}} {{timestamp}} {{today}} {{yesterday}} {{report_name}} {{grid1}}", {"grid1": ""})


def test_the_helpers_are_in_the_configured_zone():
    line = render_line("{{report_name}} {{timestamp}} {{today}} {{yesterday}} {{today.strftime('%d %B')}}", VALUES)
    assert line == "Client orders 2026-11-23 11:20 EST 2026-11-23 2026-11-22 23 November"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ today.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ nothing }}",
        "{{ 1 / 0 }}",
        "{{ range(999999999) | list }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_can_format_values_and_nothing_else(template):
    with pytest.raises(ConfigError):
        render_body(template, {}, values=VALUES, footer="")
