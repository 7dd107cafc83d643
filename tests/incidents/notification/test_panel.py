"""The part of the incident page that shows who was told."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from airp.outbound.models import Delivery
from incidents.notification.panels import alerts_panel
from tests.incidents.notification.conftest import NOW

pytestmark = pytest.mark.django_db


def shown(incident, *, now):
    panel = alerts_panel(RequestFactory().get("/"), incident, now=now)
    return " ".join(render_to_string(panel["template"], panel["context"] | {"now": now}).split())


def test_it_shows_who_was_told_whether_it_arrived_and_who_is_next(declared, tess, mo) -> None:
    incident = declared()
    Delivery.objects.update(state="sent", sent_at=NOW, due_at=None)

    html = shown(incident, now=NOW + timedelta(minutes=1))

    assert "Ravi R." in html
    assert "Sent" in html
    assert 'Called next, if nobody acknowledges: <span class="person" title="Lee Legal">' in html
    assert "overdue" not in html


def test_it_says_so_when_the_next_call_is_overdue(declared, tess, mo) -> None:
    html = shown(declared(), now=NOW + timedelta(minutes=31))

    assert "This call is overdue" in html


def test_it_takes_two_queries(declared, tess, mo, django_assert_num_queries) -> None:
    incident = declared()
    with django_assert_num_queries(2):
        shown(incident, now=NOW)
