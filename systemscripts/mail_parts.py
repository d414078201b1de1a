"""What is in the bytes of a mail: sender, subject, date and every attachment. Pure; a broken mail never raises.

The email package's policy.default reads RFC 2047 and RFC 2231 names, but raises on some malformed headers: then the
older policy reads the same header.
"""

import email
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import errors, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

from mail_models import Attachment, Mail

_BODY_TYPES = ("text/plain", "text/html")
_EXTENSIONS = {
    "text/csv": ".csv",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/tab-separated-values": ".tsv",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_ENCODINGS = ("", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"  # MS-OXTNEF 2.1.3.1
_TNEF_OVERHEAD = 11
_TNEF_WORK = 2 * 10**10  # the library copies the rest of the bytes for every piece: about two seconds
_NO_PARTS = (errors.StartBoundaryNotFoundDefect, errors.NoBoundaryInMultipartDefect)
_FIRST_YEAR = 1990  # older dates are clocks that were never set
_LONGEST_MESSAGE_ID = 500  # it is part of a database key
_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
_QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|\((?:\\.|[^()\\])*\)')


def parse_mail(raw: bytes) -> Mail:
    """The mail in the bytes. Whatever cannot be read becomes `damage`; nothing is raised."""
    message, attachments, damage = None, (), None
    try:
        message = email.message_from_bytes(raw, policy=policy.default)
        attachments = tuple(_attachments(message))
        damage = _cut_off(message)
    except Exception as error:  # the parser fails on hostile input in many ways: one mail, one failed item
        damage = f"it cannot be taken apart ({type(error).__name__}); ask the sender to send it again"
    headers = message or email.message_from_bytes(raw.partition(b"\n\n")[0][:100_000], policy=policy.compat32)
    return Mail(
        message_id=_message_id(_header(headers, "Message-ID")),
        subject=one_line(_header(headers, "Subject")),
        sender=_sender(headers),
        attachments=attachments,
        damage=damage,
    )


def best_date(raw: bytes, stored_at: datetime, now: datetime) -> datetime:
    """When a mail was sent, for a mailbox that keeps no such date itself; with zone.

    The Date header when it can be true, else the receiving server's stamp (the first Received), else `stored_at`.
    """
    head = raw[:100_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    headers = email.message_from_bytes(head, policy=policy.compat32)
    received = _date(str(headers.get("Received", "")).rpartition(";")[2])
    latest = max(received or now, now) + timedelta(days=1)
    for date in (_date(str(headers.get("Date", ""))), received):
        if date and date.year >= _FIRST_YEAR and date <= latest:
            return date
    return stored_at


def one_line(text: str) -> str:
    """Text that is safe in a log line and in the database: control and direction characters become blanks.

    >>> one_line("Orders" + chr(10) + " for  today")
    'Orders for today'
    """
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text).split())


def _date(text: str) -> datetime | None:
    """The moment a header names; -0000 and a missing zone mean UTC."""
    try:
        date = parsedate_to_datetime(text.strip())
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _old_style(part: Message) -> Message:
    """The same headers under the older policy, which splits them less cleverly and does not raise."""
    plain = Message(policy=policy.compat32)
    for name, value in part.raw_items():
        plain.add_header(name, str(value))
    return plain


