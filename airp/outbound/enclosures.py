"""One-time links that a text carries: kept apart from it, put in when it leaves, and forgotten once it has.

The text itself may be shown to who puts a failed delivery back; its links are for the recipient alone.
"""

from collections.abc import Sequence

# Stands in the text where a link goes. Pages show it as it is.
ENCLOSED = "\u27e6one-time link, only in the mail\u27e7"


def enclose(links: Sequence[str]) -> str:
    """The links of a text in the form in which a delivery keeps them."""
    return "\n".join(links)


def with_enclosures(text: str, enclosure: str) -> str:
    """The text as it leaves: each mark replaced by its link, in order."""
    for link in enclosure.splitlines():
        text = text.replace(ENCLOSED, link, 1)
    return text
