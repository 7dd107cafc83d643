"""Drills are marked wherever they are listed, take nothing real, and nothing of them leaves the house."""

import pytest
from django.utils import timezone

from airp.outbound.endpoints import EVENT_TYPES, AllowedHost, Endpoint
from airp.outbound.models import Delivery
from incidents.complaints.complaint import Complaint
from incidents.response.models import Incident, IncidentKind
from incidents.response.refusals import WrongState
from incidents.response.states import State
from incidents.systems.models import Ownership
from tests.incidents import cases
from tests.incidents.answering import LIKELY, NEAR_MISS, SERIOUS, answered, answers
from tests.incidents.complaints.makers import complaint
from tests.incidents.linking.conftest import draw
from tests.incidents.reports.makers import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def watched(ravi):
    """The system with an owner, and an endpoint that hears of everything."""
    system = cases.assistant()
    Ownership.objects.create(system=system, person=ravi)
    AllowedHost.objects.create(name="hooks.example.com", reason="Pager.")
    Endpoint.objects.create(name="Pager", url="https://hooks.example.com/airp", types=list(EVENT_TYPES))
    return system


@pytest.mark.parametrize(("kind", "hooks"), [(IncidentKind.DRILL, 0), (IncidentKind.LIVE, 1)])
def test_other_systems_hear_nothing_of_a_drill_and_our_own_people_read_that_it_is_one(watched, new, now, kind, hooks):
    drill = new(kind=kind)
    draw(now)
    sent = list(Delivery.objects.all())
    assert len([each for each in sent if each.endpoint_id]) == hooks
    mails = [each for each in sent if not each.endpoint_id]
    assert mails
    for mail in mails:
        assert mail.subject.startswith("[Drill] ") == (kind == IncidentKind.DRILL)
        assert ("This is a drill" in mail.body) == (kind == IncidentKind.DRILL)
        assert drill.reference in mail.subject


def test_a_drill_is_declared_by_the_form_and_marked_on_every_list(new, now, client_for, tess):
    system = cases.assistant()
    client = client_for(tess)
    assert 'value="drill" id="id_kind_1"' in client.get("/declare/?kind=drill&title=Drill").content.decode()
    given = {"ticket": "1", "title": "Fire drill", "system": system.pk, "visibility": "normal"}
    given |= {"severity": cases.level("SEV2").pk}
    assert client.post("/declare/", given | {"kind": "drill"}).status_code == 302
    drill, live = Incident.objects.get(), new(title="Real one")
    assert (drill.kind, live.kind) == ("drill", "live")
    near_miss = new(title="Nearly", state=State.TRIAGED)
    said = answered(answers(SERIOUS, LIKELY, happened=NEAR_MISS), reason="As seen.")
    near_miss.assess(answered=said, to=near_miss.severity, by=tess, now=now)
    for kind, titles in (("drill", {"Fire drill"}), ("live", {"Real one", "Nearly"}), ("near_miss", {"Nearly"})):
        rows = client.get(f"/?kind={kind}").context["rows"]
        assert {row["title"] for row in rows} == titles
    page = client.get("/").content.decode()
    assert page.count("<b>drill</b>") == page.count("near miss") == 1
    assert "This is a drill." in client.get(f"/incidents/{drill.reference}/").content.decode()
    assert "This is a drill." not in client.get(f"/incidents/{live.reference}/").content.decode()


def test_nothing_real_is_attached_to_a_drill(new, now, tess):
    drill = new(kind=IncidentKind.DRILL)
    told = complaint(at=now, system=drill.system)
    for attach in (
        lambda: told.attach_to_incident(drill, by=tess, now=now),
        lambda: report(at=now, system=drill.system).attach_to(drill, by=tess, now=now),
    ):
        with pytest.raises(WrongState, match="is a drill"):
            attach()
    assert Complaint.objects.get().state == "new"
