"""One contact by press, a regulator or a court is enough: the shipped rules for them fire on what complaints count."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.complaints.channels import Channel, PriorityContact, counted_category
from incidents.detection.breaches import Breach
from incidents.detection.presets import preset
from incidents.detection.templates_shipped import CONTACTS
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers


@pytest.mark.parametrize("contact", PriorityContact.values)
def test_each_of_them_has_a_rule_under_the_category_that_its_complaints_count_as(contact):
    shipped = next(template for template in CONTACTS if template.slug == f"contact-by-{contact}")
    start = preset(f"contact-by-{contact}")
    assert start is not None
    assert start.rule["category"] == shipped.rule["category"] == counted_category("refund", contact)


@pytest.mark.django_db
def test_a_question_of_the_press_fires_as_it_is_taken_and_one_of_a_customer_does_not():
    now = timezone.now()
    threshold = makers.threshold(name="The press asks")
    fields = {"denominator_kind": "", "clear_limit": None, **preset("contact-by-press").rule}
    makers.version(threshold, now=now - timedelta(minutes=5), **fields)
    complaint(1, at=now)
    complaint(2, at=now, channel=Channel.REGULATOR)
    assert not Breach.objects.exists()
    complaint(3, at=now, channel=Channel.PRESS)
    breach = Breach.objects.get()
    assert (breach.threshold, breach.decision_due_at is None) == (threshold, False)
