"""Outgoing mail: encrypted or not at all, tried again only where that helps, sent once, and honest about who got it."""

import logging
import smtplib
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

import mailer
from errors import ConfigError, DeliveryError
from mailer import DeliveryUnknown, Mail, addresses, build_message, message_id, recipients_of, send_message
from settings import Settings, load_settings
from smtp_server import Mailroom, smtp_server

MAIL = Mail(
    subject="Orders, Müller & Söhne",
    to="Anna Müller <anna@example.com>, bob@example.com",
    html="<p>Grüße " + "x" * 2000 + "</p>",
    text="Grüße",
    message_id="<report-1.x@example.com>",
    sent_at=datetime(2026, 11, 23, 11, 20, tzinfo=UTC),
    bcc="secret@example.com",
)


@pytest.fixture
def plain_settings(tmp_path: Path) -> Settings:
    return replace(load_settings(), home=tmp_path, email="etl@example.com")


def settings_for(settings: Settings, room: Mailroom, **changes) -> Settings:
    given = {"smtp_host": "localhost", "smtp_port": room.port, "ca_bundle": room.ca_file}
    return replace(settings, **(given | changes))


def sent(settings: Settings, room: Mailroom, waits: list | None = None, mail: Mail = MAIL, **changes):
    message = build_message(settings, mail)
    pause = (waits if waits is not None else []).append
    return send_message(settings_for(settings, room, **changes), message, recipients_of(mail), sleep=pause)


def test_a_mail_arrives_whole_and_nobody_sees_the_bcc(plain_settings, tmp_path):
    file = tmp_path / "Aufträge.csv"
    file.write_bytes(b"a,b\r\n1,2\r\n")
    mail = replace(MAIL, attachments=(file,), cc="carl@example.com; dora@example.com")
    with smtp_server(tmp_path) as room:
        delivery = sent(plain_settings, room, mail=mail)
    [(recipients, raw)] = room.mails
    assert recipients == [f"{name}@example.com" for name in ("anna", "bob", "carl", "dora", "secret")]
    assert delivery.refused == {} and delivery.size_bytes > 2000
    got = message_from_bytes(raw, policy=policy.default)
    assert got["Subject"] == "Orders, Müller & Söhne" and got["Cc"] == "carl@example.com, dora@example.com"
    assert got["Message-ID"] == "<report-1.x@example.com>" and got["Auto-Submitted"] == "auto-generated"
    assert b"secret" not in raw and max(map(len, raw.splitlines())) < 998
    assert got.get_body(("plain",)).get_content().strip() == "Grüße"
    assert got.get_body(("html",)).get_content().startswith("<p>Grüße")
    [attachment] = got.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("Aufträge.csv", "text/csv")


def test_nothing_goes_out_in_clear_text(plain_settings, tmp_path):
    with smtp_server(tmp_path, tls="none") as room, pytest.raises(DeliveryError, match=r"offers no encryption"):
        sent(plain_settings, room)
    assert room.tries == 0 and room.mails == []


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [("localhost", False, "self-signed|local issuer"), ("elsewhere.example", True, "[Hh]ostname mismatch")],
)
def test_a_certificate_that_does_not_prove_the_server_is_refused(plain_settings, tmp_path, host, trusted, reason):
    waits = []
    with smtp_server(tmp_path, host=host) as room, pytest.raises(DeliveryError, match=reason):
        sent(plain_settings, room, waits, **({} if trusted else {"ca_bundle": None}))
    assert (room.tries, waits) == (0, [])


def test_port_465_begins_with_tls(plain_settings, tmp_path, monkeypatch):
    with smtp_server(tmp_path, tls="ssl") as room:
        monkeypatch.setattr(mailer, "_SSL_PORT", room.port)
        sent(plain_settings, room)
    assert len(room.mails) == 1


def test_what_is_put_off_is_tried_again(plain_settings, tmp_path):
    waits = []
    with smtp_server(tmp_path) as room:
        room.to_mail = ["421 too busy"]
        room.to_data = ["451 try later"]
        sent(plain_settings, room, waits)
    assert len(room.mails) == 1 and waits == [5, 20]


def test_a_server_that_only_puts_off_is_an_error_after_three_tries(plain_settings, tmp_path):
    with smtp_server(tmp_path) as room:
        room.to_mail = ["451 try later"] * 9
        with pytest.raises(DeliveryError, match=r"took it for nobody: 451 try later .*anna@example.com and 2 more"):
            sent(plain_settings, room)
    assert room.tries == 3


def test_a_refusal_is_not_tried_again(plain_settings, tmp_path):
    with smtp_server(tmp_path) as room:
        room.to_data = ["552 too large", "250 never asked"]
        with pytest.raises(DeliveryError, match="552 too large"):
            sent(plain_settings, room)
    assert room.tries == 1


def test_one_refused_of_three_is_named_and_the_others_get_it_once(plain_settings, tmp_path):
    with smtp_server(tmp_path) as room:
        room.to_rcpt = {"bob@example.com": ["550 no such user"]}
        delivery = sent(plain_settings, room)
    assert delivery.refused == {"bob@example.com": "550 no such user"}
    assert [recipients for recipients, _ in room.mails] == [["anna@example.com", "secret@example.com"]]


