"""Foreign text is made fit to be kept."""

import pytest

from airp.outbound.redaction import redact, redact_answer


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer abcdefghijklmnop",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "airp_a1b2c3d4_0123456789abcdefghij",
        '{"password": "hunter2"}',
        "api_key=hunter2",
        "eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM",
        "tess@example.com",
        "0123456789abcdef0123456789abcdef0123456789abcdef",
    ],
)
def test_secrets_and_addresses_are_hidden(secret):
    hidden = redact(f"before {secret} after")
    assert hidden.startswith("before ")
    assert "[hidden]" in hidden
    for part in ("hunter2", "abcdefghijklmnop", "MfKQ9r8G", "SflKxwRJSM", "tess@", "0123456789abcdef"):
        assert part not in hidden


def test_invisible_characters_are_made_visible():
    assert redact("a\x1b[31mb\u202ec\x00d") == "a�[31mb�c�d"


def test_answers_are_cut_at_two_kibibytes_whatever_their_bytes():
    assert len(redact_answer(b"\xff\xfe" * 9000)) <= 2048
