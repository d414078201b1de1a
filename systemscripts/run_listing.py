"""Runs of jobs as lines for a person. Pure."""

from collections.abc import Iterable
from datetime import datetime


def run_lines(runs: list[dict]) -> list[str]:
    """One line for each run: number, start, seconds, status, exit code, what ran, and its outcome when it was not well."""
    if not runs:
        return ["no such run is on record"]
    head = f"{'run':>6}  {'started':<16} {'seconds':>8}  {'status':<7} {'exit':>4}  what"
    return [head, *(_line(run) for run in runs)]


def _line(run: dict) -> str:
    what = " ".join(filter(None, [run["job"], run["arguments"], f"({run['taskname']})" if run.get("taskname") else ""]))
    why = f": {run['message']}" if run["status"] not in ("ok", "running") and run["message"] else ""
    code = "" if run["exit_code"] is None else run["exit_code"]
    start, seconds = f"{run['started_at']:%Y-%m-%d %H:%M}", _seconds(run["started_at"], run["ended_at"])
    return f"{run['jobrunid']:>6}  {start:<16} {seconds:>8}  {run['status']:<7} {code:>4}  {what}{why}"


def _seconds(started_at: datetime, ended_at: datetime | None) -> str:
    return f"{(ended_at - started_at).total_seconds():,.1f}" if ended_at else ""


def run_details(run: dict, lines: Iterable[tuple]) -> list[str]:
    """Every column of a run that has a value, then its log lines (timestamp, level, message)."""
    columns = [f"{name:<13} {value}" for name, value in run.items() if value not in (None, "")]
    return [*columns, "", *(f"{at:%H:%M:%S} {level:<7} {message}" for at, level, message in lines)]
