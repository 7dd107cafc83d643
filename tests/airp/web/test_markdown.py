"""Markdown and hostile text: formatting stays, nothing acts."""

import pytest
from django.template import Context, Template

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '<a href="javascript:alert(1)">x</a>',
    "<b hx-get='/incidents/' hx-trigger='load'>x</b>",
    "<form action='/sign-out/'><button>x</button></form>",
    "<style>*{display:none}</style>",
    "<iframe src='//evil.example'></iframe>",
    "![x](https://evil.example/pixel.png)",
    "<svg/onload=alert(1)>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    '[x](https://ok.example "onmouseover=alert(1)")',
    "<details open ontoggle=alert(1)>",
]


def draw(text: str) -> str:
    return Template("{{ text|markdown }}").render(Context({"text": text}))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_hostile_markdown_acts(text):
    drawn = draw(text).replace("&lt;", "‹")
    tags = drawn.split("<")[1:]
    names = {tag.lstrip("/").split()[0].split(">")[0].lower() for tag in tags}
    assert names <= {"div", "p", "a"}, names
    inside = " ".join(tag.split(">")[0] for tag in tags)
    for banned in (" on", "javascript:", "data:", "hx-get", "src=", "style="):
        assert banned not in inside.replace('title="onmouseover', "title=").lower(), (banned, inside)


def test_links_do_not_pass_trust_on():
    assert 'rel="nofollow noopener noreferrer"' in draw("see https://example.com/trace")


def test_formatting_of_people_is_kept():
    drawn = draw("**bold** and `code`\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in ("<strong>bold</strong>", "<code>code</code>", "<li>one</li>", "<td>1</td>"):
        assert part in drawn


def test_a_heading_does_not_enter_the_page_outline():
    drawn = draw("# Loud")
    assert "<h1" not in drawn
    assert "<p><strong>Loud</strong></p>" in drawn


def test_htmx_is_off_around_the_text():
    assert draw("x").startswith('<div class="prose" hx-disable>')


def test_no_text_draws_an_empty_block():
    assert Template("{{ text|markdown }}").render(Context({"text": None})) == '<div class="prose" hx-disable></div>'
