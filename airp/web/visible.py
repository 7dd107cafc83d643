"""Text of models, users and senders, shown so that nothing in it stays unseen."""

import re
import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Control characters, direction and zero-width marks, variation selectors, tag characters, private use.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ue000-\uf8ff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Of these the ones that no language needs in one line: control characters, direction marks, tag characters.
_NEVER_MEANT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)


def one_line(text: str) -> str:
    """A title as it is kept: in one line, without what would turn or hide the words beside it on every page."""
    return " ".join(_NEVER_MEANT.sub(" ", text).split())


def visible(text: str) -> SafeString:
    """Escaped text whose unseen characters stand as signs such as [U+202E]; direction stays inside."""
    marked = _UNSEEN.sub(_sign, escape(text.replace("\r\n", "\n")))
    return mark_safe(f'<bdi class="hostile" hx-disable>{marked}</bdi>')  # noqa: S308 - escaped above


def _sign(found: re.Match[str]) -> str:
    character = found.group()
    name = escape(unicodedata.name(character, "control character").lower())
    return f'<span class="sign" title="{name}">[U+{ord(character):04X}]</span>'
