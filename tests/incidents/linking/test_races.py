"""Two people at the same moment, with real transactions: exactly one wins, and nobody waits in a ring."""

import threading

import pytest
from django.db import connections

from incidents.linking.merge import Merge
from incidents.linking.merging import merge
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.states import State
from incidents.response.verification import verify_timeline
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 6


def race(*acts) -> tuple[int, list[BaseException]]:
    """How many of the acts were done, and what else than a refusal they met."""
    gate, done, troubles = threading.Barrier(len(acts)), [], []

    def run(act) -> None:
        try:
            gate.wait(timeout=5)
            act()
            done.append(act)
        except Refusal:
            pass
        except BaseException as error:  # noqa: BLE001 - told to the test below
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return len(done), troubles


def test_merging_crosswise_merging_elsewhere_or_ending_exactly_one_wins(now, tess, ravi, mo):
    def merging(duplicate, survivor, by):
        return lambda: merge(Incident(pk=duplicate.pk), Incident(pk=survivor.pk), by=by, now=now)

    for turn in range(TURNS):
        one, two, three = (cases.incident(now=now, state=State.CONTAINED) for _n in range(3))
        rivals = (
            merging(one, two, tess),
            lambda one=one: Incident.objects.get(pk=one.pk).resolve(by=ravi, now=now, reason="Mended."),
            merging(one, three, mo),
        )
        crosswise = (merging(one, two, tess), merging(two, one, mo))
        acts = crosswise if turn % 2 else (rivals[0], rivals[1 + turn // 2 % 2])
        assert race(*acts) == (1, [])
        assert Merge.objects.filter(duplicate__in=[one, two]).count() <= 1
        assert all(verify_timeline(each) == [] for each in (one, two, three))


def test_a_complaint_that_is_attached_meanwhile_is_never_lost_with_the_duplicate(now, tess, mo):
    system = makers.system()
    cases.assistant()
    for turn in range(TURNS):
        one, two = (cases.incident(now=now, system=system) for _n in range(2))
        late, there = (complaint(f"{turn}/{name}", at=now, system=system) for name in ("late", "there"))
        there.attach_to_incident(one, by=tess, now=now)
        _done, troubles = race(
            lambda one=one, two=two: merge(one, two, by=mo, now=now),
            lambda late=late, one=one: late.attach_to_incident(one, by=tess, now=now),
            lambda there=there: there.answer_with(text="Paid.", by=tess, now=now),
        )
        assert troubles == []
        late.refresh_from_db()
        one.refresh_from_db()
        is_merged = one.merged_into_id is not None
        assert late.incident_id in ({None, two.pk} if is_merged else {None, one.pk})
