"""The words of mail: what a rule, a mail and an attachment are, and what every mailbox must be able to do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_MAIL_BYTES = 150 * 2**20


@dataclass(frozen=True)
class InboxRule:
    """A row of dba.tinboxconfig. A condition of None holds for every mail."""

    config_id: int
    config_name: str
    local_repository_path: str
    priority: int = 100
    gmail_account: str | None = None
    subject_pattern: str | None = None
    subject_contains: str | None = None
    sender_filter: str | None = None
    has_attachment: bool | None = None
    attachment_name_pattern: str | None = None
    save_eml: bool = True
    processed_label: str = "Processed"
    error_label: str = "ErrorFolder"


@dataclass(frozen=True)
class Attachment:
    """A file inside a mail.

    `number` counts the parts of the mail from 1; `name` is what the sender wrote, empty when nothing; `default_name`
    serves when it is empty; `damage` says in one line why the bytes cannot be trusted, None when they can.
    """

    number: int
    name: str
    default_name: str
    content: bytes
    damage: str | None = None

    @property
    def shown_name(self) -> str:
        """The name that rules look at and that the file is saved under."""
        return self.name or self.default_name


@dataclass(frozen=True)
class Mail:
    """A parsed mail. `message_id` and `sender` are empty when the mail names none that can be trusted.

    `damage` says in one line why the mail as a whole cannot be read, None when it can.
    """

    message_id: str
    subject: str
    sender: str
    attachments: tuple[Attachment, ...] = ()
    damage: str | None = None


@dataclass(frozen=True)
class InboxMail:
    """A mail as it lies in the mailbox: its bytes, and when it came by the mailbox's best knowledge (with zone).

    Without a date, and without bytes, when the mailbox cannot give it out.
    """

    raw: bytes
    sent_at: datetime | None


@dataclass(frozen=True)
class AttachmentRow:
    """An attachment on record. `saved_path` is the whole path; None for one that is not saved."""

    part_number: int
    original_name: str
    saved_name: str | None
    saved_path: str | None
    sha256: str
    size_bytes: int
    status: str
    reason: str | None = None


@dataclass(frozen=True)
class SavedFile:
    """A file that a mail's attachment was saved as, or was about to be when its run stopped.

    `import_status` is what the import said of it last; None when the import has not had it.
    """

    inboxmessageid: int
    part_number: int
    saved_name: str
    saved_path: str
    sha256: str
    subject: str
    sent_at: datetime
    import_status: str | None


class Mailbox(Protocol):
    """What a folder, Gmail and IMAP have in common. `name` stands in the ledger: an address, or folder:/path."""

    name: str

    def waiting(self) -> Sequence[str]:
        """The ids of the mails in the inbox, oldest first. Raises SourceError when the mailbox is away."""

    def read(self, mail_id: str) -> InboxMail | None:
        """The mail; None when somebody else has moved it since. Raises BadFileError when it cannot be read.

        Called once per mail, in the order of waiting(): a mailbox may read ahead.
        """

    def move(self, mail_id: str, label: str, others: Collection[str] = ()) -> None:
        """Take the mail out of the inbox and put it under the label, which is made when missing; gone already is fine.

        Where a mail can bear several labels, `others` are those that an earlier run may have given it: they go.

        A mailbox may gather moves and carry them out together, at the latest in close().
        """

    def close(self) -> None:
        """Finish what was gathered and let go of the connection."""
