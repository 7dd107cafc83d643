"""What changed between two texts, line by line. Pure rules."""

from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 2  # unchanged lines that are shown beside a change


@dataclass(frozen=True, slots=True)
class Line:
    """`kind` is same, added, removed or gap."""

    kind: str
    text: str = ""


def differences(before: str, after: str) -> list[Line]:
    """The lines of both, with long unchanged stretches left out."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        if lines or group[0][1] > 0:
            lines.append(Line("gap"))
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                lines += [Line("same", text) for text in old[a1:a2]]
            else:
                lines += [Line("removed", text) for text in old[a1:a2]]
                lines += [Line("added", text) for text in new[b1:b2]]
    return lines
