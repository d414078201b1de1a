"""Charts: every kind is drawn, says in words what it shows, and refuses what it cannot show; the page around them stays as it was."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from errors import ConfigError
from report_charts import HEIGHT_PIXELS, KINDS, WIDTH_PIXELS, Chart, chart_html, draw_chart
from report_rendering import render_body, template_values
from report_tables import Grid, tables_of

GOLDEN = Path(__file__).parent / "golden" / "report.html"
DAYS = Grid(
    ("day", "orders", "amount"),
    [(date(2026, 11, 20), 3, Decimal("1234.50")), (date(2026, 11, 23), None, Decimal("-7")), (date(2026, 11, 24), 5, None)],
    3,
)
CLIENTS = Grid(("client", "orders"), [("Acme $5 & $6", 3), ("Müller <b>", 1)], 2)


def png_size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG")
    return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_at_twice_the_size_it_is_shown(kind):
    picture = draw_chart(Chart("c", "", kind), CLIENTS if kind == "pie" else DAYS)
    assert png_size(picture) == (2 * WIDTH_PIXELS, 2 * HEIGHT_PIXELS)


def test_the_kinds_differ():
    assert len({draw_chart(Chart("c", "", kind), CLIENTS) for kind in KINDS}) >= 3


@pytest.mark.parametrize(
    ("chart", "grid", "reason"),
    [
        (Chart("c", "", y=("total",)), DAYS, "gives no column 'total', only day, orders, amount"),
        (Chart("c", "", x="when"), DAYS, "gives no column 'when'"),
        (Chart("c", "", "pie"), DAYS, "a pie shows one column, not orders, amount"),
        (Chart("c", "", "pie", y=("amount",)), DAYS, "cannot show empty or negative"),
        (Chart("c", "", x="orders", y=("client",)), CLIENTS, "column 'client' holds 'Acme $5 & $6', which is no number"),
        (Chart("c", ""), Grid(("n",), [(1,)], 1), "only the column 'n'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_fix(chart, grid, reason):
    with pytest.raises(ConfigError, match="charts c: ") as caught:
        draw_chart(chart, grid)
    assert reason in str(caught.value)


def test_a_chart_without_rows_says_so_and_shows_no_picture():
    html, text = chart_html(Chart("c", "", title="Orders"), Grid(("day", "orders"), [], 0))
    assert "<img" not in html and text == "Orders: no rows."


def test_a_cut_chart_says_how_many_rows_it_shows():
    assert "the first 3 of 900 rows" in chart_html(Chart("c", ""), Grid(DAYS.columns, DAYS.rows, 900))[1]


def test_the_whole_page_is_as_it_was():
    """After a wanted change: look at the page in a browser, in light and dark, then delete the golden file and run again."""
    chart = Chart("chart1", "", "line", y=("amount",), title='Amount "per day"')
    tables = tables_of({"grid1": DAYS, "grid2": CLIENTS, "grid3": None}, UTC) | {"chart1": chart_html(chart, DAYS)}
    values = template_values("Orders", datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    page = render_body(
        "<h1>{{report_name}}</h1><p>{{today}}</p>{{grid1}}{{chart1}}{{grid2}}{{grid3}}", tables, values=values, footer="5 rows"
    )
    if not GOLDEN.exists():
        GOLDEN.write_text(page.html)
        pytest.fail(f"{GOLDEN} was missing and is written anew; look at it and commit it")
    assert page.html == GOLDEN.read_text()
