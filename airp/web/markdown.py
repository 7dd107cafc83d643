"""Markdown of people: formatted, without images, headings, raw HTML or anything that acts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "table", "thead", "tbody", "tr", "th", "td", "span",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
CLASSES = {"span": {"mention"}}
# Stand around the number of a name while the text is drawn; people's own are taken out before.
_OPEN, _END = "\ue000", "\ue001"
_NAME = re.compile(f"{_OPEN}(\\d+){_END}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a text that names a person: drawn as the name, marked."""

    at: int
    length: int
    name: str


def _heading_open(renderer: object, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    """A heading inside a note would break the page's own order of headings: it becomes a bold line."""
    return "<p><strong>"


def _heading_close(renderer: object, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    return "</strong></p>\n"


def _mention(renderer: object, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    return f'<span class="mention">@{escape(tokens[index].content)}</span>'


def _split_mentions(state: StateCore) -> None:
    """Names in running text become marked ones; those in code or a title are put in as plain words afterwards."""
    names: Sequence[str] = state.env.get("names", ())
    for block in state.tokens if names else ():
        if block.children:
            block.children = [part for child in block.children for part in _parts(child, names)]


def _parts(child: Token, names: Sequence[str]) -> list[Token]:
    if child.type != "text":
        return [child]
    pieces = _NAME.split(child.content)
    return [
        Token("mention", "", 0, content=names[int(piece)]) if place % 2 else Token("text", "", 0, content=piece)
        for place, piece in enumerate(pieces)
        if piece
    ]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True})
    parser.enable(["linkify", "table", "strikethrough"])
    parser.add_render_rule("heading_open", _heading_open)
    parser.add_render_rule("heading_close", _heading_close)
    parser.add_render_rule("mention", _mention)
    parser.core.ruler.push("mentions", _split_mentions)
    return parser


_PARSER = _parser()


@lru_cache(maxsize=512)
def to_html(text: str, marks: tuple[Mark, ...] = ()) -> SafeString:
    """Safe HTML inside a wrapper in which htmx does nothing. Entries never change, so the latest are remembered."""
    names = [mark.name for mark in marks]
    drawn = _PARSER.render(_with_places(text, marks) if marks else text, {"names": names})
    drawn = _NAME.sub(lambda found: escape(f"@{names[int(found[1])]}"), drawn) if marks else drawn
    clean = nh3.clean(
        drawn,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(f'<div class="prose" hx-disable>{clean}</div>')  # noqa: S308 - cleaned by nh3


def with_names(text: str, marks: Sequence[Mark]) -> str:
    """The text with its names in place of how they were typed, without any mark-up."""
    return _replaced(text, marks, [f"@{mark.name}" for mark in marks])


def _with_places(text: str, marks: Sequence[Mark]) -> str:
    """Each name as a number that Markdown leaves alone. The signs around it are nobody's but ours."""
    blank = text.translate({ord(_OPEN): " ", ord(_END): " "})
    return _replaced(blank, marks, [f"{_OPEN}{number}{_END}" for number in range(len(marks))])


def _replaced(text: str, marks: Sequence[Mark], instead: Sequence[str]) -> str:
    for mark, words in sorted(zip(marks, instead, strict=True), key=lambda pair: -pair[0].at):
        text = text[: mark.at] + words + text[mark.at + mark.length :]
    return text
