"""Which column of the file goes to which column of the table, and what must happen to the table first. Pure."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from errors import BadFileError, ConfigError
from models import ImportColumn
from type_inference import PATTERNS, TEXT, ColumnType, full_type_name, wider

LINEAGE = "datasetid"
# https://www.postgresql.org/docs/current/ddl-system-columns.html
_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
_MAX_BYTES = 63
_LONG_HEADER = 300
_MAX_COLUMNS = 1600  # https://www.postgresql.org/docs/current/limits.html

HeaderKey = tuple[str, int]
"""A header as written in the file, and which of its namesakes it is: 1 for the first."""


class Strategy(IntEnum):
    """dba.timportstrategy."""

    CREATE_COLUMNS = 1
    IGNORE_NEW_COLUMNS = 2
    FAIL_IF_MISSING = 3


@dataclass(frozen=True)
class Plan:
    """What a load will do.

    `targets`, `types` and `date_formats` have one entry per column of the file: the table's column, or None when its
    values are left out; its type; how its dates are written, None for ISO. `added` are new columns (name, type) in order,
    `retyped` are changed ones (name, old type, new type), `unmatched` are names in dba.timportcolumn that
    neither file nor table has, `required` columns whose cells must not be empty, `headers` the new entries of dba.timportheader
    (header, column, date format).
    """

    create: bool
    added: tuple[tuple[str, str], ...]
    targets: tuple[str | None, ...]
    types: tuple[str | None, ...]
    date_formats: tuple[str | None, ...]
    retyped: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    unmatched: tuple[str, ...]
    required: frozenset[str]
    headers: tuple[tuple[HeaderKey, str, str | None], ...]

    @property
    def changes_table(self) -> bool:
        return self.create or bool(self.added) or bool(self.retyped)


def header_keys(header: Sequence[str]) -> list[HeaderKey]:
    """Each header with its occurrence number.

    A header too long for an index is told by its start and its checksum.

    >>> header_keys(["name", "name"])
    [('name', 1), ('name', 2)]
    """
    seen: Counter[str] = Counter()
    keys = []
    for text in header:
        if len(text) > _LONG_HEADER:
            text = f"{text[:_LONG_HEADER]} {hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"
        seen[text] += 1
        keys.append((text, seen[text]))
    return keys


def base_name(header: str, position: int) -> str:
    """The column name a header asks for: lower case, letters, digits and underscores, at most 63 bytes.

    >>> base_name("Market Cap ($'m)", 4)
    'market_cap_m'
    >>> base_name("???", 4)
    'column_4'
    """
    text = unicodedata.normalize("NFC", header).lower()
    name = re.sub(r"[\W_]+", "_", text).strip("_")
    return _cut(name) or f"column_{position}"


def column_names(header: Sequence[str], known: Mapping[HeaderKey, str], existing: Collection[str] = ()) -> dict[HeaderKey, str]:
    """The table column of each header, in the header's order.

    A known header keeps its column. Another one takes the column it asks for, new or existing, unless another header of
    this file has it; then it gets _2, _3 ... So `Datum` and `datum` in two files are one column, and in one file two, from
    then on. Never a system column, never our own lineage column.
    """
    keys = header_keys(header)
    names: dict[HeaderKey, str] = {}
    for key in sorted((key for key in keys if key in known), key=lambda key: key[0] != known[key]):
        if known[key] not in names.values():  # two spellings that shared a column in earlier files part ways here
            names[key] = known[key]
    taken = set(names.values()) | _SYSTEM_COLUMNS | {LINEAGE}
    wanted = {key: base_name(key[0], position) for position, key in enumerate(keys, 1)}
    # A header that is spelled like its column comes before one that only resembles it, wherever it stands.
    for key in sorted((key for key in keys if key not in names), key=lambda key: key[0] != wanted[key]):
        free = wanted[key] not in taken
        names[key] = wanted[key] if free else _free(wanted[key], taken | set(existing) | set(known.values()))
        taken.add(names[key])
    return {key: names[key] for key in keys}


def _free(wanted: str, taken: Collection[str]) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        suffix = f"_{number}"
        name = _cut(wanted, _MAX_BYTES - len(suffix)) + suffix
    return name


def _cut(name: str, size: int = _MAX_BYTES) -> str:
    return name.encode()[:size].decode(errors="ignore")


def make_plan(
    strategy: Strategy,
    header: Sequence[str],
    table: Mapping[str, str] | None,
    *,
    known: Mapping[HeaderKey, str],
    overrides: Sequence[ImportColumn] = (),
    inferred: Sequence[ColumnType] = (),
) -> Plan:
    """What to do with a file of this header for a table of these columns {name: type}, None when there is no table.

    `overrides` are the rows of dba.timportcolumn; `inferred` are the types found in the file, one per column of it
    (none: every new column is text). Raises BadFileError when the strategy refuses the file, ConfigError when the table is missing
    and may not be made.
    """
    if table is None and strategy is not Strategy.CREATE_COLUMNS:
        raise ConfigError("the target table does not exist and importstrategyid is not 1; create it, or use strategy 1 once")
    existing = {name: kind for name, kind in (table or {}).items() if name != LINEAGE}
    rules = _rules_by_key(header, overrides)
    fixed = {key: column for key, column in known.items() if table is None or column in existing}
    renamed = {key: rule.target_name for key, rule in rules.items() if rule.target_name}
    _refuse_doubles(renamed)
    names = column_names(header, fixed | renamed, existing)
    found = dict(zip(names, inferred, strict=True)) if inferred else dict.fromkeys(names, TEXT)
    types = _types(names, existing, rules, found)
    new = [(name, kind) for name, kind in types.items() if name not in existing]
    missing = tuple(name for name in existing if name not in types)
    _refuse_missing(strategy, missing, header, overrides)
    if len(existing) + len(new) + 1 > _MAX_COLUMNS:
        raise BadFileError(f"{len(existing) + len(new):,} columns are needed, a table holds at most {_MAX_COLUMNS - 1:,}; split the file")
    creates = strategy is Strategy.CREATE_COLUMNS
    retyped = _retyped(names, existing, rules, found if inferred else {}) if creates else {}
    types |= retyped
    loaded = dict(types) if creates else {name: kind for name, kind in types.items() if name in existing}
    if not loaded:
        raise BadFileError("none of the file's columns is in the target table; check header_row, or use strategy 1")
    return Plan(
        create=table is None,
        added=tuple(new) if creates else (),
        targets=tuple(name if name in loaded else None for name in names.values()),
        types=tuple(types[name] if name in loaded else None for name in names.values()),
        date_formats=tuple(_date_format(rules.get(key), found[key]) for key in names),
        retyped=tuple((name, existing[name], kind) for name, kind in retyped.items()),
        missing=missing,
        ignored=() if creates else tuple(key[0] for key, name in names.items() if name not in existing),
        unmatched=_unmatched(header, existing, overrides),
        required=frozenset(names[key] for key, rule in rules.items() if rule.required and names[key] in loaded),
        headers=tuple(
            (key, name, found[key].date_format)
            for key, name in names.items()
            if name in loaded and (known.get(key) != name or found[key].date_format)
        ),
    )


def _rules_by_key(header: Sequence[str], overrides: Sequence[ImportColumn]) -> dict[HeaderKey, ImportColumn]:
    """The override of each header: by its exact text, else by the column name it asks for; each override is used once."""
    keys = [key for key in header_keys(header) if key[1] == 1]
    exact = {rule.source_name: rule for rule in overrides}
    rules = {key: exact[key[0]] for key in keys if key[0] in exact}
    used = {rule.source_name for rule in rules.values()}
    loose = {base_name(rule.source_name, 0): rule for rule in overrides if rule.source_name not in used}
    for key in keys:
        if key not in rules and (rule := loose.pop(base_name(key[0], 0), None)):
            rules[key] = rule
    return rules


def _unmatched(header: Sequence[str], existing: Collection[str], overrides: Sequence[ImportColumn]) -> tuple[str, ...]:
    present = {base_name(text, number) for number, text in enumerate(header, 1)} | set(existing)
    return tuple(
        rule.source_name for rule in overrides if base_name(rule.source_name, 0) not in present and rule.target_name not in present
    )


def _refuse_doubles(names: Mapping[HeaderKey, str]) -> None:
    for name, count in Counter(names.values()).items():
        if count > 1:
            both = " and ".join(repr(key[0]) for key, column in names.items() if column == name)
            raise ConfigError(f"columns {both} both go to {name}; give one of them another target_name in dba.timportcolumn")


def _types(
    names: Mapping[HeaderKey, str],
    existing: Mapping[str, str],
    rules: Mapping[HeaderKey, ImportColumn],
    found: Mapping[HeaderKey, ColumnType],
) -> dict[str, str]:
    types = {}
    for key, name in names.items():
        rule = rules.get(key)
        types[name] = existing.get(name) or (rule and rule.data_type) or found[key].sql
    return types


def _retyped(
    names: Mapping[HeaderKey, str],
    existing: Mapping[str, str],
    rules: Mapping[HeaderKey, ImportColumn],
    found: Mapping[HeaderKey, ColumnType],
) -> dict[str, str]:
    """The new types of existing columns: what dba.timportcolumn says, else what an inferred type has to grow to."""
    wanted = {}
    for key, name in names.items():
        rule = rules.get(key)
        if rule and rule.data_type not in (None, "text") and name in existing:
            wanted[name] = full_type_name(rule.data_type)
        elif not rule and key in found and found[key].kind and existing.get(name) in PATTERNS:
            wanted[name] = wider(existing[name], found[key].kind)
    return {name: kind for name, kind in wanted.items() if kind != existing[name]}


def _date_format(rule: ImportColumn | None, found: ColumnType) -> str | None:
    return rule.date_format if rule else found.date_format


def _refuse_missing(strategy: Strategy, missing: Collection[str], header: Sequence[str], overrides: Sequence[ImportColumn]) -> None:
    present = set(header) | {base_name(text, number) for number, text in enumerate(header, 1)}
    required = [
        rule.source_name
        for rule in overrides
        if rule.required and rule.source_name not in present and base_name(rule.source_name, 0) not in present
    ]
    lacking = list(missing) if strategy is Strategy.FAIL_IF_MISSING else required
    if lacking:
        raise BadFileError(f"column(s) {', '.join(lacking)} are missing from the file; ask for a complete file")
