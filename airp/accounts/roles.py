"""Who may do what: roles are additive sets of capabilities.

A role names a job, a capability names one thing that a view or a domain verb asks for. The registry in
`airp/permissions.py` maps each address to a capability; the verbs of an incident name theirs in the table of
moves. Nothing else decides about rights.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A job in the response plan. A person may hold several."""

    TRIAGE = "triage", _("Triage")
    RESPONDER = "responder", _("Responder")
    EDITORIAL = "editorial", _("Editorial")
    LEGAL = "legal", _("Legal")
    POLICY = "policy", _("Policy")
    COMMUNICATIONS = "communications", _("Communications")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")
    AUDITOR = "auditor", _("Auditor")
    STAKEHOLDER = "stakeholder", _("Stakeholder")


class Capability(StrEnum):
    """One thing a person may be allowed to do."""

    PUBLIC = "public"  # no sign-in: health, sign-in pages
    TOKEN = "token"  # noqa: S105 - machines only, proven by a source's token
    SIGNED_IN = "signed_in"
    READ_STATUS = "read_status"  # what is told of an incident in plain words
    READ_INCIDENTS = "read_incidents"
    DECLARE = "declare"
    TRIAGE = "triage"
    RESPOND = "respond"
    ANNOTATE = "annotate"
    LOWER_SEVERITY = "lower_severity"
    CLOSE = "close"
    RESTRICT = "restrict"
    WRITE_REVIEW = "write_review"
    READ_REVIEWS = "read_reviews"
    SIGN_REVIEW = "sign_review"
    READ_DELIVERIES = "read_deliveries"
    RETRY_DELIVERIES = "retry_deliveries"
    CONFIGURE = "configure"
    SET_THRESHOLDS = "set_thresholds"
    APPROVE = "approve"  # from the approver flag, not from a role
    TAKE_COMPLAINTS = "take_complaints"
    IMPORT_COMPLAINTS = "import_complaints"
    REVEAL_COMPLAINTS = "reveal_complaints"
    REVEAL_SAMPLES = "reveal_samples"
    REVEAL_REPORTS = "reveal_reports"  # the words of a colleague as they were typed
    ARRANGE_ON_CALL = "arrange_on_call"
    SHARE_VIEWS = "share_views"


_OUTSIDE = frozenset({Capability.SIGNED_IN, Capability.READ_STATUS})
_READER = frozenset({Capability.SIGNED_IN, Capability.READ_STATUS, Capability.READ_INCIDENTS, Capability.READ_REVIEWS})
_COLLEAGUE = _READER | {Capability.DECLARE, Capability.ANNOTATE, Capability.TAKE_COMPLAINTS}
# Those who answer complainants read their words as they came, and how to reach them.
_ANSWERS = frozenset({Capability.REVEAL_COMPLAINTS, Capability.IMPORT_COMPLAINTS})
# Those who must judge what a system said read samples of it as they came.
_JUDGES = frozenset({Capability.REVEAL_SAMPLES})

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.TRIAGE: _COLLEAGUE
    | _ANSWERS
    | _JUDGES
    | {Capability.TRIAGE, Capability.REVEAL_REPORTS, Capability.READ_DELIVERIES, Capability.SHARE_VIEWS},
    Role.RESPONDER: _COLLEAGUE
    | _JUDGES
    | {
        Capability.TRIAGE,
        Capability.RESPOND,
        Capability.WRITE_REVIEW,
        Capability.READ_DELIVERIES,
        Capability.SHARE_VIEWS,
    },
    Role.EDITORIAL: _COLLEAGUE | _JUDGES | {Capability.WRITE_REVIEW},
    Role.LEGAL: _COLLEAGUE | _JUDGES | {Capability.WRITE_REVIEW, Capability.RESTRICT, Capability.REVEAL_COMPLAINTS},
    Role.POLICY: _COLLEAGUE | _JUDGES | {Capability.WRITE_REVIEW},
    Role.COMMUNICATIONS: _COLLEAGUE | _ANSWERS | {Capability.WRITE_REVIEW},
    Role.MANAGER: _COLLEAGUE
    | _ANSWERS
    | _JUDGES
    | {
        Capability.TRIAGE,
        Capability.REVEAL_REPORTS,
        Capability.RESPOND,
        Capability.LOWER_SEVERITY,
        Capability.CLOSE,
        Capability.RESTRICT,
        Capability.WRITE_REVIEW,
        Capability.SIGN_REVIEW,
        Capability.SET_THRESHOLDS,
        Capability.READ_DELIVERIES,
        Capability.RETRY_DELIVERIES,
        Capability.ARRANGE_ON_CALL,
        Capability.SHARE_VIEWS,
    },
    Role.ADMIN: _READER
    | {
        Capability.DECLARE,
        Capability.CONFIGURE,
        Capability.SET_THRESHOLDS,
        Capability.READ_DELIVERIES,
        Capability.RETRY_DELIVERIES,
        Capability.ARRANGE_ON_CALL,
        Capability.SHARE_VIEWS,
    },
    Role.AUDITOR: _READER | {Capability.READ_DELIVERIES},
    # Executives and support staff: they read what the team tells, not what it works on.
    Role.STAKEHOLDER: _OUTSIDE,
}


def capabilities_of(roles: list[str]) -> frozenset[Capability]:
    """All capabilities that a set of role names gives; a signed-in person without a role has only that."""
    granted: frozenset[Capability] = frozenset({Capability.SIGNED_IN})
    for role in roles:
        granted |= CAPABILITIES[Role(role)]
    return granted
