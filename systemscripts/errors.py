"""The exceptions that cross module boundaries, each with the one or two facts its catcher needs.

The text of an EtlError is one line for a bookkeeper: the thing, the value, the rule, the fix. Details for an
engineer travel as the exception's cause and go to the log only.
"""


class EtlError(Exception):
    """An item or a whole job failed. `exit_code` ends the process; `permanent` says that trying again is useless."""

    exit_code = 1
    permanent = True


class ConfigError(EtlError):
    """A setting, an argument or a config row is wrong; what it is about was not touched and waits."""

    exit_code = 2


class BadFileError(EtlError):
    """The file itself is wrong: it is kept, moved aside and named."""


class NoRowsError(BadFileError):
    """The file is whole and has not one row."""


class SourceError(EtlError):
    """A server, network or disk is away: everything stays where it is for the next run."""

    permanent = False


class TimeLimitError(SourceError):
    """Work stopped at its own time limit; the next run goes on there."""

    exit_code = 124


class AuthError(SourceError):
    """A server refuses the login, and only a person can change that: the text says how."""

    exit_code = 77  # EX_NOPERM of sysexits.h


class DeliveryError(EtlError):
    """A report could not be built or sent."""


class BusyError(EtlError):
    """Another run is doing this work right now."""

    exit_code = 75
    permanent = False


class CellFault(ValueError):
    """A value that a rule of ours refuses; the row it stands in is put aside, unless its column may become `wider`."""

    def __init__(self, column: str | None, message: str, wider: str | None = None) -> None:
        super().__init__(message)
        self.column, self.wider = column, wider
