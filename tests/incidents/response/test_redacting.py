"""What a reader of foreign texts does not get to see."""

import pytest

from incidents.detection.alert_texts import kept_key, kept_text, kept_url
from incidents.response.redacting import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to Eva.Berg+x@mail.example.com now", "write to [e-mail hidden] now"),
        ("eva (at) example.com", "[e-mail hidden]"),
        ("call +47 912 34 567 or 0049-89-123456", "call [phone hidden] or [phone hidden]"),
        ("card 4111 1111 1111 1111 was charged", "card [card hidden] was charged"),
        ("pay DE89 3704 0044 0532 0130 00 please", "pay [bank account hidden] please"),
        ("my password: hunter2!", "my [secret hidden]"),
        ("Bearer abcdefgh12345678", "[secret hidden]"),
        ("key sk-abcdefgh12345678", "key [secret hidden]"),
        ("310 EUR for booking 48213 on 2026-11-03, flight SK 4035", None),
        ("CMP-2026-00001 and AIR-2026-0042, see /incidents/AIR-2026-0042/ or (CMP-2026-00007)", None),
        ("AIR-2026-0042 912 34 567", "AIR-2026-0042 [phone hidden]"),
        ("MAIR-2026-00421 or AIR-4791-234567", "MAIR-[phone hidden] or AIR-[phone hidden]"),
        ("on 03.11.2026 at 12:30 they said 14 days", None),
        ("under file 2026-1187, or Aktenzeichen: 2026/004711, case no. 2025-0199", None),
        (
            "call 2026-1187, in case 912 34 567, file 0171 2345678",
            "call [phone hidden], in case [phone hidden], file [phone hidden]",
        ),
    ],
)
def test_it_hides_what_tells_who_somebody_is_and_keeps_what_the_case_is_about(text, shown):
    assert redact(text) == (text if shown is None else shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Eva.Berg@mail.example.com got 3 of 40, call +47 912 34 567",
            "[e-mail hidden] got 3 of 40, call [phone hidden]",
        ),
        ("call 555-123-4567, 0171234567 or 912 34 567", "call [phone hidden], [phone hidden] or [phone hidden]"),
        ("key Zx81kQ0aPq7LmN3rT5vW9yB2cD4eF6gH", "key [secret hidden]"),
        ("key 0f3c9a7be41d28650f3c9a7be41d2865", "key [secret hidden]"),
        ("api_key=abc123 and Basic Zm9vOmJhcg==", "[secret hidden] and [secret hidden]"),
        ("value 0.034523423 above 1500000 on 10.2.33.154:9090", None),
        ("since 2026-11-28 10:11:12 in support-assistant-6d8f9c7b5d-x2x9k", None),
        ("reads \u202eesrever\x00", "reads �esrever�"),
    ],
)
def test_words_of_an_alert_keep_figures_and_machines_and_lose_people_and_keys(text, shown):
    assert kept_text(text, 200) == (text if shown is None else shown)


def test_what_was_cut_in_the_middle_of_an_address_does_not_tell_half_of_it():
    assert kept_text("failed for eva.berg@mail.exa…", 100) == "failed for …"
    assert len(kept_text("a@b.co " * 40, 100)) == 100


def test_a_link_keeps_its_way_and_loses_what_is_private():
    kept = kept_url("https://g.example.com/graph?expr=rate(x%5B5m%5D)&token=abc&to=eva@mail.example.com&empty=")
    assert kept.startswith("https://g.example.com/graph?expr=rate%28x%5B5m%5D%29&token=%5Bhidden%5D&to=%5Be-mail")
    assert kept_url("https://g.example.com/people/eva@mail.example.com") == ""


def test_a_key_that_names_a_person_becomes_a_hash_that_is_always_the_same(settings):
    assert kept_key("node/gw-1/HighErrorRate") == "node/gw-1/HighErrorRate"
    hidden = kept_key("login/eva@mail.example.com")
    assert hidden.startswith("hidden:")
    assert hidden == kept_key("login/eva@mail.example.com") != kept_key("login/eve@mail.example.com")
