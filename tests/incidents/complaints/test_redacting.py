"""What a reader does not get to see, and who counts as one person."""

import pytest

from incidents.complaints.persons import code_of, digest_of_code, new_code, new_ticket, normalised, person_hash
from incidents.complaints.redacting import redact


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
        ("on 03.11.2026 at 12:30 they said 14 days", None),
    ],
)
def test_it_hides_what_tells_who_somebody_is_and_keeps_what_the_case_is_about(text, shown):
    assert redact(text) == (text if shown is None else shown)


def test_one_person_is_one_however_the_address_is_written(settings):
    assert normalised(" Eva@Example.COM ") == normalised("eva@example.com")
    assert person_hash("0047 912 34 567") == person_hash("+47 (912) 34-567")
    assert person_hash("") == ""
    before = person_hash("eva@example.com")
    assert before != person_hash("eve@example.com")
    assert "eva" not in before
    settings.PERSON_KEY = "another key"
    assert person_hash("eva@example.com") != before


def test_a_code_follows_from_its_ticket_and_is_found_however_it_is_typed():
    ticket, other = new_ticket(), new_ticket()
    assert code_of(ticket) == code_of(ticket) != code_of(other)
    code = new_code()
    assert digest_of_code(f" {code[:8].upper()}-{code[8:]}") == digest_of_code(code)
    assert digest_of_code("../etc/passwd") is None
