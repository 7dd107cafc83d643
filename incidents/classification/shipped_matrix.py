"""The severity matrix that a new installation starts with: version 1. Admins publish their own afterwards."""

from typing import Any

from incidents.classification.matrix import AxisName, FloorReach

_AXES: tuple[tuple[AxisName, str, str, tuple[str, ...]], ...] = (
    (
        AxisName.HARM,
        "Harm",
        "What is the worst that the evidence supports?",
        (
            "None",
            "Nuisance",
            "Distress, wrong information acted on, small loss",
            "Serious loss, lost opportunity or dignity, sensitive data out",
            "Death, serious injury, child safety, grave rights violation",
        ),
    ),
    (
        AxisName.RIGHTS,
        "Rights and vulnerability",
        "Who is concerned, and in what?",
        (
            "Nobody",
            "Adults, low stakes",
            "Protected characteristic or consumer contract touched",
            "Decision on work, credit, health or law; vulnerable group",
            "Minors or people at acute risk; rights breached at scale",
        ),
    ),
    (
        AxisName.SCALE,
        "Scale",
        "How many people were harmed, or else met it?",
        ("0", "1–9", "10–999", "1,000–99,999", "100,000 or more"),
    ),
    (
        AxisName.IRREVERSIBILITY,
        "Irreversibility",
        "Can it be undone?",
        (
            "Undoes itself",
            "Corrected by us",
            "Needs a remedy",
            "Copies out of reach, published",
            "Permanent",
        ),
    ),
    (
        AxisName.SPREAD,
        "Spread",
        "How many more meet it now? Measured rate × volume.",
        ("Stopped", "Residual", "Under 10 a day", "10–999 a day or rising", "1,000 a day or more, viral"),
    ),
    (
        AxisName.CONFIDENCE,
        "Confidence",
        "How sure is it that our AI system causes it?",
        ("Excluded", "Suspected", "Likely", "Established"),
    ),
)
_FLOORS: tuple[tuple[str, str, str, FloorReach], ...] = (
    ("F1", "Death or serious injury is suspected", "SEV1", FloorReach.HARM_ONLY),
    ("F2", "Sexual content with a minor", "SEV1", FloorReach.HARM_ONLY),
    ("F3", "A statutory duty in force was decided to apply", "SEV1", FloorReach.HARM_ONLY),
    ("F4", "A contract demands notice", "SEV2", FloorReach.ALWAYS),
    ("F5", "Press, a regulator or a court asks", "SEV2", FloorReach.ALWAYS),
    ("F6", "An identifiable person is at acute risk", "SEV1", FloorReach.ALWAYS),
)
WHY = "The matrix that airp ships."
CONTENT: dict[str, Any] = {
    "axes": [
        {"name": name.value, "title": title, "question": question, "anchors": list(anchors)}
        for name, title, question, anchors in _AXES
    ],
    "floors": [
        {"code": code, "words": words, "level": level, "reach": reach.value} for code, words, level, reach in _FLOORS
    ],
    "levels": ["SEV4", "SEV4", "SEV3", "SEV2", "SEV1"],
}
