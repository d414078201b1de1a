"""What whole processes cost. Run as a program, it starts the command of its arguments and prints what that one cost."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_PATIENCE = 60.0  # seconds after which a slow way gets no further run


@dataclass(frozen=True)
class Cost:
    """Elapsed seconds, CPU seconds of the process and its children, the most memory one of them held, and runs behind it."""

    wall: float
    cpu: float
    peak_mb: float
    runs: int = 1


@dataclass(frozen=True)
class Way:
    """One way to do a piece of work: its command, what must be in place before each run, and what must hold after it."""

    command: Sequence[str]
    env: Mapping[str, str]
    prepare: Callable[[], None] = lambda: None
    check: Callable[[], None] = lambda: None


def medians(ways: Sequence[Way], rounds: int) -> list[Cost]:
    """The median cost of each way; the ways take turns, so that a slow moment of the machine meets all of them."""
    costs: list[list[Cost]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, seen in zip(ways, costs, strict=True):
            if sum(cost.wall for cost in seen) < _PATIENCE:
                way.prepare()
                seen.append(cost_of(way.command, way.env))
                way.check()
    return [_median(seen) for seen in costs]


def _median(costs: Sequence[Cost]) -> Cost:
    wall, cpu, peak = (statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "cpu", "peak_mb"))
    return Cost(wall, cpu, peak, len(costs))


def cost_of(command: Sequence[str], env: Mapping[str, str]) -> Cost:
    """Run a command to its end. Raises RuntimeError with the end of what it said when it fails."""
    # The kernel charges a process with the peak memory of the one that started it, so the smallest Python starts it.
    launcher = [sys.executable, "-I", "-S", __file__, *command]
    with tempfile.TemporaryFile() as said:
        answer = subprocess.run(launcher, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, check=True)
        wall, cpu, peak_mb, exit_code = json.loads(answer.stdout)
        if exit_code:
            said.seek(0)
            raise RuntimeError(f"exit code {exit_code}: {said.read()[-2000:].decode(errors='replace').strip()}")
    return Cost(wall, cpu, peak_mb)


def _launch(command: Sequence[str]) -> str:
    started = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - started
    return json.dumps([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)])


if __name__ == "__main__":
    print(_launch(sys.argv[1:]))
