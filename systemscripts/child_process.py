"""Runs work that may crash, hang or eat memory in a process of its own, so that it takes nothing else down."""

import faulthandler
import gc
import os
import pickle
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from errors import EtlError

Send = Callable[[object], None]


@dataclass(frozen=True)
class Limits:
    """What the work may use: bytes of memory, seconds of CPU, seconds that we wait for it."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


class ChildDied(Exception):
    """The work gave no answer; the text says in a few words what became of it."""


def run_in_child(work: Callable[[Send], object], limits: Limits) -> Iterator[object]:
    """What `work` sends, and at the end what it returns, while it goes on in a forked process under limits.

    The process starts at once, and is gone when the iterator is. An EtlError that the work raises is raised by the iterator.
    So is ChildDied for everything else: a crash in native code, a limit, any other exception.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _answer(work, writer, limits)
    os.close(writer)
    answers = _answers(pid, reader, limits)
    next(answers)  # from here on its end is the process's end
    return answers


def _answers(pid: int, reader: int, limits: Limits) -> Iterator[object]:
    kind, value = "", None
    try:
        with os.fdopen(reader, "rb", buffering=0) as file:
            yield None
            for kind, value in _messages(file, limits):
                if kind != "sent":
                    break
                yield value
    finally:
        os.kill(pid, signal.SIGKILL)  # it has said all, or it never will
        _, status = os.waitpid(pid, 0)
    if kind == "refused":
        raise value
    if kind != "returned":
        raise ChildDied(value if kind == "died" else _cause(os.waitstatus_to_exitcode(status), limits))
    yield value


def _answer(work: Callable[[Send], object], writer: int, limits: Limits) -> NoReturn:
    """In the child: do the work, send what comes of it, and end at once: the parent's connections are not ours to close."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.disable()  # it would look through millions of cells that stay, and the process ends soon
        faulthandler.disable()  # how it ends is told by the parent, in words
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # a library that panics says so on stderr
            os.dup2(quiet, stream)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        with os.fdopen(writer, "wb") as file:
            try:
                answer = "returned", work(lambda value: _send(file, "sent", value))
            except EtlError as error:
                answer = "refused", error
            except MemoryError:
                answer = "died", _memory(limits)
            except BaseException as error:  # a panic of native code is no Exception
                answer = "died", f"{type(error).__name__}: {error}"
            _send(file, *answer)
    finally:
        os._exit(0)


def _send(file: BinaryIO, kind: str, value: object) -> None:
    data = pickle.dumps((kind, value))
    file.write(len(data).to_bytes(8) + data)
    file.flush()


def _messages(file: BinaryIO, limits: Limits) -> Iterator[tuple[str, object]]:
    """What was sent until the writer closes. Raises ChildDied when we have waited too long; time in which nobody asks does not count."""
    rest, data = limits.wall_seconds, b""
    while True:
        while len(data) >= 8 and len(data) >= (end := 8 + int.from_bytes(data[:8])):
            yield pickle.loads(data[8:end])
            data = data[end:]
        started = time.monotonic()
        if not select.select([file], [], [], rest)[0]:
            raise ChildDied(f"took longer than {limits.wall_seconds:g} seconds")
        rest = max(rest - (time.monotonic() - started), 0)
        part = file.read(1 << 20)
        if not part:
            return
        data += part


def _cause(exit_code: int, limits: Limits) -> str:
    if exit_code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"used more than {limits.cpu_seconds} seconds of CPU time"
    if exit_code == -signal.SIGABRT:
        return _memory(limits)  # how native code ends when it gets no memory
    return f"crashed its reader ({signal.Signals(-exit_code).name})" if exit_code < 0 else "crashed its reader"


def _memory(limits: Limits) -> str:
    return f"needs more than {limits.memory_bytes // (1 << 20):,} MB of memory"
