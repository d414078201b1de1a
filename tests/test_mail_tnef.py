"""Outlook's winmail.dat: its files come out of it; a damaged one is said to be so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_builders import mail, winmail
from mail_parts import parse_mail


def attachments(*files):
    return parse_mail(mail(*files)).attachments


def test_files_come_out_of_winmail_dat_and_no_part_changes_its_number():
    packed = winmail(("orders.csv", b"a,b\n"), ("prices.xlsx", b"PK"))
    found = attachments(("first.csv", b"1"), ("winmail.dat", packed), ("last.csv", b"2"))
    assert [(one.number, one.name, one.content, one.damage) for one in found] == [
        (3, "first.csv", b"1", None), (5, "last.csv", b"2", None), (6, "orders.csv", b"a,b\n", None), (7, "prices.xlsx", b"PK", None),
    ]  # fmt: skip


def test_two_winmail_dat_have_numbers_of_their_own():
    found = attachments(("winmail.dat", winmail(("a.csv", b"a,a"))), ("winmail.dat", winmail(("b.csv", b"b,b"))))
    assert [(one.number, one.name) for one in found] == [(5, "a.csv"), (6, "b.csv")]


def test_a_winmail_dat_without_files_is_no_attachment():
    assert attachments(("winmail.dat", winmail())) == ()


def test_a_file_that_is_only_called_winmail_dat_is_kept_as_it_is():
    (found,) = attachments(("winmail.dat", b"hello"))
    assert (found.content, found.damage) == (b"hello", None)


@given(st.data())
def test_a_cut_off_or_changed_winmail_dat_never_gives_wrong_bytes_in_silence(data):
    whole = winmail(("orders.csv", b"order,price\n" * 20))
    if data.draw(st.booleans()):
        broken = whole[: data.draw(st.integers(40, len(whole) - 12))]
    else:
        at = data.draw(st.integers(whole.index(b"order,price"), len(whole) - 3))
        broken = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    for one in attachments(("winmail.dat", broken)):
        assert one.damage


def test_a_hostile_number_of_pieces_is_refused_quickly():
    packed = winmail() + b"\1\0\0\0\0\0\0\0\0\0\0" * 300_000
    (found,) = attachments(("winmail.dat", packed))
    assert "pieces" in found.damage


@pytest.mark.parametrize("junk", [b"\x78\x9f\x3e\x22", b"\x78\x9f\x3e\x22" + b"\xff" * 500])
def test_junk_behind_the_signature_raises_nothing(junk):
    assert all(one.damage for one in attachments(("winmail.dat", junk)))
