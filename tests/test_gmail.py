"""The inbox processor on Gmail: the real client library against a Gmail server over real HTTP, with every trouble it can make."""

import contextlib
import logging
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gmail_calls
import gmail_client
from errors import AuthError, SourceError
from gmail_inbox_processor import open_mailbox, process_inbox
from gmail_server import ACCOUNT, READONLY, FakeGmail, Fault
from mail_builders import add_rule, files_in, mail, rows
from test_import import Feed

CSV = b"order_id,price\n007,1.50\n"
STATES = "SELECT status, count(*) FROM dba.tinboxmessage GROUP BY 1 ORDER BY 1"


@pytest.fixture
def gmail() -> Iterator[FakeGmail]:
    with contextlib.closing(FakeGmail()) as fake:
        yield fake


@pytest.fixture
def settings(settings, gmail):
    settings = replace(settings, mailbox="gmail", gmail_api_endpoint=gmail.url)
    gmail.write_login(settings.gmail_token)
    return settings


@pytest.fixture
def quick(monkeypatch) -> list[float]:
    """Waits between tries take no time; what they would have been."""
    waits: list[float] = []
    monkeypatch.setattr(gmail_calls.time, "sleep", waits.append)
    return waits


@pytest.fixture
def handle(settings, connect_as):
    connection = connect_as("etl_user")

    def run(*, dry_run=False):
        with contextlib.closing(open_mailbox(settings)) as mailbox:
            return process_inbox(mailbox, settings, connection, run_uuid=str(uuid.uuid4()), dry_run=dry_run)

    return run


@pytest.fixture
def rule(connect_as):
    admin = connect_as("etl_admin")
    return lambda **columns: add_rule(admin, **columns)


@pytest.fixture
def watcher(settings):
    return settings.home / "file_watcher"


def orders(number: int) -> bytes:
    return mail((f"orders_{number}.csv", b"order\n%d\n" % number), message_id=f"<{number}@x>")


def test_every_mail_ends_under_its_label_and_its_files_in_the_folder(handle, rule, gmail, watcher, database, settings):
    rule(processed_label="Clients/Acme/Done", error_label="Clients/Trouble", attachment_name_pattern=r".*\.csv", save_eml=True)
    raw = mail(("orders.csv", CSV), message_id="<1@x>")
    done, unmatched = gmail.add(raw), gmail.add(mail(sender="news@digest.example"))
    failed = gmail.add(mail(("picture.png", b"png")))
    outcome = handle()
    assert "3 seen, 1 processed, 1 unmatched, 1 failed, 0 duplicate, 1 files, 24 bytes" in outcome.message
    ends = [{"Clients/Acme/Done"}, {"ErrorFolder"}, {"Clients/Trouble"}]
    assert [gmail.names_of(mail_id) for mail_id in (done, unmatched, failed)] == ends
    assert {"Clients", "Clients/Acme", "Clients/Acme/Done", "Clients/Trouble"} <= set(gmail.labels.values())
    assert files_in(watcher) == {"20251120_orders.csv": CSV}
    assert list(files_in(settings.home / "archive" / "mail").values()) == [raw]
    assert rows(database, "SELECT DISTINCT mailbox FROM dba.tinboxmessage") == [(ACCOUNT,)]
    assert handle().message == f"no mail is waiting in {ACCOUNT}; nothing to do"


def test_all_pages_are_read_each_mail_once_and_labels_change_in_few_calls(handle, rule, gmail, watcher):
    rule()
    for number in range(1205):
        gmail.add(orders(number) if number % 100 == 0 else mail(sender="news@digest.example", message_id=f"<{number}@x>"))
    gmail.faults.append(Fault("^messages$", status=503, skip=1))  # page 2 of 3
    assert handle().message.split(": ", 1)[1].startswith("1205 seen, 13 processed, 1192 unmatched, 0 failed")
    assert len(files_in(watcher)) == 13
    assert not any("INBOX" in message.labels for message in gmail.messages.values())
    assert len(gmail.calls("GET messages/")) == 1205 and len(gmail.calls("batchModify")) <= 6


def test_a_run_that_finds_nothing_new_costs_two_calls(handle, rule, gmail):
    rule()
    handle()
    assert [call.path for call in gmail.log] == ["profile", "messages"]


def test_mails_come_oldest_first_and_big_ones_by_their_own(handle, rule, gmail, database):
    rule()
    for number in range(20):
        gmail.add(mail((f"o{number}.csv", b"x" * (2**20 + number if number in (3, 4) else number + 1)), subject=f"{number:02d}"))
    handle()
    subjects = [subject for (subject,) in rows(database, "SELECT subject FROM dba.tinboxmessage ORDER BY inboxmessageid")]
    assert subjects == sorted(subjects) and len(subjects) == 20


