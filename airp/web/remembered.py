"""Parts of pages that are drawn once for the same content, in whatever page and for whomever they are drawn.

The key is everything that the part can print: its values with their types, the language and the time zone. A part
gets neither the request nor the person, so what it prints for one can never be meant for another. It may not tell
distances from now: those come as finished values.
"""

from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# About 4 MiB of rows of the usual size
MOST_PARTS = 4096
Content = tuple[tuple[str, type, object], ...]


def part(template: str, values: Mapping[str, object]) -> SafeString:
    """The partial of a template (`page.html#row`) with these values, all of which must be hashable."""
    content = tuple((name, type(value), value) for name, value in values.items())
    return _part(template, content, get_language(), timezone.get_current_timezone())


@lru_cache(maxsize=MOST_PARTS)
def _part(template: str, content: Content, _language: str | None, _zone: tzinfo) -> SafeString:
    """The types are in the key because safe markup and the same characters as text are equal, but drawn differently."""
    return render_to_string(template, {name: value for name, _type, value in content})