def _header(message: Message, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except Exception:  # a header that policy.default cannot parse
        return str(_old_style(message).get(name, ""))


def _message_id(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST_MESSAGE_ID else ""


def _sender(message: Message) -> str:
    """The one address the mail comes from, in lower case; empty when it names none or several.

    Read from the raw header: in `orders@acme.example <evil@x.example>` the address is the one in angle brackets.
    """
    headers = [str(value) for name, value in message.raw_items() if name.lower() == "from"]
    if len(headers) != 1:
        return ""
    text = _QUOTED_OR_COMMENT.sub(" ", headers[0])
    if "<" in text or ">" in text:
        found = re.fullmatch(r"[^<>]*<([^<>]*)>\s*", text)
        text = found[1] if found else ""
    address = text.strip()
    return address.lower() if _ADDRESS.fullmatch(address) and address.isprintable() else ""


def _parts(message: Message) -> Iterator[tuple[Message, str]]:
    """Every part with the type of the part it lies in, outermost first; a forwarded mail is walked like the rest."""
    waiting = [(message, "")]
    while waiting:
        part, parent_type = waiting.pop()
        yield part, parent_type
        waiting += [(child, part.get_content_type()) for child in reversed(_children(part))]


def _children(part: Message) -> list[Message]:
    if not part.is_multipart():
        return []
    children = list(part.get_payload())
    if part.get_content_type() == "message/rfc822" and _encoding(part) in ("base64", "quoted-printable"):
        # not allowed, yet sent: the parser has taken the encoded text for the forwarded mail itself
        carrier = Message(policy=policy.compat32)
        carrier["Content-Transfer-Encoding"] = _encoding(part)
        carrier.set_payload(children[0].as_string())
        return [email.message_from_bytes(carrier.get_payload(decode=True), policy=policy.default)]
    return children


def _encoding(part: Message) -> str:
    return _header(part, "Content-Transfer-Encoding").strip().lower()


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    """The files of the mail. Those out of a winmail.dat are numbered after all parts, so that no part's number moves."""
    packed: list[Attachment] = []
    number = 0
    for number, (part, parent_type) in enumerate(_parts(message), start=1):
        name = _file_name(part)
        if part.is_multipart() or not (name or not _is_body(part, parent_type)):
            continue
        content, damage = _content(part)
        attachment = Attachment(number, name, _default_name(part, number), content, damage)
        if not damage and content.startswith(_TNEF_SIGNATURE):
            packed.append(attachment)
        else:
            yield attachment
    for attachment in packed:
        for unpacked in _unpacked(attachment, number + 1):
            number = unpacked.number
            yield unpacked


def _unpacked(winmail: Attachment, number: int) -> Iterator[Attachment]:
    """The files that Outlook has packed into a winmail.dat; it may hold none, only the looks of the text."""
    import tnefparse

    try:
        _refuse_broken_tnef(winmail.content)
        tnef = tnefparse.TNEF(winmail.content)
        if not all(part.good_checksum for part in tnef.objects if part.level == tnef.LVL_ATTACHMENT):
            raise ValueError("a checksum is wrong")
        parts = [(_tnef_name(part), bytes(part.data)) for part in tnef.attachments]
        if not all(content for _, content in parts):
            raise ValueError("a file in it has no bytes")
    except Exception as error:  # as in parse_mail, for one part
        reason = str(error) if isinstance(error, ValueError) else type(error).__name__
        yield replace(winmail, damage=f"it is Outlook's packing and cannot be undone ({one_line(reason)[:100]})")
        return
    for shift, (name, content) in enumerate(parts):
        yield Attachment(number + shift, name, f"attachment_{number + shift}.bin", content)


def _refuse_broken_tnef(content: bytes) -> None:
    """Walk over the attributes: level (1 byte), id (4), length (4), data, checksum (2). The library does not miss a cut-off end."""
    offset, count = 6, 0
    while len(content) - offset >= _TNEF_OVERHEAD:
        offset, count = offset + _TNEF_OVERHEAD + int.from_bytes(content[offset + 5 : offset + 9], "little"), count + 1
    if offset > len(content):
        raise ValueError("it is cut off")
    if count * len(content) > _TNEF_WORK:
        raise ValueError(f"it has {count:,} pieces")


def _tnef_name(part: object) -> str:
    name = part.long_filename()
    return (name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)).strip("\0")


def _is_body(part: Message, parent_type: str) -> bool:
    """Whether a part without a name is what people read, not a file."""
    if _disposition(part) == "attachment":
        return False
    return part.get_content_type() in _BODY_TYPES or (parent_type == "multipart/alternative" and part.get_content_maintype() == "text")


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except Exception:  # as in _header
        return _old_style(part).get_content_disposition() or ""


def _file_name(part: Message) -> str:
    """The sender's file name in readable form, empty when there is none."""
    old = _name_by(_old_style(part))
    try:
        name = _name_by(part)
    except Exception:  # as in _header
        return old
    # policy.default cuts an unquoted name at its first blank: filename=my file.csv
    return old if name and old.startswith(name) and len(old) > len(name) else name


def _name_by(part: Message) -> str:
    name = part.get_filename() or ""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _default_name(part: Message, number: int) -> str:
    return f"attachment_{number}{_EXTENSIONS.get(part.get_content_type(), '.bin')}"


def _content(part: Message) -> tuple[bytes, str | None]:
    """The decoded bytes, and why they cannot be trusted: the email package returns damaged text as if it were data."""
    encoding = _encoding(part)
    if encoding not in _ENCODINGS:
        return b"", f"it is encoded as {one_line(encoding)!r}, which no mail program can undo"
    try:
        if encoding == "base64" and not _is_whole_base64(str(part.get_payload())):
            return b"", "its base64 text is damaged or cut off"
        return part.get_payload(decode=True) or b"", None
    except Exception as error:  # as in parse_mail, for one part
        return b"", f"its encoding cannot be undone ({type(error).__name__})"


def _is_whole_base64(text: str) -> bool:
    letters = "".join(text.split())
    return len(letters) % 4 == 0 and _BASE64.fullmatch(letters) is not None


def _cut_off(message: Message) -> str | None:
    """Why the mail is not whole. Only the outermost boundary tells: sloppy senders leave inner ones open."""
    parts = [part for part, _ in _parts(message) if part.get_content_maintype() == "multipart"]
    if any(isinstance(defect, _NO_PARTS) for part in parts for defect in part.defects):
        return "its parts cannot be told apart: the boundary between them is missing"
    if parts and any(isinstance(defect, errors.CloseBoundaryNotFoundDefect) for defect in parts[0].defects):
        return "it ends before its last part does: it is cut off, or still being written"
    return None
