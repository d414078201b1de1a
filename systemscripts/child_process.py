"""Runs work that may crash, hang or eat memory in a process of its own, so that it takes nothing else down."""

import faulthandler
import os
import pickle
import resource
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from errors import EtlError

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What the work may use: bytes of memory, seconds of CPU, seconds by the clock."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


class ChildDied(Exception):
    """The work gave no answer; the text says in a few words what became of it."""


def run_in_child(work: Callable[[], T], limits: Limits) -> T:
    """What `work` returns, done in a forked process under limits; an EtlError that it raises is raised here.

    Raises ChildDied for everything else: a crash in native code, a limit, any other exception.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _answer(work, writer, limits)
    os.close(writer)
    try:
        answer = _read_all(reader, time.monotonic() + limits.wall_seconds)
    finally:
        os.close(reader)
        os.kill(pid, signal.SIGKILL)  # it has answered, or it never will
        _, status = os.waitpid(pid, 0)
    if answer is None:
        raise ChildDied(f"took longer than {limits.wall_seconds:g} seconds")
    if not answer:
        raise ChildDied(_cause(os.waitstatus_to_exitcode(status), limits))
    kind, value = pickle.loads(answer)
    if kind == "returned":
        return value
    raise value if kind == "refused" else ChildDied(value)


def _answer(work: Callable[[], object], writer: int, limits: Limits) -> NoReturn:
    """In the child: do the work, send what came of it, and end at once: the parent's connections are not ours to close."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        faulthandler.disable()  # how it ends is told by the parent, in words
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # a library that panics says so on stderr
            os.dup2(quiet, stream)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        try:
            answer = "returned", work()
        except EtlError as error:
            answer = "refused", error
        except MemoryError:
            answer = "died", _memory(limits)
        except BaseException as error:  # a panic of native code is no Exception
            answer = "died", f"{type(error).__name__}: {error}"
        with os.fdopen(writer, "wb") as file:
            pickle.dump(answer, file)
    finally:
        os._exit(0)


def _read_all(reader: int, deadline: float) -> bytes | None:
    """Everything until the writer closes; None when the time is over."""
    parts: list[bytes] = []
    while True:
        rest = deadline - time.monotonic()
        if rest <= 0 or not select.select([reader], [], [], rest)[0]:
            return None
        part = os.read(reader, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _cause(exit_code: int, limits: Limits) -> str:
    if exit_code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"used more than {limits.cpu_seconds} seconds of CPU time"
    if exit_code == -signal.SIGABRT:
        return _memory(limits)  # how native code ends when it gets no memory
    return f"crashed its reader ({signal.Signals(-exit_code).name})" if exit_code < 0 else "crashed its reader"


def _memory(limits: Limits) -> str:
    return f"needs more than {limits.memory_bytes // (1 << 20):,} MB of memory"
