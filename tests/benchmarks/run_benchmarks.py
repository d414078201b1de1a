"""Measures what imports and mail runs cost as whole processes, beside psql's \\copy and other loaders, and prints one table of each."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cases
import cron_cases
import event_cases
import keep_cases
import mail_cases
import report_cases
from cases import Benchmark, Scene
from measure import Cost, medians
from peers import measure_peers
from stage import make_stage, running_server

import workbooks

BENCHMARKS = (
    cases.BENCHMARKS
    | workbooks.BENCHMARKS
    | mail_cases.MAIL_BENCHMARKS
    | event_cases.EVENT_BENCHMARKS
    | cron_cases.CRON_BENCHMARKS
    | report_cases.REPORT_BENCHMARKS
    | keep_cases.KEEP_BENCHMARKS
)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="run_benchmarks.sh", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"{', '.join(BENCHMARKS)} or peers; default: all")
    rows = "rows of the large table, 125 bytes each, and 1,000 times the mails (default 1,000,000)"
    parser.add_argument("--rows", type=int, default=1_000_000, help=rows)
    parser.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    wanted = args.names or [*BENCHMARKS, "peers"]
    if unknown := set(wanted) - {*BENCHMARKS, "peers"}:
        parser.error(f"there is no benchmark {sorted(unknown)[0]!r}; there are: {', '.join(BENCHMARKS)}, peers")

    with running_server(args.cache) as (server, homes):
        scene = Scene(make_stage(server, homes, "bench"), args.cache, args.rows)
        print(_machine(scene))
        failed = _print_benchmarks(scene, [name for name in wanted if name != "peers"])
        if "peers" in wanted:
            _print_peers(scene)
        print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f}")
    return 1 if failed else 0


def _machine(scene: Scene) -> str:
    version, fsync = scene.stage.sql("SELECT current_setting('server_version'), current_setting('fsync')")[0]
    return f"{os.cpu_count()} cores, PostgreSQL {version}, fsync {fsync}, {scene.rows:,} rows, load before {os.getloadavg()[0]:.1f}\n"


def _print_benchmarks(scene: Scene, names: Sequence[str]) -> list[str]:
    """Print a line for each benchmark; returns those that gave no figures."""
    failed = []
    if names:
        _line("work", "floor", "ours", "ratio", "peak MB", "goal")
    for name in names:
        benchmark = BENCHMARKS[name](scene)
        try:
            floor, ours = medians((benchmark.floor, benchmark.ours), benchmark.rounds)
        except RuntimeError as error:
            failed.append(name)
            print(f"{benchmark.work:<44} FAILED: {error}")
            continue
        cpu = any(unit.startswith("CPU s") for unit, _ in benchmark.goals)
        before, after = (floor.cpu, ours.cpu) if cpu else (floor.wall, ours.wall)
        unit = "CPU s" if cpu else "s"
        figures = f"{before:.2f} {unit}", f"{after:.2f} {unit}", f"{after / before:.2f}", f"{ours.peak_mb:.0f}"
        _line(benchmark.work, *figures, _verdict(benchmark, floor, ours))
    return failed


def _verdict(benchmark: Benchmark, floor: Cost, ours: Cost) -> str:
    found = {"ratio": ours.wall / floor.wall, "s": ours.wall, "CPU s": ours.cpu, "CPU s more": ours.cpu - floor.cpu, "MB": ours.peak_mb}
    return ", ".join(f"{unit} <= {limit:g} {'met' if found[unit] <= limit else 'MISSED'}" for unit, limit in benchmark.goals)


def _print_peers(scene: Scene) -> None:
    print()
    _line("one file, one table", "wall s", "ratio", "CPU s", "peak MB", "runs")
    for name, cost, floor in measure_peers(scene):
        if isinstance(cost, str):
            print(f"{name:<44} skipped: {cost}")
        else:
            figures = f"{cost.wall:.2f}", f"{cost.wall / floor.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.peak_mb:.0f}"
            _line(name, *figures, str(cost.runs))


def _line(work: str, *cells: str) -> None:
    *figures, last = cells
    print(f"{work:<44}", *(f"{cell:>11}" for cell in figures), f"  {last}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
