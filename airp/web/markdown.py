"""Markdown of people: formatted, without images, headings, raw HTML or anything that acts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


def _heading_open(renderer: object, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    """A heading inside a note would break the page's own order of headings: it becomes a bold line."""
    return "<p><strong>"


def _heading_close(renderer: object, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    return "</strong></p>\n"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True})
    parser.enable(["linkify", "table", "strikethrough"])
    parser.add_render_rule("heading_open", _heading_open)
    parser.add_render_rule("heading_close", _heading_close)
    return parser


_PARSER = _parser()


@lru_cache(maxsize=512)
def to_html(text: str) -> SafeString:
    """Safe HTML inside a wrapper in which htmx does nothing. Entries never change, so the latest are remembered."""
    drawn = _PARSER.render(text)
    clean = nh3.clean(
        drawn, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="nofollow noopener noreferrer"
    )
    return mark_safe(f'<div class="prose" hx-disable>{clean}</div>')  # noqa: S308 - cleaned by nh3
