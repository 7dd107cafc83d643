"""The demo's rota makes sense on whatever day the demo is made."""

from datetime import UTC, datetime, timedelta

import pytest

from airp.local.seed import on_call, people
from incidents.classification.shipped import install
from incidents.notification.rota.answering import on_call_now
from incidents.notification.rota.records import RotaOverride
from incidents.systems.models import AISystem

pytestmark = pytest.mark.django_db
THURSDAY, SUNDAY = datetime(2026, 11, 26, 8, tzinfo=UTC), datetime(2026, 11, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize("now", [THURSDAY, SUNDAY], ids=["Thursday", "Sunday"])
def test_somebody_stands_in_for_whoever_has_the_week(now):
    install()
    AISystem.objects.create(slug="candidate-ranker", name="Candidate ranker", purpose="Ranks.")
    everybody = people.install()
    rota = on_call.install(everybody, now=now)
    span = RotaOverride.objects.get()
    before = on_call_now(rota.pk, now=span.starts_at - timedelta(minutes=1))
    assert before not in {None, span.person_id}
    assert on_call_now(rota.pk, now=span.starts_at) == span.person_id
    [away] = [person for person in everybody.values() if person.pk == before]
    assert span.reason.startswith(away.name.split()[0])