@given(st.lists(st.booleans(), max_size=60))
def test_calls_read_neighbours_in_order_and_big_mails_by_their_own(sizes):
    ids = [str(number) for number in range(len(sizes))]
    big = {mail_id for mail_id, is_big in zip(ids, sizes, strict=True) if is_big}
    chunks = gmail_client._chunks(ids, big)
    assert [mail_id for chunk in chunks for mail_id in chunk] == ids
    assert all(1 <= len(chunk) <= 8 and (len(chunk) == 1 or not big & set(chunk)) for chunk in chunks)
    small_again = [chunk for chunk in chunks if chunk[0] not in big]
    assert all(len(one) == 8 or int(two[0]) > int(one[-1]) + 1 for one, two in pairwise(small_again))


def test_a_dry_run_makes_not_one_write_call(handle, rule, gmail, watcher, database, caplog):
    rule()
    rule(config_name="Birch", sender_filter="birch", priority=5)
    gmail.add(orders(1))
    gmail.add(mail(sender="news@digest.example"))
    caplog.set_level(logging.INFO)
    handle(dry_run=True)
    assert {call.method for call in gmail.log} == {"GET"}
    assert files_in(watcher) == {} and rows(database, STATES) == []
    assert "rule 'Acme' takes it" in caplog.text and "not 'Birch': sender orders@acme.example does not match" in caplog.text
    assert "would save 20251120_orders_1.csv (8 bytes)" in caplog.text


def test_the_day_is_that_of_the_internal_date_in_the_configured_zone(handle, rule, gmail, watcher):
    rule()
    gmail.add(mail(("late.csv", CSV), date="Thu, 01 Jan 1970 00:00:00 +0000"), date_ms=1_795_235_400_000)  # 21 Nov 2026 04:30 UTC
    handle()
    assert list(files_in(watcher)) == ["20261120_late.csv"]


def test_a_mail_that_was_put_back_loses_the_label_it_failed_under(handle, rule, gmail):
    rule(attachment_name_pattern=r".*\.csv")
    mail_id = gmail.add(mail(("orders.csv", CSV), sender="boss@acme.example"))
    handle()
    assert gmail.names_of(mail_id) == {"ErrorFolder"}
    gmail.messages[mail_id].labels.add("INBOX")
    rule(config_name="boss", sender_filter="boss@")
    handle()
    assert gmail.names_of(mail_id) == {"Processed"}


