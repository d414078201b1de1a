"""What is read from the bytes of a mail, however it was made, and that nothing in them can raise."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_builders import mail
from mail_parts import best_date, parse_mail

STORED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DATA = b"order_id;price\r\n007;1,50\r\n"


def part(disposition: str | bytes, *, kind: str = "application/octet-stream") -> bytes:
    header = disposition if isinstance(disposition, bytes) else disposition.encode()
    return b"From: a@b.example\r\nContent-Type: " + kind.encode() + b"\r\nContent-Disposition: " + header + b"\r\n\r\nx"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="orders.csv"', "orders.csv"),
        ('inline; filename="orders.csv"', "orders.csv"),
        ('attachment; filename="=?UTF-8?B?w6RiYy5jc3Y=?="', "äbc.csv"),
        ("attachment; filename*=UTF-8''%C3%A4bc%20x.csv", "äbc x.csv"),
        ("attachment; filename*0*=UTF-8''%C3%A4; filename*1=bc.csv", "äbc.csv"),
        ('attachment; filename="äbc.csv"'.encode(), "äbc.csv"),
        ("attachment; filename=my file.csv", "my file.csv"),
        ('attachment; filename="../../x.csv"', "../../x.csv"),
        ('attachment; filename="a\r\n b.csv"', "a b.csv"),
        ("attachment; filename*=nosuch''%C3%A4.csv", "ä.csv"),
        ('attachment; filename=""', ""),
        ("attachment; filename*='", ""),
        ("attachment", ""),
    ],
)
def test_the_name_is_what_the_sender_wrote(disposition, name):
    (attachment,) = parse_mail(part(disposition)).attachments
    assert attachment.name == name
    assert attachment.shown_name == (name or "attachment_1.bin")


def test_the_name_may_stand_in_the_content_type():
    raw = b'Content-Type: application/octet-stream; name="orders.csv"\n\nx'
    assert [one.name for one in parse_mail(raw).attachments] == ["orders.csv"]


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("Acme Orders <Orders@ACME.example>", "orders@acme.example"),
        ('"orders@acme.example" <evil@x.example>', "evil@x.example"),
        ("orders@acme.example <evil@x.example>", "evil@x.example"),
        ("orders@acme.example, <evil@x.example>", "evil@x.example"),
        (r'"a\" <orders@acme.example>" <evil@x.example>', "evil@x.example"),
        ("=?utf-8?q?=3Corders=40acme=2Eexample=3E?= <evil@x.example>", "evil@x.example"),
        ("evil@x.example (orders@acme.example)", "evil@x.example"),
        ("Acme, Inc. <orders@acme.example>", "orders@acme.example"),
        ("orders@acme.example", "orders@acme.example"),
        ("orders@acme.example, other@acme.example", ""),
        ("<orders@acme.example> <evil@x.example>", ""),
        ("undisclosed:;", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_the_sender_is_the_address_not_the_display_name(sender, address):
    assert parse_mail(f"From: {sender}\n\n".encode()).sender == address


def test_two_from_headers_name_no_sender():
    assert parse_mail(b"From: orders@acme.example\nFrom: evil@x.example\n\n").sender == ""


def nested() -> bytes:
    """mixed > (related > (alternative > text, html), inline picture), csv, forwarded mail > csv, a file without name."""
    inner = mail(("forwarded.csv", DATA), subject="inner").replace(b"\r\n", b"\n")
    return (
        b"""From: a@b.example
Content-Type: multipart/mixed; boundary=M

--M
Content-Type: multipart/related; boundary=R

--R
Content-Type: multipart/alternative; boundary=A

--A
Content-Type: text/plain

hello
--A
Content-Type: text/html

<p>hello
--A
Content-Type: text/calendar

BEGIN:VCALENDAR
--A--
--R
Content-Type: image/png; name=logo.png
Content-Disposition: inline
Content-Transfer-Encoding: base64

iVBORw==
--R--
--M
Content-Type: text/csv
Content-Disposition: attachment; filename=direct.csv

a;b
--M
Content-Type: message/rfc822

%s
--M
Content-Type: application/pdf

