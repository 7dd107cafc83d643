"""The lane rules and gates that a new installation starts with. Admins change them afterwards."""

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.coordination.lane_rules import LaneGate, LaneRule, Needs
from incidents.response.lanes import Lane

HOUR = 60
# Within a working day
SAME_DAY = 8 * HOUR
# Level -> lane -> minutes
RULES: dict[str, dict[Lane, int]] = {
    "SEV1": {Lane.TECHNICAL: 15, Lane.LEGAL: 15, Lane.POLICY: 15, Lane.COMMUNICATIONS: 30},
    "SEV2": {Lane.TECHNICAL: 30, Lane.LEGAL: 2 * HOUR, Lane.POLICY: 2 * HOUR, Lane.COMMUNICATIONS: 2 * HOUR},
    "SEV3": {Lane.TECHNICAL: 4 * HOUR, Lane.POLICY: SAME_DAY},
}
# What readers were told, or may have been
EDITORIAL_KINDS = ("false_information", "rights_infringement", "abusive_content")
EDITORIAL = {"SEV1": 30, "SEV2": 2 * HOUR, "SEV3": SAME_DAY}
# Moderate as it is, the kind has a legal side
LEGAL_KINDS = (
    *("discrimination", "vulnerable_person", "dangerous_help", "unsafe_advice"),
    *("unauthorised_commitment", "data_exposure", "rights_infringement"),
)
GATES: tuple[tuple[Lane, Lane, Needs, str, str], ...] = (
    (Lane.LEGAL, Lane.TECHNICAL, Needs.ENGAGED, "SEV2", "the legal view rests on what the system really did."),
    (Lane.EDITORIAL, Lane.LEGAL, Needs.ENGAGED, "SEV2", "a correction or retraction can have legal consequences."),
    (Lane.COMMUNICATIONS, Lane.LEGAL, Needs.SETTLED, "SEV2", "what people are told must stand legally."),
    (Lane.COMMUNICATIONS, Lane.POLICY, Needs.SETTLED, "SEV1", "what people are told must agree with our policy."),
)


def install() -> int:
    """Add the shipped rules and gates, unless there are rules already; return how many were added."""
    if LaneRule.objects.exists() or LaneGate.objects.exists():
        return 0
    levels = {level.slug: level for level in SeverityLevel.objects.all()}
    kinds = {kind.slug: kind for kind in HarmKind.objects.all()}
    wanted: list[tuple[str, str, Lane, int]] = [
        *((level, "", lane, minutes) for level, lanes in RULES.items() for lane, minutes in lanes.items()),
        *((level, kind, Lane.EDITORIAL, minutes) for level, minutes in EDITORIAL.items() for kind in EDITORIAL_KINDS),
        *(("SEV3", kind, Lane.LEGAL, SAME_DAY) for kind in LEGAL_KINDS),
    ]
    rules = [
        LaneRule.objects.create(severity=levels[level], harm_kind=kinds.get(kind), lane=lane, within_minutes=minutes)
        for level, kind, lane, minutes in wanted
        if level in levels and (not kind or kind in kinds)
    ]
    gates = [
        LaneGate.objects.create(lane=lane, first=first, needs=needs, severity=levels[level], reason=reason)
        for lane, first, needs, level, reason in GATES
        if level in levels
    ]
    return len(rules) + len(gates)
