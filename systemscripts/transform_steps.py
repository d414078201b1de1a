"""The declarative steps of dba.timportconfig.transform, run on the rows of a file a chunk at a time. Pure.

A step is an object with its name and what it needs. To add one: its fields here, its function, its line in
dba.f_check_transform and in the README.

    {"step": "rename", "columns": {"Client Name": "client"}}
    {"step": "keep", "columns": ["client", "amount"]}            {"step": "drop", "columns": ["notes"]}
    {"step": "strip", "columns": ["client"]}                      without columns: all
    {"step": "replace", "column": "phone", "pattern": "[^0-9]", "with": ""}
    {"step": "parse_date", "column": "day", "format": "dd.MM.yyyy"}
    {"step": "parse_number", "column": "amount", "decimal": ","}  with grouping marks and currency signs taken out
    {"step": "fill", "column": "country", "value": "US"}          empty cells only
    {"step": "constant", "column": "source", "value": "web"}      a new column, or every cell of an old one
    {"step": "filter", "column": "status", "equals": ["open"]}    or "not_equals": [...], or "matches": "regular expression"
    {"step": "dedupe", "columns": ["id"]}                         the first row of each stays; without columns: of whole rows
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from errors import BadFileError, ConfigError
from file_metadata import cell_shape, strptime_format

if TYPE_CHECKING:
    import pandas as pd

Step = Mapping[str, Any]
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")

_CURRENCY = re.compile(r"[\s$€£¥]")
# Grouping marks stand only between groups of three: 1.5 read as 15 would be a wrong amount that nobody sees.
_NUMBER = r"[-+]?(?:[0-9]+|[1-9][0-9]{0,2}(?:%(group)s[0-9]{3})+|[1-9][0-9]{0,2}(?:'[0-9]{3})+|(?=%(mark)s))(?:%(mark)s[0-9]+)?"


@dataclass
class Run:
    """One pass over a file: what the steps remember from chunk to chunk, and what they have done so far.

    `faults` are the rows of the chunk at hand that a step could not read: row label -> (column, code, message).
    """

    seen: dict[int, set[bytes]] = field(default_factory=dict)
    changed: Counter[str] = field(default_factory=Counter)
    faults: dict[int, tuple[str | None, str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """The columns after the steps, {name: the file's column whose cells it has unchanged, or None}, and the file's that steps look at."""

    columns: Mapping[str, str | None]
    looked_at: frozenset[str]


def steps_shape(steps: Sequence[Step], header: Sequence[str]) -> Shape:
    """What the steps make of a header. Raises BadFileError when a step names a column that is not there at its turn.

    >>> steps_shape([{"step": "rename", "columns": {"A": "b"}}, {"step": "constant", "column": "c", "value": "1"}], ["A"]).columns
    {'b': 'A', 'c': None}
    """
    columns: list[tuple[str, str | None]] = [(name, name) for name in header]
    looked_at, changed = set(), {None}
    for step in steps:
        there = dict(columns)
        if missing := [name for name in _named(step) if name not in there]:
            has = ", ".join(there)
            raise BadFileError(f"transform step {step['step']!r} needs the column {missing[0]!r}; at that step there are {has}")
        match step["step"]:
            case "rename":
                columns = [(step["columns"].get(name, name), source) for name, source in columns]
            case "keep":
                columns = [(name, source) for name, source in columns if name in step["columns"]]
            case "drop":
                columns = [(name, source) for name, source in columns if name not in step["columns"]]
            case "constant":
                columns = [(name, None if name == step["column"] else source) for name, source in columns]
                columns += [] if step["column"] in there else [(step["column"], None)]
            case kind:
                cells = {there[name] for name in _named(step) or there}
                looked_at |= cells
                changed |= cells if kind not in ("filter", "dedupe") else set()
        names = [name for name, _ in columns]
        if twice := [name for name in names if names.count(name) > 1]:
            raise BadFileError(f"two columns are called {twice[0]!r} at the transform step {step['step']!r}; steps need different names")
    if not columns:
        raise BadFileError("the transform steps leave no column; correct keep or drop of the feed")
    return Shape({name: None if source in changed else source for name, source in columns}, frozenset(looked_at - {None}))


def _named(step: Step) -> list[str]:
    """The columns that must be there for a step."""
    if step["step"] == "constant":
        return []
    return [*step.get("columns", ()), *([step["column"]] if "column" in step else [])]


def run_steps(steps: Sequence[Step], frame: "pd.DataFrame", run: Run) -> "pd.DataFrame":
    """The rows after all steps: text or None in every cell; row labels are kept, so it can be told which rows are left.

    The frame needs only the columns that a step looks at.
    """
    for number, step in enumerate(steps):
        frame = STEPS[step["step"]](frame, step, run, number)
    return frame


def check_steps(steps: Sequence[Step]) -> None:
    """Raises ConfigError for what only this program can judge of a row that the database took: a pattern, a date format."""
    for step in steps:
        if step["step"] not in STEPS:
            raise ConfigError(f"transform: there is no step {step['step']!r}; there are {', '.join(STEPS)}")
        for name in ("pattern", "matches"):
            try:
                re.compile(step.get(name, ""))
            except re.error as error:
                raise ConfigError(f"transform step {step['step']!r}: {name} {step[name]!r} is not a regular expression: {error}") from error
        if step["step"] == "replace":
            try:
                re.sub(step["pattern"] + "|", step["with"], "")  # finds the empty text at least, so "with" is read
            except (re.error, IndexError) as error:
                raise ConfigError(f"transform step 'replace': with {step['with']!r} does not fit its pattern: {error}") from error
        if "format" in step:
            strptime_format(step["format"])


def _rename(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    return frame.rename(columns=step["columns"])


def _keep(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    return frame[[name for name in frame.columns if name in step["columns"]]]


def _drop(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    return frame.drop(columns=step["columns"], errors="ignore")


def _strip(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    for name in step.get("columns", frame.columns):
        frame = _changed(frame, name, lambda value: value.strip() or None, step, run)
    return frame


def _replace(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    pattern, text = re.compile(step["pattern"]), step["with"]
    return _changed(frame, step["column"], lambda value: pattern.sub(text, value) or None, step, run)


def _parse_date(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    written = step["format"]
    pattern, shape = strptime_format(written), cell_shape(written)

    def convert(value: str) -> str:
        text = value.strip()
        if _ISO_DATE.fullmatch(text) and not written.startswith("yyyy"):
            return text  # a true date cell of a workbook
        if not shape.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text, pattern).isoformat(sep=" ").removesuffix(" 00:00:00")

    return _changed(frame, step["column"], convert, step, run, f"is not a date written as {written}")


def _parse_number(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    mark = step.get("decimal", ".")
    group = "." if mark == "," else ","
    written = re.compile(_NUMBER % {"mark": re.escape(mark), "group": re.escape(group)})

    def convert(value: str) -> str:
        text = _CURRENCY.sub("", value)
        if text.startswith("(") and text.endswith(")"):
            text = "-" + text[1:-1]  # how bookkeepers write a negative amount
        if not written.fullmatch(text):
            raise ValueError(value)
        return re.sub(rf"[{group}']", "", text).replace(mark, step.get("feed_mark", "."))

    return _changed(frame, step["column"], convert, step, run, f"is not a number with {mark!r} before its decimals")


def _fill(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    values = frame[step["column"]].tolist()
    run.changed[step["step"]] += values.count(None)
    return _with(frame, step["column"], [step["value"] if value is None else value for value in values])


def _constant(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    run.changed[step["step"]] += len(frame)
    return _with(frame, step["column"], [step["value"]] * len(frame))


def _filter(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    values = frame[step["column"]]
    if "matches" in step:
        pattern = re.compile(step["matches"])
        stays = values.map(lambda value: isinstance(value, str) and pattern.search(value) is not None).astype(bool)
    elif "equals" in step:
        stays = values.isin(step["equals"])
    else:
        stays = ~values.isin(step["not_equals"])
    return frame[stays]


def _dedupe(frame: "pd.DataFrame", step: Step, run: Run, number: int) -> "pd.DataFrame":
    seen = run.seen.setdefault(number, set())
    stays = []
    for values in frame[step.get("columns", list(frame.columns))].itertuples(index=False, name=None):
        key = hashlib.blake2b(repr(values).encode(errors="surrogatepass"), digest_size=16).digest()
        stays.append(key not in seen)
        seen.add(key)
    return frame[stays]


STEPS: dict[str, Callable[["pd.DataFrame", Step, Run, int], "pd.DataFrame"]] = {
    "rename": _rename, "keep": _keep, "drop": _drop, "strip": _strip, "replace": _replace, "parse_date": _parse_date,
    "parse_number": _parse_number, "fill": _fill, "constant": _constant, "filter": _filter, "dedupe": _dedupe,
}  # fmt: skip


def _with(frame: "pd.DataFrame", name: str, values: list[str | None]) -> "pd.DataFrame":
    """The frame with these values in a column; None stays None, which a column of pandas' own text type would make NaN."""
    import pandas as pd

    return frame.assign(**{name: pd.Series(values, index=frame.index, dtype=object)})


def _changed(
    frame: "pd.DataFrame", name: str, convert: Callable[[str], str | None], step: Step, run: Run, rule: str = ""
) -> "pd.DataFrame":
    """The frame with every text of a column converted; a value that cannot be is its row's fault and stays as it is."""
    values, changed = frame[name].tolist(), 0
    for place, value in enumerate(values):
        if value is not None:
            try:
                new = convert(value)
            except ValueError:
                fault = name, "transform", f"{value!r} {rule}; correct the cell, or the step {step['step']!r}"
                run.faults.setdefault(frame.index[place], fault)
                continue
            if new != value:
                values[place] = new
                changed += 1
    run.changed[step["step"]] += changed
    return _with(frame, name, values)
