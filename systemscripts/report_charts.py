"""The door to matplotlib: the rows of a query as a picture for a mail, with a text that says the same in words."""

import io
from dataclasses import dataclass
from datetime import date
from html import escape

from errors import ConfigError
from report_tables import NOT_AVAILABLE, Grid, is_number

KINDS = ("bar", "line", "stacked", "pie")
WIDTH_PIXELS, HEIGHT_PIXELS = 640, 320
_SHARPNESS = 2  # pictures are drawn twice as large as they are shown, for screens with fine pixels
_COLOURS = ("#2a6fb0", "#e07b39", "#3f9c6d", "#b0489a", "#7a6ff0", "#c2a32b", "#4c9aa8", "#8c564b")
_MOST_LABELS = 12


@dataclass(frozen=True)
class Chart:
    """A picture of a report. `x` None: the first column; `y` empty: every other column."""

    name: str
    query: str
    kind: str = "bar"
    x: str | None = None
    y: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class _Series:
    labels: list[str]
    x_name: str
    values: dict[str, list[float]]


def columns_of(chart: Chart, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The x column and the y columns of a chart. Raises ConfigError when the query does not give them."""
    x = chart.x or columns[0]
    y = chart.y or tuple(name for name in columns if name != x)
    for name in (x, *y):
        if name not in columns:
            raise ConfigError(f"charts {chart.name}: its query gives no column {name!r}, only {', '.join(columns)}; correct x or y")
    if not y:
        raise ConfigError(f"charts {chart.name}: its query gives only the column {x!r}; add a column of numbers")
    if chart.kind == "pie" and len(y) > 1:
        raise ConfigError(f"charts {chart.name}: a pie shows one column, not {', '.join(y)}; name it in y")
    return x, y


def chart_html(chart: Chart, grid: Grid | None) -> tuple[str, str]:
    """The picture's place in the HTML, and what the plain text says instead; None is a chart that could not be read."""
    if grid is None:
        return f'<p class="note">{NOT_AVAILABLE}</p>', NOT_AVAILABLE
    words = _in_words(chart, _series(chart, grid), grid)
    if not grid.rows:
        return f'<p class="note">{escape(words)}</p>', words
    # the size as attributes: Outlook would show the picture at its full number of pixels
    picture = f'<img src="cid:{chart.name}" alt="{escape(words)}" width="{WIDTH_PIXELS}" height="{HEIGHT_PIXELS}" style="max-width:100%">'
    return f"<p>{picture}</p>", words


def draw_chart(chart: Chart, grid: Grid) -> bytes:
    """The chart as PNG. Raises ConfigError for columns that are not there or hold no numbers."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    series = _series(chart, grid)
    picture = io.BytesIO()
    # a value such as $5 is text, not a formula
    with matplotlib.rc_context({"text.parse_math": False, "font.size": 9, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(WIDTH_PIXELS / 100, HEIGHT_PIXELS / 100), dpi=100 * _SHARPNESS, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _DRAW[chart.kind](axes, series)
        if chart.title:
            axes.set_title(chart.title, loc="left", fontweight="bold", color="#16324f")
        figure.savefig(picture, format="png")
    return picture.getvalue()


def _series(chart: Chart, grid: Grid) -> _Series:
    x, y = columns_of(chart, grid.columns)
    places = {name: grid.columns.index(name) for name in (x, *y)}
    for name in y:
        wrong = next((row[places[name]] for row in grid.rows if not (row[places[name]] is None or is_number(row[places[name]]))), None)
        if wrong is not None:
            raise ConfigError(f"charts {chart.name}: column {name!r} holds {str(wrong)[:40]!r}, which is no number; correct y")
    labels = [_label(row[places[x]]) for row in grid.rows]
    values = {name: [float("nan") if (v := row[places[name]]) is None else float(v) for row in grid.rows] for name in y}
    if chart.kind == "pie" and any(not value >= 0 for value in values[y[0]]):
        raise ConfigError(f"charts {chart.name}: a pie cannot show empty or negative values; use the type bar")
    return _Series(labels, x, values)


def _label(value: object) -> str:
    text = "" if value is None else value.isoformat() if type(value) is date else str(value)
    return text if len(text) <= 24 else text[:21] + "..."


def _in_words(chart: Chart, series: _Series, grid: Grid) -> str:
    """What the picture shows, for those who cannot see it."""
    title = f"{chart.title}: " if chart.title else ""
    if not grid.rows:
        return f"{title}no rows."
    cut = f", the first {len(grid.rows):,} of {grid.total:,} rows" if len(grid.rows) < grid.total else ""
    parts = [f"{name} from {min(known):,.15g} to {max(known):,.15g}" for name, values in series.values.items() if (known := _known(values))]
    what = "; ".join(parts) or "no values"
    return f"{title}{chart.kind} chart over {series.x_name} {series.labels[0]} to {series.labels[-1]}: {what}{cut}."


def _known(values: list[float]) -> list[float]:
    return [value for value in values if value == value]  # NaN is not itself


# --- kinds of charts --------------------------------------------------------------------------------------------


def _frame(axes, series: _Series) -> None:
    """Few, readable labels; thousands with commas; no box."""
    step = -(-len(series.labels) // _MOST_LABELS)
    ticks = range(0, len(series.labels), step)
    crowded = sum(len(series.labels[i]) for i in ticks) > 70
    axes.set_xticks(list(ticks), [series.labels[i] for i in ticks], rotation=30 if crowded else 0, ha="right" if crowded else "center")
    axes.yaxis.set_major_formatter(lambda value, _position: f"{value:,.15g}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dde4ec", linewidth=0.8)
    axes.set_axisbelow(True)
    if len(series.values) > 1:
        axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=min(len(series.values), 4))  # above, never on the data
    else:
        axes.set_ylabel(next(iter(series.values)))


def _bars(axes, series: _Series) -> None:
    width = 0.8 / len(series.values)
    for number, (name, values) in enumerate(series.values.items()):
        places = [i + width * (number - (len(series.values) - 1) / 2) for i in range(len(values))]
        axes.bar(places, values, width, label=name, color=_COLOURS[number % len(_COLOURS)])
    _frame(axes, series)


def _lines(axes, series: _Series) -> None:
    for number, (name, values) in enumerate(series.values.items()):
        axes.plot(range(len(values)), values, label=name, color=_COLOURS[number % len(_COLOURS)], linewidth=2, marker=".")
    _frame(axes, series)


def _stacked(axes, series: _Series) -> None:
    above, below = [0.0] * len(series.labels), [0.0] * len(series.labels)
    for number, (name, values) in enumerate(series.values.items()):
        known = [value if value == value else 0.0 for value in values]
        bottoms = [a if value >= 0 else b for value, a, b in zip(known, above, below, strict=True)]
        axes.bar(range(len(known)), known, 0.8, bottom=bottoms, label=name, color=_COLOURS[number % len(_COLOURS)])
        above = [a + max(value, 0) for a, value in zip(above, known, strict=True)]
        below = [b + min(value, 0) for b, value in zip(below, known, strict=True)]
    _frame(axes, series)


def _pie(axes, series: _Series) -> None:
    [values] = series.values.values()
    if not sum(values):
        axes.text(0.5, 0.5, "all values are 0", ha="center")
        axes.axis("off")
        return
    axes.pie(values, labels=series.labels, autopct="%.0f%%", colors=_COLOURS, startangle=90, counterclock=False)


_DRAW = {"bar": _bars, "line": _lines, "stacked": _stacked, "pie": _pie}
