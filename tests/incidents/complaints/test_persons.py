"""Who counts as one person, and the codes to follow a complaint."""

from incidents.complaints.persons import code_of, digest_of_code, new_code, new_ticket, normalised, person_hash


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
