"""Rows and entries that were drawn for one person: nothing of it reaches another who may see or do less."""

from datetime import timedelta

import pytest

from incidents.response.visibility import Visibility
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db


def page(client, path="/"):
    return client.get(path).content.decode()


def test_people_in_turn_get_the_board_of_their_own_rights_and_zone(now, client_for, mo, uma):
    case = incident(now=now - timedelta(hours=2))
    uma.time_zone = "Asia/Kolkata"
    uma.save()
    for _turn in range(2):
        manager, auditor = page(client_for(mo)), page(client_for(uma))
        assert case.reference in manager
        assert case.reference in auditor
        assert f'value="{case.reference}"' in manager
        assert f'value="{case.reference}"' not in auditor
        assert "lead/mine/" in manager
        assert "lead/mine/" not in auditor
        assert " IST · " in auditor
        assert " IST · " not in manager


def test_what_became_restricted_or_changed_is_not_drawn_from_memory(now, client_for, mo, ravi):
    case = incident(now=now, title="Before")
    case.add_note(text="Only for **those** who work on it.", by=mo, now=now)
    outsider, path = client_for(ravi), f"/incidents/{case.reference}/"
    assert "Only for <strong>those</strong>" in page(outsider, path)
    assert "Before" in page(outsider)
    case.hand_over(to=mo, by=mo, now=now)
    assert "Mo Manager" in page(outsider)
    case.set_visibility(to=Visibility.RESTRICTED, reason="Names.", by=mo, now=now)
    assert outsider.get(path).status_code == 404
    assert case.reference not in page(outsider)
    assert "Only for <strong>those</strong>" in page(client_for(mo), path)
    assert case.reference in page(client_for(mo))


def test_the_timeline_tells_each_zone_its_own_time(now, client_for, mo, tess):
    case = incident(now=now)
    case.add_note(text="A note.", by=mo, now=now)
    tess.time_zone = "Asia/Kolkata"
    tess.save()
    path = f"/incidents/{case.reference}/"
    assert " IST" not in page(client_for(mo), path)
    assert " IST" in page(client_for(tess), path)
    assert " IST" not in page(client_for(mo), path)
