"""Hostile text stays readable: what cannot be seen is named."""

import pytest

from airp.web.visible import one_line, visible


@pytest.mark.parametrize(
    ("character", "sign"),
    [
        ("\u202e", "[U+202E]"),
        ("\u200b", "[U+200B]"),
        ("\u2066", "[U+2066]"),
        ("\ufeff", "[U+FEFF]"),
        ("\x1b", "[U+001B]"),
        ("\U000e0041", "[U+E0041]"),
        ("\u00ad", "[U+00AD]"),
    ],
)
def test_an_unseen_character_is_shown_as_a_sign(character, sign):
    shown = visible(f"refund{character}granted")
    assert sign in shown
    assert character not in shown


def test_markup_is_text():
    shown = visible("<b hx-get='/x'>now</b>")
    assert "&lt;b hx-get" in shown
    assert "<b " not in shown


def test_lines_and_tabs_stay():
    assert "one\ntwo\tthree" in visible("one\r\ntwo\tthree")


def test_direction_and_htmx_end_with_the_text():
    assert visible("x").startswith('<bdi class="hostile" hx-disable>')


def test_letters_of_other_scripts_stay_as_they_are():
    assert "مرحبا नमस्ते 你好 é" in visible("مرحبا नमस्ते 你好 é")


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\ufeff", "\x1b", "\x00", "\n", "\U000e0041"])
def test_a_title_is_one_line_that_turns_and_hides_nothing(character):
    assert one_line(f" refund{character}granted ") == "refund granted"


def test_a_title_keeps_what_languages_and_emoji_need():
    words = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f52c \u2764\ufe0f"
    assert one_line(words) == words