def test_one_put_off_of_three_gets_it_later_and_the_others_get_it_once(plain_settings, tmp_path):
    with smtp_server(tmp_path) as room:
        room.to_rcpt = {"bob@example.com": ["450 greylisted"]}
        delivery = sent(plain_settings, room)
    assert delivery.refused == {}
    assert [recipients for recipients, _ in room.mails] == [["anna@example.com", "secret@example.com"], ["bob@example.com"]]


def test_a_connection_lost_after_the_data_is_unknown_and_not_tried_again(plain_settings, tmp_path):
    with smtp_server(tmp_path) as room:
        room.to_data = ["drop"]
        with pytest.raises(DeliveryUnknown, match="--resend"):
            sent(plain_settings, room)
    assert room.tries == 1


def test_an_unanswered_goodbye_changes_nothing(plain_settings, tmp_path, monkeypatch):
    def rude(self):
        raise smtplib.SMTPResponseException(421, b"bye")

    monkeypatch.setattr(smtplib.SMTP, "quit", rude)
    with smtp_server(tmp_path) as room:
        assert sent(plain_settings, room).refused == {}
    assert len(room.mails) == 1


def test_no_server_at_all_is_tried_three_times(plain_settings):
    waits = []
    with pytest.raises(DeliveryError, match=r"no mail server answers at localhost:1"):
        sent(plain_settings, Mailroom(port=1), waits, ca_bundle=None)
    assert waits == [5, 20]


def test_log_in_is_encrypted_and_the_password_is_never_shown(plain_settings, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with smtp_server(tmp_path, auth_required=True) as room:
        sent(plain_settings, room, email_password="c4nary-smtp")
        with pytest.raises(DeliveryError, match=r"535.*app password") as refused:
            sent(plain_settings, room, email_password="hunter2")
    assert len(room.mails) == 1 and room.logins[0] == (b"etl@example.com", b"c4nary-smtp")
    assert "hunter2" not in caplog.text + str(refused.value) + "".join(capfd.readouterr())


def test_a_mail_over_the_servers_limit_is_not_sent(plain_settings, tmp_path):
    with smtp_server(tmp_path, data_size_limit=1000) as room, pytest.raises(DeliveryError, match="the server takes 1,000"):
        sent(plain_settings, room)
    assert room.tries == 0


def test_attachments_over_the_limit_are_not_even_read(plain_settings, tmp_path):
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(mailer.MAX_ATTACHMENT_BYTES + 1)
    with pytest.raises(DeliveryError, match=r"18\.0 MB"):
        build_message(plain_settings, replace(MAIL, attachments=(tmp_path / "big.csv",)))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "x\r\nBcc: thief@example.com"},
        {"to": "anna@example.com\nBcc: thief@example.com"},
        {"cc": "anna@example.com\r\n,bob@example.com"},
        {"to": ""},
        {"to": "anna"},
        {"to": "anna@example.com, @"},
        {"cc": "anna@exam ple.com"},
        {"bcc": "<anna@example.com> bob@example.com x"},
        {"to": "anna@mül.de"},
    ],
)
def test_bad_headers_and_addresses_are_refused_before_connecting(plain_settings, change):
    with pytest.raises(ConfigError):
        build_message(plain_settings, replace(MAIL, **change))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a@x.de; b@x.de,", ["a@x.de", "b@x.de"]),
        ('"Doe; Jane, PhD" <jane@x.de>', ["jane@x.de"]),
        ("operator@localhost", ["operator@localhost"]),
        ("", []),
    ],
)
def test_addresses_as_people_write_them(text, plain):
    assert addresses(text, "toheader") == plain


def test_each_recipient_is_named_once_in_order():
    mail = replace(MAIL, to="b@x.de, a@x.de", cc="A@x.de, c@x.de", bcc="B@x.de")
    assert recipients_of(mail) == ["b@x.de", "a@x.de", "c@x.de"]


def test_one_report_and_due_time_have_one_message_id(plain_settings):
    assert message_id(plain_settings, "report-1", "20261123") == "<report-1.20261123@example.com>"
    with pytest.raises(ConfigError, match="ETL_EMAIL"):
        message_id(replace(plain_settings, email="no address"), "x")


def test_the_outbox_holds_the_mail_and_its_page(plain_settings, tmp_path):
    message = build_message(plain_settings, MAIL)
    first = mailer.write_to_outbox(tmp_path / "outbox", "orders", message)
    again = mailer.write_to_outbox(tmp_path / "outbox", "orders", message)
    assert first == again and sorted(path.name for path in (tmp_path / "outbox").iterdir()) == ["orders.eml", "orders.html"]
    assert first.path.read_text(encoding="utf-8").startswith("<p>Grüße")
    assert (tmp_path / "outbox" / "orders.eml").read_bytes() == message.as_bytes()
