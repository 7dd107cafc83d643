"""The demo's story, told through the real verbs."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from airp.accounts.models import User
from airp.local.logins import LOGINS, PASSWORD
from airp.local.seed.complaints import PAST
from airp.outbound.models import Delivery
from incidents.attention.mentions import Mention
from incidents.attention.pins import Pin
from incidents.complaints.complaint import Complaint
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.quality import measure
from incidents.detection.sources import SourceToken
from incidents.detection.thresholds import Threshold
from incidents.linking.link import Link
from incidents.linking.merge import Merge
from incidents.playbooks.states import TaskState
from incidents.playbooks.task import Task
from incidents.response.models import Incident, PendingReaction
from incidents.response.verification import verify_timeline
from incidents.saved_views.records import SavedView
from reviews.postmortem.models import Action, Review

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker, tmp_path_factory):
    """Told once for all that is asked of it, in one transaction that is taken back."""
    state = tmp_path_factory.mktemp("state")
    with django_db_blocker.unblock(), override_settings(STATE_DIR=state), transaction.atomic():
        with TestCase.captureOnCommitCallbacks(execute=True):
            call_command("seed_demo")
        yield state
        transaction.set_rollback(True)


# First, while nothing was seeded.
@pytest.mark.django_db
def test_it_refuses_outside_a_local_installation(settings) -> None:
    settings.IS_LOCAL = False
    with pytest.raises(CommandError, match="public password"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_it_tells_a_year_of_incidents_whose_records_hold(seeded) -> None:
    told = Incident.objects.all()

    assert told.count() == 38
    assert told.filter(state="dismissed").count() == 6
    assert told.filter(reopened_count=1).count() == 2
    assert told.filter(visibility="restricted").count() == 2
    assert [flaw for incident in told for flaw in verify_timeline(incident)] == []
    assert Review.objects.exclude(state="signed_off").count() == 2
    assert Action.objects.filter(state="open", due_date__lt=timezone.localdate()).count() == 2
    assert set(told.get(state="contained").tasks.values_list("state", flat=True)) == set(TaskState)
    assert not Task.objects.filter(incident__state="closed").exclude(before="").unfinished().exists()
    assert Task.objects.filter(incident__state="closed", state="done").count() > 40


def test_the_open_incident_has_lanes_in_different_states_and_somebody_came_late(seeded) -> None:
    open_one = Incident.objects.get(state="contained")

    assert {lane.lane: lane.state for lane in open_one.lanes.all()} == {
        "technical": "engaged",
        "policy": "engaged",
        "editorial": "engaged",
        "communications": "waiting",
    }
    assert [(asked.state, asked.version) for asked in open_one.sign_offs.all()] == [("asked", 2)]
    assert open_one.decisions.get().dissents.count() == 1
    assert [lane.lane for lane in open_one.lanes.filter(late_noted_at__isnull=False)] == ["policy"]
    assert not Incident.objects.filter(state="closed", lanes__state__in=["engaged", "not_engaged"]).exists()


def test_something_came_back_something_was_merged_and_something_is_practised(seeded) -> None:
    assert sorted(Link.objects.values_list("relation", flat=True)) == ["duplicate", "recurrence"]
    assert Merge.objects.get().survivor == Incident.objects.get(state="contained")
    assert Incident.objects.get(kind="drill").state == "triaged"


def test_entries_are_pinned_people_mentioned_and_lists_have_views(seeded) -> None:
    assert {mention.person.name for mention in Mention.objects.waiting()} == {"Helene Dahl", "Kofi Mensah"}
    assert Pin.objects.standing().count() == 2
    assert sorted(SavedView.objects.values_list("viewed", "sharing")) == [
        ("board", "private"),
        ("board", "shared"),
        ("triage", "shared"),
    ]


def test_it_alerts_nobody_about_the_past(seeded) -> None:
    assert not PendingReaction.objects.exists()
    assert not Delivery.objects.exists()


def test_everybody_can_sign_in_and_the_product_has_a_private_token(seeded) -> None:
    token = seeded / "product-token"

    assert all(User.objects.get(email=login.email).check_password(PASSWORD) for login in LOGINS[:3])
    assert User.objects.get(name="Ingrid Solheim").roles == ["responder"]
    assert token.stat().st_mode & 0o777 == 0o600
    assert SourceToken.prove(token.read_text()) is not None
    assert set(Threshold.objects.values_list("mode", flat=True)) == {"active"}


def test_a_threshold_has_a_past_that_people_judged_and_a_change_that_waits(seeded) -> None:
    threshold = Threshold.objects.get(name="Wrong quotes in published summaries")
    quality = measure(threshold, now=timezone.now())

    assert (quality.breach_count, quality.true_count, quality.wrong_count) == (8, 4, 3)
    assert threshold.proposals.get().state == "waiting"


def test_a_second_run_changes_nothing(seeded) -> None:
    token = (seeded / "product-token").read_text()
    call_command("seed_demo")

    assert Incident.objects.count() == 38
    assert set(Complaint.objects.values_list("state", flat=True)) == {"new", "attached", "answered", "closed"}
    assert Complaint.objects.count() == len(PAST)
    assert list(ForeignAlert.objects.order_by("pk").values_list("occurrence_count", "breach__decision")) == [
        (2, "dismiss"),
        (2, "hold"),
    ]
    assert (seeded / "product-token").read_text() == token
