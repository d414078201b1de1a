"""The door to SFTP servers: the host key is compared before any login; half a file never has its final name."""

import base64
import contextlib
import hashlib
import logging
import posixpath
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import paramiko

from errors import AuthError, BadFileError, ConfigError, SourceError

log = logging.getLogger(__name__)

BLOCK_BYTES = 1 << 15  # what every server takes as one packet: draft-ietf-secsh-filexfer-02, section 3
_AT_ONCE = 64  # packets under way, so that a far server is as fast as its line
_END_SECONDS = 10
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # an RSA key signs under other names: RFC 8332


@dataclass(frozen=True)
class SftpServer:
    """Where to log in, and the only host key that is trusted: `ssh-ed25519 AAAA...` or `SHA256:...`."""

    host: str
    port: int
    username: str
    key_file: Path
    host_key: str
    timeout_seconds: int


@dataclass(frozen=True)
class RemoteFile:
    """A plain file on the server. The time of change has whole seconds, as SFTP version 3 gives it."""

    name: str
    size: int
    modified_at: datetime


def fingerprint(key: bytes) -> str:
    """A public key's fingerprint as OpenSSH shows it.

    >>> fingerprint(b"")
    'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


@contextlib.contextmanager
def sftp_session(server: SftpServer) -> Iterator["SftpSession"]:
    """A logged-in session. Raises ConfigError (host key, key file), AuthError, SourceError; never logs in at a wrong host key."""
    key = _private_key(server.key_file)
    where = f"{server.host} port {server.port}"
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet_readers())
        try:
            line = stack.enter_context(socket.create_connection((server.host, server.port), server.timeout_seconds))
            transport = paramiko.Transport(line)
            stack.callback(transport.close)
            transport.banner_timeout = transport.auth_timeout = server.timeout_seconds
            _ask_for_pinned_type(transport, server.host_key)
            transport.start_client(timeout=server.timeout_seconds)
            _compare(transport.get_remote_server_key(), server)
            transport.auth_publickey(server.username, key)
            client = paramiko.SFTPClient.from_transport(transport)
            stack.callback(_close, client)
            client.get_channel().settimeout(server.timeout_seconds)
        except paramiko.AuthenticationException as error:
            raise AuthError(
                f"{where} refuses user {server.username!r} with the key {server.key_file}; give its .pub file to the other side, "
                "or correct username or key_file in dba.tsftpconfig"
            ) from error
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise SourceError(f"{where} cannot be used: {_reason(error)}; the next run tries again") from error
        yield SftpSession(client, transport, where)


def _close(client: paramiko.SFTPClient) -> None:
    """Say goodbye; that a cut line does not take it is no news."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        client.close()


@contextlib.contextmanager
def _quiet_readers() -> Iterator[None]:
    """Let the threads that ask ahead of paramiko's reader end without a traceback on the terminal.

    A cut line stops them too; the caller gets the same fault. At the end they are waited for: the line is closed by then.
    """
    before = threading.excepthook
    threading.excepthook = lambda facts: log.debug("in %s", facts.thread, exc_info=facts.exc_value)
    try:
        yield
    finally:
        for thread in threading.enumerate():
            if "_prefetch_thread" in thread.name:
                thread.join(_END_SECONDS)
        threading.excepthook = before


def _private_key(path: Path) -> paramiko.PKey:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"the key {path} can be read by others; chmod 600 it")
        return paramiko.PKey.from_path(path)
    except OSError as error:
        raise ConfigError(f"the key {path} cannot be read ({error.strerror}); correct key_file in dba.tsftpconfig") from error
    except (paramiko.SSHException, ValueError, TypeError) as error:
        raise ConfigError(f"{path} is not a private key without a passphrase; make one with ssh-keygen -t ed25519 -N ''") from error


def _ask_for_pinned_type(transport: paramiko.Transport, pinned: str) -> None:
    """Have the server show its key of the pinned type, if it has one; a fingerprint does not tell the type."""
    kind = pinned.split()[0]
    options = transport.get_security_options()
    first = [name for name in _ALGORITHMS.get(kind, (kind,)) if name in options.key_types]
    options.key_types = (*first, *(name for name in options.key_types if name not in first))


def _compare(key: paramiko.PKey, server: SftpServer) -> None:
    shown = f"{key.get_name()} {key.get_base64()}"
    seen = fingerprint(key.asbytes())
    if server.host_key.rstrip("=") not in (shown.rstrip("="), seen):
        pinned = server.host_key
        if not pinned.startswith("SHA256:"):
            pinned = fingerprint(base64.b64decode(pinned.split()[1] + "=="))
        raise ConfigError(
            f"host_key of {server.host} port {server.port} is {seen}, not the pinned {pinned}: refused before the login. Ask the other "
            f"side by telephone; if it changed the key, set host_key in dba.tsftpconfig to {shown}"
        )


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).strip(" :") or "the line was cut"