%%PDF
--M--
"""
        % inner
    )


def test_every_file_is_found_however_deep_it_lies_and_the_text_is_no_file():
    found = parse_mail(nested())
    assert [one.shown_name for one in found.attachments] == ["logo.png", "direct.csv", "forwarded.csv", "attachment_13.pdf"]
    assert found.attachments[1].content == b"a;b" and found.attachments[2].content == DATA
    assert found.damage is None


def test_a_mail_forwarded_in_base64_is_opened_too():
    inner = base64.encodebytes(mail(("inner.csv", DATA)))
    raw = b"Content-Type: multipart/mixed; boundary=M\n\n--M\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    assert [one.name for one in parse_mail(raw + inner + b"\n--M--\n").attachments] == ["inner.csv"]


def test_the_bytes_of_a_file_arrive_unchanged():
    content = bytes(range(256)) * 50
    assert parse_mail(mail(("a.bin", content))).attachments[0].content == content


@pytest.mark.parametrize("cut", [5, 50, 400])
def test_a_mail_that_is_cut_off_is_damaged(cut):
    assert "cut off" in parse_mail(mail(("a.bin", bytes(900)))[:-cut]).damage


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"YWJj\nZ", "base64"), (b"YWJj!\nZGVm", "base64"), (b"YWJjZA==\nUnsubscribe here", "base64"), (b"abc", "x-secret")],
)
def test_damaged_bytes_are_never_taken_for_data(body, encoding):
    raw = b"Content-Disposition: attachment; filename=a.csv\nContent-Transfer-Encoding: " + encoding.encode() + b"\n\n" + body
    (attachment,) = parse_mail(raw).attachments
    assert attachment.damage and attachment.content == b""


def test_bombs_of_nested_parts_are_damage_not_a_crash():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(3000))
    found = parse_mail(b"From: a@b.example\nMessage-ID: <1@b>\nSubject: deep\n" + deep)
    assert (found.sender, found.message_id, found.subject) == ("a@b.example", "<1@b>", "deep")
    assert "cannot be taken apart" in found.damage


def test_subject_and_message_id_are_one_clean_line():
    found = parse_mail(b"Subject: =?utf-8?q?a=0Ab=E2=80=AEc?=\nMessage-ID:\n <1@b>\n\n")
    assert (found.subject, found.message_id) == ("a b c", "<1@b>")
    assert parse_mail(b"Message-ID: <" + b"x" * 5000 + b">\n\n").message_id == ""


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Fri, 20 Nov 2026 23:30:00 -0500", datetime(2026, 11, 21, 4, 30, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 09:00:00 (UTC)", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 09:00:00 -0000", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", STORED),
        ("Fri, 20 Nov 2099 09:00:00 +0000", STORED),
        ("Fri, 20 Nov 99999 09:00:00 +0000", STORED),
        ("yesterday", STORED),
        ("", STORED),
    ],
)
def test_the_date_is_the_senders_when_it_can_be_true(date, expected):
    assert best_date(f"Date: {date}\n\n".encode(), STORED, NOW) == expected


def test_without_a_true_date_the_receiving_servers_stamp_counts():
    raw = b"Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0100\nReceived: from x by a; Thu, 1 Jan 1970 00:00:00 +0000\n\n"
    assert best_date(raw, STORED, NOW) == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


_HEADERS = st.sampled_from([b"From", b"Date", b"Subject", b"Message-ID", b"Content-Type", b"Content-Disposition",
                            b"Content-Transfer-Encoding", b"Received"])  # fmt: skip
_VALUES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from([b"multipart/mixed; boundary=x", b"message/rfc822", b"base64", b"attachment; filename*=", b"=?utf-8?b?",
                     b'text/plain; charset="\xff', b"attachment; filename*0*=utf-8''%zz; filename*2=x"]),
)  # fmt: skip


@given(st.lists(st.tuples(_HEADERS, _VALUES), max_size=8), st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise(headers, body):
    raw = b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + body + b"\r\n--x\r\n" + body
    for found in (parse_mail(raw), parse_mail(body)):
        assert all(isinstance(one.content, bytes) for one in found.attachments)
    assert best_date(raw, STORED, NOW).tzinfo is not None
