"""Which rule takes a mail: priority, reasons, and patterns that are broken or run away."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_builders import rule
from mail_models import Attachment, Mail
from mail_rules import bad_patterns, choose_rule, wanted

FILE = Attachment(2, "acme_orders.csv", "attachment_2.csv", b"a,b\n")
MAIL = Mail("<1@acme.example>", "Acme orders for today", "orders@acme.example", (FILE,))
RUNAWAY = r"(a|aa)+$"


@pytest.mark.parametrize(
    ("condition", "takes", "reason"),
    [
        ({"sender_filter": r"@acme\.example$"}, True, ""),
        ({"sender_filter": r"@ACME\.example$"}, True, ""),
        ({"sender_filter": r"@birch\.example$"}, False, "does not match sender_filter"),
        ({"subject_contains": "ORDERS for"}, True, ""),
        ({"subject_contains": "invoice"}, False, "does not contain 'invoice'"),
        ({"subject_pattern": r"orders for \w+$"}, True, ""),
        ({"subject_pattern": r"^orders"}, False, "does not match subject_pattern"),
        ({"has_attachment": True}, True, ""),
        ({"has_attachment": False}, False, "the rule wants none"),
        ({"gmail_account": "Pipeline@gmail.example"}, True, ""),
        ({"gmail_account": "other@gmail.example"}, False, "this mailbox is pipeline@gmail.example"),
    ],
)
def test_each_condition_holds_or_says_why_not(condition, takes, reason):
    only = rule(**{"sender_filter": None, **condition})
    choice = choose_rule([only], MAIL, "pipeline@gmail.example", {})
    assert (choice.rule is only) == takes
    assert takes or reason in choice.reasons["Acme"][0]


def test_a_mail_without_attachment_fails_a_rule_that_wants_one():
    choice = choose_rule([rule(has_attachment=True)], replace(MAIL, attachments=()), "x", {})
    assert choice.reasons == {"Acme": ("it has no attachment, the rule wants one",)}


def test_a_sender_that_is_not_one_address_matches_no_sender_filter():
    choice = choose_rule([rule(sender_filter="orders")], replace(MAIL, sender=""), "x", {})
    assert choice.rule is None and "no single address" in choice.reasons["Acme"][0]


@given(st.permutations([(10, 3), (10, 2), (5, 9), (20, 1)]))
def test_the_smallest_priority_then_the_smallest_number_wins_in_any_order(order):
    rules = [rule(config_id=number, config_name=f"rule {number}", priority=priority) for priority, number in order]
    choice = choose_rule(rules, MAIL, "x", {})
    assert choice.rule.config_id == 9
    assert set(choice.reasons) == {"rule 1", "rule 2", "rule 3"}
    assert all("comes first" in reasons[0] for reasons in choice.reasons.values())


def test_a_bad_pattern_turns_its_own_rule_off_and_no_other():
    rules = [rule(config_id=1, config_name="bad", subject_pattern="(", priority=1), rule(config_id=2, config_name="good")]
    off = bad_patterns(rules)
    assert list(off) == [1] and "subject_pattern '('" in off[1]
    choice = choose_rule(rules, MAIL, "x", off)
    assert choice.rule.config_name == "good" and choice.undecided == ()


def test_a_mail_that_only_a_rule_that_is_off_could_take_is_undecided():
    bad = rule(config_name="bad", subject_pattern="(")
    assert choose_rule([bad], MAIL, "x", bad_patterns([bad])).undecided == ("bad",)
    other = replace(MAIL, sender="somebody@else.example")
    assert choose_rule([bad], other, "x", bad_patterns([bad])).undecided == ()


@pytest.mark.parametrize("column", ["subject_pattern", "sender_filter", "attachment_name_pattern"])
def test_a_runaway_pattern_is_stopped_and_reported(column):
    long = "a" * 60 + "!"
    mail = replace(MAIL, subject=long, sender=long, attachments=(replace(FILE, name=long),))
    rules = [rule(**{"sender_filter": None, column: RUNAWAY}), rule(config_id=2, config_name="good", sender_filter="a")]
    start = time.monotonic()
    choice = choose_rule(rules, mail, "x", {})
    assert time.monotonic() - start < 5
    assert choice.rule.config_name == "good"
    assert list(choice.broken) == [1] and "took over 1 s" in choice.broken[1]


def test_an_attachment_name_must_fit_the_whole_pattern():
    only = rule(attachment_name_pattern=r"acme_.*\.csv")
    assert wanted(only, "acme_orders.csv") and wanted(only, "ACME_ORDERS.CSV")
    assert not wanted(only, "acme_orders.csv.exe") and not wanted(only, "old acme_orders.csv")
    assert wanted(rule(), "anything")


@given(st.text(), st.text(), st.text())
def test_any_mail_gets_the_same_choice_twice(subject, sender, name):
    mail = Mail("", subject, sender, (Attachment(1, name, "x.bin", b""),))
    rules = [rule(subject_contains="a", sender_filter=None), rule(config_id=2, config_name="b", sender_filter=r"\w@")]
    assert choose_rule(rules, mail, "x", {}) == choose_rule(rules[::-1], mail, "x", {})
