"""Drafts in a real browser: they save themselves, and nobody's words are lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.classification import shipped
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.declaring import Declaration, declare
from incidents.systems.models import AISystem
from reviews.postmortem.models import Review
from reviews.postmortem.opening import open_for
from tests.processes.accessibility import assert_accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def review(live, mo):
    shipped.install()
    severity = SeverityLevel.objects.get(slug="SEV2")
    system, _new = AISystem.objects.get_or_create(
        slug="support-assistant", defaults={"name": "Support", "purpose": "x"}
    )
    began = timezone.now() - timedelta(hours=3)
    incident = declare(Declaration(title="Refunds promised", system=system, severity=severity), by=mo, now=began)
    incident.triage(severity=severity, harm_kind=HarmKind.objects.first(), by=mo, now=began)
    incident.contain(by=mo, now=began, reason="Switched off")
    incident.resolve(by=mo, now=timezone.now(), reason="Fixed")
    return open_for(incident, now=timezone.now())


def test_a_draft_saves_itself_and_two_writers_lose_no_words(review, page_for, ravi, lee):
    address = f"/reviews/{review.incident.reference}/"
    first, second = page_for(ravi), page_for(lee, theme="dark", width=390)
    first.goto(address)
    second.goto(address)
    first.fill("#id_summary", "Words of Ravi")
    first.wait_for_selector("#draft-state:has-text('by Ravi Responder')")
    assert Review.objects.get(pk=review.pk).summary == "Words of Ravi"

    second.fill("#id_summary", "Words of Lee")
    second.wait_for_selector("#draft-state:has-text('Words of Ravi')")
    assert second.input_value("#id_summary") == "Words of Lee"
    assert_accessible(second)
    second.click("text=Save mine instead")
    second.wait_for_selector("#draft-state:has-text('by Lee Legal')")
    assert Review.objects.get(pk=review.pk).summary == "Words of Lee"


def test_submitting_takes_the_last_words_along(review, page_for, ravi):
    page = page_for(ravi)
    page.goto(f"/reviews/{review.incident.reference}/")
    page.fill("#factors textarea", "The prompt had no owner")
    page.click("text=Add factor")
    page.wait_for_selector("#factors tbody")
    page.fill("#id_summary", "Last words")
    page.click("text=Submit for sign-off")
    page.wait_for_selector("text=Awaiting sign-off")
    stored = Review.objects.get(pk=review.pk)
    assert (stored.state, stored.summary) == ("submitted", "Last words")
    assert_accessible(page)