class _Message(paramiko.Message):
    """An answer of the server. The names in it need not be UTF-8; paramiko would give up the whole listing for one of them."""

    def get_text(self) -> str:
        return self.get_string().decode("utf-8", "surrogateescape")


paramiko.sftp_client.Message = _Message


class SftpSession:
    """What the exchange does on a server. Each call raises SourceError when the line is gone, BadFileError for a fault of the file."""

    def __init__(self, client: paramiko.SFTPClient, transport: paramiko.Transport, where: str) -> None:
        self._client, self._transport, self._where = client, transport, where

    @contextlib.contextmanager
    def _faults(self, path: str) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, paramiko.SSHException) as error:
            # a fault that the server reports is a plain OSError; the transport may notice a cut line a moment later than we do
            gone = isinstance(error, TimeoutError | ConnectionError | EOFError | paramiko.SSHException) or str(error) == "Socket is closed"
            if gone or not self._transport.is_active():
                raise SourceError(f"the line to {self._where} broke at {path!r}: {_reason(error)}; the next run goes on there") from error
            raise BadFileError(f"{path!r}: {_reason(error)}; look at it and at the rights there") from error

    def files(self, folder: str) -> list[RemoteFile]:
        """The plain files in a folder, by time of change. Raises ConfigError when it cannot be listed."""
        try:
            with self._faults(folder):
                entries = self._client.listdir_attr(folder)
        except BadFileError as error:
            raise ConfigError(f"the folder on {self._where} cannot be listed: {error}; correct remote_path in dba.tsftpconfig") from error
        found = [_remote_file(entry.filename, entry) for entry in entries if stat.S_ISREG(entry.st_mode or 0)]
        return sorted(found, key=lambda file: (file.modified_at, file.name))

    def find(self, path: str) -> RemoteFile | None:
        """The file of that path as it is now; None when there is none."""
        with self._faults(path):
            try:
                return _remote_file(posixpath.basename(path), self._client.stat(path))
            except FileNotFoundError:
                return None

    def download(self, path: str, part: Path, size: int, each: Callable[[int], None]) -> None:
        """Append what `part` lacks of the remote file; `each` is told the bytes of every block and may raise."""
        with self._faults(path), self._client.open(path, "rb") as remote, part.open("ab") as local:
            remote.seek(local.tell())
            remote.prefetch(size, _AT_ONCE)
            while block := remote.read(BLOCK_BYTES):
                local.write(block)
                each(len(block))

    def upload(self, local: Path, path: str, start: int, each: Callable[[int], None]) -> None:
        """Write the local file to `path`, from byte `start` on; `each` is told the bytes of every block and may raise."""
        with self._faults(path), local.open("rb") as source, self._client.open(path, "r+b" if start else "wb") as remote:
            source.seek(start)
            remote.seek(start)
            remote.set_pipelined(True)
            while block := source.read(BLOCK_BYTES):
                remote.write(block)
                each(len(block))

    def publish(self, part: str, path: str) -> None:
        """Give the whole file its name, in place of an older one.

        posix-rename@openssh.com does it in one step. A server without it gets the plain rename, which refuses a name that
        is taken: then the older file is removed first. For that moment the name is absent, and never partial.
        """
        with self._faults(path):
            try:
                self._client.posix_rename(part, path)
            except OSError as error:
                if isinstance(error, TimeoutError | ConnectionError) or not self._transport.is_active():
                    raise
                self._rename_plainly(part, path)

    def _rename_plainly(self, part: str, path: str) -> None:
        self._client.stat(part)  # the older file goes only while the new one is there
        with contextlib.suppress(FileNotFoundError):
            self._client.remove(path)
        self._client.rename(part, path)

    def remove(self, path: str) -> None:
        """Delete a remote file."""
        with self._faults(path):
            self._client.remove(path)

    def move(self, path: str, folder: str) -> None:
        """Move a remote file into a folder there, under the next free name."""
        stem, suffix = posixpath.splitext(posixpath.basename(path))
        number, target = 1, posixpath.join(folder, stem + suffix)
        while self.find(target):
            number += 1
            target = posixpath.join(folder, f"{stem}_{number}{suffix}")
        with self._faults(path):
            self._client.rename(path, target)


def _remote_file(name: str, facts: paramiko.SFTPAttributes) -> RemoteFile:
    return RemoteFile(name, facts.st_size or 0, datetime.fromtimestamp(facts.st_mtime or 0, UTC))
