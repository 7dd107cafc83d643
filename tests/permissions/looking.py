"""Reading an answer as somebody who looks for what they should not see."""

from typing import Any
from urllib.parse import quote

from tests.permissions.hiding import HIDDEN, Hidden


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode(errors="replace")) + str(dict(response.headers))


def hits(page: str, hidden: Hidden, *, asked: str = "") -> list[str]:
    """Where words or numbers of the hidden incident stand, beside what was asked for by its own address."""
    for said in sorted({asked, quote(asked), asked.split("?")[0]} - {"", "/"}, key=len, reverse=True):
        page = page.replace(said, "")
    low = page.lower()
    places = (low.find(name.lower()) for name in (HIDDEN, *hidden.names))
    return [page[max(0, at - 50) : at + 50] for at in places if at >= 0]
