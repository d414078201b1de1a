"""What pages of MeetMax, and pages at large, say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ConfigError
from meetmax_pages import companies, event_address, event_numbers, other_pages, read_event_page
from web_pages import links, page_fault
from web_server import html, invalid, rows_page

URL = "https://www.meetmax.com/sched/event_120000/__co-list_cp.html"
EXPORT = "https://www.meetmax.com/sched/event_120000/__co-list_cp.xls?event_id=120000"
STATES = [
    (invalid(120000)[2], "invalid", None),
    (html('<a href="__co-list_cp.xls?event_id=120000;session=ABC">Excel</a>')[2], "downloadable", EXPORT),
    (html('<a href="/sched/event_120000/__co-list_cp.xls?event_id=120000">x</a><tr class="rows">')[2], "downloadable", EXPORT),
    (html('<button id="export"><b>Download</b> Company List</button>')[2], "downloadable", EXPORT),
    (html(f'<a id="export" href="{EXPORT};x">Download Company List</a>')[2], "downloadable", EXPORT),
    (html('<button id="export">Print</button>')[2], "unknown", None),
    (rows_page(120000, 1, 40)[2], "listed", None),
    (
        html('<a href="__private-co-list_cp.html">Private list</a>')[2],
        "private",
        "https://www.meetmax.com/sched/event_120000/__private-co-list_cp.html",
    ),
    (html("<p>No companies found.</p>")[2], "empty", None),
    (html("<h1>Access Denied</h1>")[2], "denied", None),
    (html('<form><input type="password" name="p"></form>')[2], "denied", None),
    (html("<h1>Error 1015</h1>You are being rate limited")[2], "limited", None),
    (html("<p>Welcome to our new site</p>")[2], "unknown", None),
    (b"", "unknown", None),
    (b"\xd0\xcf\x11\xe0\xff\xfe\x00<", "unknown", None),
]


@pytest.mark.parametrize(("page", "state", "link"), STATES)
def test_the_state_of_an_event(page, state, link):
    found = read_event_page(page, URL)
    assert (found.state, found.link) == (state, link)


def test_a_title_is_one_line():
    assert read_event_page(html("x", "Growth\n  Conference &amp; Co")[2], URL).title == "Growth Conference & Co"


def test_both_forms_of_an_address():
    assert event_address("https://www.meetmax.com/", 7) == "https://www.meetmax.com/sched/event_7/__co-list_cp.html"
    assert event_address("https://www.meetmax.com", 7, newer=True) == (
        "https://www.meetmax.com/sched/event_7/~public/__co-list_cp.html?event_id=7"
    )


def test_companies_by_column():
    page = rows_page(1, 11, 330)[2]
    found = companies(page)
    assert len(found) == 30
    assert found[0] == {"company_name": "Company & Sons 301", "ticker": "T301", "custom_123": "301"}
    assert other_pages(page, URL) == [f"{URL}?page={number}" for number in range(1, 11)]


def test_links_by_selector():
    page = html('<a href="/f/a.csv#top">a</a><a href="b.csv">b</a><a href="b.csv">b</a><a href="c.pdf">c</a><a>d</a>')[2]
    assert links(page, "https://x.example/d/", 'a[href*=".csv"]') == ["https://x.example/f/a.csv", "https://x.example/d/b.csv"]
    with pytest.raises(ConfigError, match="is not a CSS selector"):
        links(page, "https://x.example/", "a[[")


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (html('<table><tr><td><input type="password"></td></tr><tr><td>x</td></tr></table>')[2], "is a login page"),
        (invalid(5)[2], "is a page that says 'Error Invalid Event ID: 5'"),
        (html("<p>hello</p>")[2], "is a web page without a table of rows"),
        (b"<table><tr><th>company</th></tr><tr><td>Acme, access denied</td></tr></table>", None),
    ],
)
def test_a_page_that_is_no_data(page, fault):
    assert page_fault(page) == fault


@given(st.lists(st.tuples(st.integers(0, 999_000), st.integers(0, 50)), min_size=1, max_size=8))
def test_event_numbers_are_the_union_of_the_ranges(ranges):
    text = ", ".join(f"{first} - {first + more}" if more else str(first) for first, more in ranges)
    wanted = {number for first, more in ranges for number in range(first, first + more + 1)}
    assert event_numbers(text) == sorted(wanted)


@pytest.mark.parametrize("text", ["", "abc", "1,,2", "5-4", "1-20000", "-1", "1;2", "\u0661"])
def test_event_numbers_that_are_none(text):
    with pytest.raises(ConfigError, match="119179-119184,120000"):
        event_numbers(text)
