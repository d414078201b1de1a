"""What a job is, as its entry script declares it, and what it works with."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import Outcome
from settings import Settings

if TYPE_CHECKING:  # --help does not wait for it
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True)
class JobContext:
    """What a job works with. The connection is the job role's; in a dry run it refuses every write; None when none is needed."""

    settings: Settings
    run_uuid: str
    connection: Connection | None
    dry_run: bool


@dataclass(frozen=True)
class Job:
    """A job as its entry script declares it.

    `work` does it; `lock` names what must not run twice at once (None: nothing); `changes` False: no --dry-run; `quiet`
    tells whether stdout belongs to the job alone, as for JSON; `needs_database` False: it is done without one too.
    """

    name: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    work: Callable[[JobContext, argparse.Namespace], Outcome]
    lock: Callable[[argparse.Namespace], str] | None = None
    changes: bool = True
    quiet: Callable[[argparse.Namespace], bool] = lambda args: False
    needs_database: bool = True
