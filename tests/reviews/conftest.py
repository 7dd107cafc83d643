"""An incident that was resolved, and its review in each state."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.classification import shipped
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.timeline import react_to_next
from incidents.systems.models import AISystem
from reviews.postmortem.actions import Assignment
from reviews.postmortem.drafting import Texts
from reviews.postmortem.models import Action, Review

# A Thursday.
DECLARED = datetime(2026, 11, 12, 13, 2, tzinfo=UTC)
RESOLVED = DECLARED + timedelta(hours=3)
LATER = RESOLVED + timedelta(hours=1)
TEXTS = Texts(
    summary="The assistant promised refunds against policy.",
    what_happened="A new model version went live. It promised refunds.",
    impact="41 customers were promised money.",
    what_slowed_us="Nobody knew who owned the prompt.",
)


def react(now=LATER):
    """Draw every waiting consequence, as the worker does."""
    while react_to_next(now=now):
        pass


@pytest.fixture
def levels(db):
    shipped.install()
    return {level.slug: level for level in SeverityLevel.objects.all()}


@pytest.fixture
def resolved(levels, mo):
    """A maker of incidents that went from declared to resolved, three hours later."""

    def make(severity="SEV2", title="Refunds promised against policy", **fields) -> Incident:
        system, _new = AISystem.objects.get_or_create(
            slug="support-assistant", defaults={"name": "Support assistant", "purpose": "Answers customers."}
        )
        incident = declare(
            Declaration(title=title, system=system, severity=levels[severity], **fields), by=mo, now=DECLARED
        )
        kind = HarmKind.objects.get(slug="unauthorised_commitment")
        incident.triage(severity=levels[severity], harm_kind=kind, by=mo, now=DECLARED + timedelta(minutes=5))
        incident.contain(by=mo, now=DECLARED + timedelta(hours=1), reason="Switched to the old model")
        incident.resolve(by=mo, now=RESOLVED, reason="The prompt names the refund policy again")
        return incident

    return make


@pytest.fixture
def incident(resolved):
    return resolved()


@pytest.fixture
def draft(incident) -> Review:
    """The review as it opens by itself."""
    react()
    return Review.objects.get(incident=incident)


@pytest.fixture
def written(draft, ravi) -> Review:
    """A draft that says all it must."""
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=draft.version)
    draft.add_factor(text="The evaluation set held no refund questions.", by=ravi, now=LATER)
    return draft


@pytest.fixture
def submitted(written, ravi) -> Review:
    written.submit(by=ravi, now=LATER)
    return written


@pytest.fixture
def signed_off(submitted, mo) -> Review:
    submitted.sign_off(by=mo, now=LATER, expected=submitted.version)
    return submitted


@pytest.fixture
def action(draft, ravi, tess) -> Action:
    """An open action that Tess owes."""
    due = (LATER + timedelta(days=7)).date()
    assignment = Assignment(what="Add refund questions to the evaluation", kind="detective", owner=tess, due_date=due)
    return Action.add(draft, assignment=assignment, by=ravi, now=LATER)


def kinds(incident):
    """The kinds on the timeline, in their order."""
    return list(incident.timeline.order_by("seq").values_list("kind", flat=True))