TROUBLES = [
    Fault("^messages$", status=503),
    Fault("^messages/", status=429, reason="rateLimitExceeded", retry_after="7", times=3),
    Fault("^messages/", status=403, reason="userRateLimitExceeded", times=2),
    Fault("^messages/", status=500, times=2),
    Fault("^batch$", status=503),
    Fault("^batch$", kind="cut"),
    Fault("^messages/", kind="close"),
    Fault("^messages$", kind="cut"),
    Fault("^profile$", status=429, reason="rateLimitExceeded", retry_after=formatdate(time.time() + 30, usegmt=True)),
    Fault("batchModify", kind="lost"),
    Fault("batchModify", status=503, times=2),
    Fault("^labels$", kind="lost", times=2),
    Fault("^messages/", status=401, reason="authError"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda fault: f"{fault.path}-{fault.kind}-{fault.status}")
def test_passing_trouble_is_got_over_in_the_same_run(trouble, handle, rule, gmail, watcher, database, quick):
    rule()
    ids = [gmail.add(orders(number)) for number in range(12)]
    gmail.faults.append(replace(trouble))
    assert handle().failed == 0
    assert all(gmail.names_of(mail_id) == {"Processed"} for mail_id in ids)
    assert len(files_in(watcher)) == 12 and rows(database, STATES) == [("processed", 12)]
    assert gmail.faults[0].times == 0, "the trouble never came"


def test_retry_after_is_honoured_and_waits_grow(gmail, handle, rule, quick):
    rule()
    gmail.faults.append(Fault("^profile$", status=429, reason="rateLimitExceeded", retry_after="7"))
    gmail.faults.append(Fault("^profile$", status=503, times=3))
    handle()
    assert [wait for wait in quick if wait >= 7] and len([wait for wait in quick if wait > 0.4]) >= 4


def test_an_hour_of_pause_is_not_waited_for(gmail, handle, rule, quick):
    rule()
    gmail.add(orders(1))
    gmail.faults.append(Fault("^messages$", status=429, reason="rateLimitExceeded", retry_after="3600"))
    with pytest.raises(SourceError, match=r"Gmail wants a pause.*3600 s"):
        handle()
    assert sum(quick) < 120


def test_what_is_final_is_not_tried_again(gmail, handle, rule, quick):
    rule()
    gmail.faults.append(Fault("^messages$", status=400, reason="badRequest", times=9))
    with pytest.raises(SourceError, match=r"Gmail does not answer as it should.*badRequest"):
        handle()
    assert len(gmail.calls("GET messages$")) == 1 and not [wait for wait in quick if wait > 0]


def test_a_mail_that_is_gone_or_was_moved_meanwhile_is_no_trouble(gmail, handle, rule, database):
    rule()
    gone, moved, stays = (gmail.add(orders(number)) for number in range(3))
    gmail.faults.append(Fault(f"^messages/{gone}", status=404, reason="notFound"))
    original = gmail._get
    gmail._get = lambda mail_id, kind: (gmail.messages[moved].labels.discard("INBOX"), original(mail_id, kind))[1]
    assert handle().failed == 0
    assert rows(database, STATES) == [("processed", 1)] and gmail.names_of(stays) == {"Processed"}


def test_one_mail_that_gmail_cannot_give_out_stops_no_other_and_ends_in_the_error_folder(gmail, handle, rule, database, quick):
    rule()
    good = [gmail.add(orders(number)) for number in range(3)]
    bad = gmail.add(orders(3))
    for run in range(3):
        assert gmail.names_of(bad) == {"INBOX"}
        gmail.faults.append(Fault(f"^messages/{bad}", status=500, times=gmail_calls.TRIES))
        assert handle().failed == 1
        assert all(gmail.names_of(mail_id) == {"Processed"} for mail_id in good), run
    assert gmail.names_of(bad) == {"ErrorFolder"}
    query = "SELECT status, attempts, reason FROM dba.tinboxmessage WHERE message_key LIKE 'unread:%%'"
    ((status, attempts, reason),) = rows(database, query)
    assert (status, attempts) == ("failed", 3) and "HTTP 500" in reason


def test_a_gmail_that_gives_out_nothing_stops_the_run_and_touches_nothing(gmail, handle, rule, quick):
    rule()
    ids = [gmail.add(orders(number)) for number in range(10)]
    gmail.faults.append(Fault("^messages/", status=503, times=10_000))
    with pytest.raises(SourceError, match="next run goes on"):
        handle()
    assert all(gmail.names_of(mail_id) == {"INBOX"} for mail_id in ids)


def test_labels_that_cannot_be_changed_heal_in_the_next_run(gmail, handle, rule, watcher, database, quick):
    rule()
    ids = [gmail.add(orders(number)) for number in range(3)]
    gmail.faults.append(Fault("batchModify", status=400, reason="invalidArgument"))
    with pytest.raises(SourceError, match="files are safe"):
        handle()
    assert "3 handled before" in handle().message
    assert all(gmail.names_of(mail_id) == {"Processed"} for mail_id in ids)
    assert len(files_in(watcher)) == 3 and rows(database, STATES) == [("processed", 3)]


def test_a_label_that_gmail_does_not_make_is_named_and_the_others_go_on(gmail, handle, rule, caplog):
    rule(processed_label="Spam")
    rule(config_name="Birch", sender_filter="birch")
    bad, good = gmail.add(orders(1)), gmail.add(mail(("b.csv", b"b"), sender="x@birch.example"))
    assert handle().failed == 1
    assert "Gmail makes no label 'Spam'" in caplog.text and "dba.tinboxconfig" in caplog.text
    assert (gmail.names_of(bad), gmail.names_of(good)) == ({"INBOX"}, {"Processed"})


def test_labels_are_known_in_upper_and_lower_case(gmail, handle, rule):
    rule()
    gmail.labels["Label_9"] = "processed"
    mail_id = gmail.add(orders(1))
    assert handle().failed == 0 and gmail.names_of(mail_id) == {"processed"}


def test_no_active_rule_touches_no_mail(gmail, handle):
    gmail.add(orders(1))
    with pytest.raises(Exception, match="no active rule"):
        handle()
    assert {call.method for call in gmail.log} == {"GET"}


def test_the_quota_is_kept_once_gmail_has_refused(gmail, handle, rule, watcher):
    rule()
    gmail.units_per_second = 250
    for number in range(100):
        gmail.add(mail(sender="news@digest.example", message_id=f"<{number}@x>"))
    assert "100 seen, 0 processed, 100 unmatched" in handle().message
    refused = sum(call.status == 429 for call in gmail.log)
    assert refused < 200, "every call runs into the limit"


def test_from_a_table_row_to_the_mail_in_sql(gmail, handle, rule, settings, connect_as, database):
    rule()
    feed = Feed(settings, connect_as)
    feed.configure()
    gmail.add(orders(7))
    handle()
    assert feed.run().done == 1
    query = (
        'SELECT feed."order", message.message_key, attachment.sha256 = file.sha256, file.source FROM feeds.orders AS feed'
        " JOIN dba.timportfile AS file USING (datasetid) JOIN dba.tinboxattachment AS attachment USING (inboxattachmentid)"
        " JOIN dba.tinboxmessage AS message USING (inboxmessageid)"
    )
    ((order, key, same, source),) = rows(database, query)
    assert (order, key, same) == ("7", "<7@x>", True) and "<7@x>" in source


def test_a_login_with_too_small_a_scope_is_refused_before_any_mail_is_read(gmail, handle, rule, settings):
    rule()
    gmail.write_login(settings.gmail_token, scope=READONLY)
    gmail.add(orders(1))
    with pytest.raises(AuthError, match=r"may not move mail.*gmail\.modify"):
        handle()
    assert gmail.log == []


def test_a_scope_that_google_took_back_is_said_so(gmail, handle, rule, settings):
    rule()
    gmail.add(orders(1))
    gmail.access = {token: (until, READONLY) for token, (until, _) in gmail.access.items()}
    with pytest.raises(AuthError, match=re.escape("test_oauth_gmail_headless.py")):
        handle()
