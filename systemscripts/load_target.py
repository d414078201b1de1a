"""Where and how the rows of a file are copied, and what a cell must be like to go there. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from cell_rules import cell_fault, doubtful_cells, is_checked
from csv_dialect import Dialect, leading_run
from errors import CellFault
from type_inference import looks_loadable

Rewrite = Callable[[bytes], bytes]
"""Turns whole records as the file has them into records as COPY shall read them, as many and in the same order.

Raises ValueError that tells the column and the rule when a value breaks one."""


@dataclass(frozen=True)
class LoadTarget:
    """Where and how rows are copied: columns in the file's order with their types, and how to rewrite them if at all.

    `expected` matches a record whose values are all of the types that were guessed; None when nothing was guessed.
    `sure` are the columns of just the guessed type: what matches `expected` breaks no rule there.
    """

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    dialect: Dialect
    rewrite: Rewrite | None = None
    expected: re.Pattern[bytes] | None = None
    required: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()

    @cached_property
    def loadable(self) -> re.Pattern[bytes]:
        """Matches a record whose values look like their columns' types; its dates have one meaning, no required cell is empty."""
        return looks_loadable(self.dialect, self.types, [name in self.required for name in self.columns])

    @cached_property
    def doubtful(self) -> re.Pattern[bytes] | None:
        """Finds in a chunk's masked bytes what refuse_cells has to look at."""
        ruled = ["" if name in self.sure else kind for name, kind in zip(self.columns, self.types, strict=True)]
        return doubtful_cells(self.dialect.delimiter, ruled, [name in self.required for name in self.columns])

    def refuse_cells(self, data: bytes) -> None:
        """Raise CellFault for the first cell of these records that breaks a rule of ours: see cell_rules, and required cells.

        Raises ValueError when the records cannot be read at all.
        """
        checked = {index: kind for index, kind in enumerate(self.types) if is_checked(kind)}
        if not (checked or self.required) or leading_run(self.loadable, data)[1] == len(data):
            return
        for fields in self.dialect.rows(data):
            for index, value in enumerate(fields[: len(self.columns)]):
                column = self.columns[index]
                if not value and column in self.required:
                    raise CellFault(column, "the cell is empty, and the column is required; fill it in")
                if value and index in checked and (fault := cell_fault(checked[index], value)):
                    raise CellFault(column, *fault)
