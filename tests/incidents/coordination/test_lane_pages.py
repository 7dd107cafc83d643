"""Lanes on the incident page and their own, and the rules that admins keep, without a script."""

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from incidents.coordination.lane_panel import lanes_panel
from incidents.coordination.lane_rules import LaneRule
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.coordination.makers import incident, lane

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def address(incident, name, step=""):
    return reverse(f"incidents:lane{'_' if step else ''}{step}", args=[incident.reference, name])


def test_the_panel_takes_one_query_and_shows_five_lanes(now, lee, ravi, django_assert_num_queries):
    one = incident(now=now)
    lane(one, "legal").engage(lead=lee, by=lee, now=now)
    lane(one, "legal").wait(what="The logs", person=ravi, by=lee, now=now)
    request = RequestFactory().get("/")
    request.user = lee
    with django_assert_num_queries(1):
        panel = lanes_panel(request, one, now=now)
    rows = {row["id"]: row for row in panel["context"]["rows"]}
    assert list(rows) == ["technical", "legal", "policy", "editorial", "communications"]
    assert (panel["context"]["left"], rows["editorial"]["is_there"], rows["legal"]["resume"]) == (4, False, True)
    assert (rows["technical"]["engage"], rows["editorial"]["engage"]) == (False, False)


def test_a_press_in_the_panel_engages_the_lane_and_answers_the_panel(lee, tess, client_for):
    one = incident(now=timezone.now())
    page = client_for(lee).get(reverse("incidents:incident", args=[one.reference])).content.decode()
    assert address(one, "legal", "engagement") in page and address(one, "policy", "engagement") not in page
    pressed = client_for(lee).post(address(one, "legal", "engagement"), {"lead": lee.pk}, **HTMX)
    assert pressed.status_code == 200 and 'id="lanes"' in pressed.content.decode()
    assert "<html" not in pressed.content.decode() and lane(one, "legal").lead == lee
    refused = client_for(tess).post(address(one, "policy", "engagement"), {"lead": tess.pk}, **HTMX)
    assert "belongs to the lane policy" in refused.headers["HX-Trigger"]
    assert lane(one, "policy").state == "not_engaged"


def test_the_page_of_a_lane_keeps_refused_words_and_leads_back_when_a_step_is_taken(lee, ravi, client_for):
    one = incident(now=timezone.now())
    client = client_for(lee)
    assert client.post(address(one, "legal", "engagement"), {"lead": lee.pk}).status_code == 302
    refused = client.post(address(one, "legal", "settlement"), {"outcome": "Kept words."})
    assert refused.status_code == 422
    assert "Kept words." in refused.content.decode() and "before technical is engaged" in refused.content.decode()
    asked = {"what": "The logs of Monday", "from_lane": "technical"}
    assert client.post(address(one, "legal", "waiting"), asked).status_code == 302
    shown = client.get(address(one, "legal")).content.decode()
    assert "The logs of Monday" in shown and "Legal waits for Technical" in shown
    assert client.get(address(one, "nonsense")).status_code == 404
    reader = client_for(ravi).get(address(one, "legal")).content.decode()
    assert address(one, "legal", "settlement") not in reader


def test_lanes_of_a_restricted_incident_do_not_exist_for_outsiders(now, lee, client_for):
    hidden = incident(now=now, visibility=Visibility.RESTRICTED)
    client = client_for(lee)
    assert client.get(address(hidden, "legal")).status_code == 404
    assert client.post(address(hidden, "legal", "engagement"), {"lead": lee.pk}).status_code == 404
    assert lane(hidden, "legal").state == "not_engaged"


def test_admins_start_with_the_shipped_rules_and_everybody_reads_them(ada, tess, client_for):
    cases.assistant()
    url = reverse("incidents:lane_rules")
    assert "An admin can add them." in client_for(tess).get(url).content.decode()
    assert client_for(tess).post(reverse("incidents:lane_rules_shipped")).status_code == 403
    client_for(ada).post(reverse("incidents:lane_rules_shipped"))
    count = LaneRule.objects.count()
    client_for(ada).post(reverse("incidents:lane_rules_shipped"))
    assert LaneRule.objects.count() == count > 0
    page = client_for(tess).get(url).content.decode()
    assert "what people are told must stand legally" in page
    assert ">15 min<" in page and ">8 h 00 min<" in page
    assert client_for(ada).get(reverse("admin:incidents_lanerule_changelist")).status_code == 200
