"""Who and where: the operating-system facts that go on record with every run."""

import getpass
import socket


def user_name() -> str:
    """The name of the user who runs this process, by number when it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a uid without a passwd entry, as in containers
        import os

        return str(os.getuid())


def host_name() -> str:
    """The name of this box."""
    return socket.gethostname()
