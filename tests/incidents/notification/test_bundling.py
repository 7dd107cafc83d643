"""Many alerts to one person are one mail that lists them all; none is dropped and urgent ones never wait."""

from datetime import timedelta

import pytest

from airp.outbound.models import Delivery
from incidents.notification.bundling import post_waiting
from incidents.notification.models import Alert
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce_all
from incidents.response.visibility import Visibility
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
BREACHES = 1_000


def breach(number, owner, *, severity="SEV3"):
    return {
        "breach": number,
        "owner": owner.pk,
        "title": f"Threshold {number} is over its limit",
        "url": f"/breaches/{number}/",
        "severity": severity,
    }


def announce(occasion, facts, *, now=NOW):
    announce_all(occasion, facts=facts, now=now)
    draw(now=now)


def test_a_thousand_breaches_of_one_tick_are_one_mail_per_recipient_worst_first(ravi, tess, mo):
    facts = [breach(n, ravi if n % 2 else tess, severity="SEV1" if n == 501 else "SEV3") for n in range(BREACHES)]
    announce(Occasion.BREACH_OPENED, facts)

    mails = {mail.recipient: mail for mail in Delivery.objects.all()}
    assert set(mails) == {ravi, tess}
    assert Alert.objects.filter(delivery__isnull=False).count() == BREACHES
    assert mails[ravi].subject == "500 alerts, first SEV1"
    for number in range(BREACHES):
        owner = ravi if number % 2 else tess
        assert f"/breaches/{number}/\n" in mails[owner].body
    assert mails[ravi].body.index("/breaches/501/") < mails[ravi].body.index("/breaches/1/")
    assert (mails[ravi].priority, mails[tess].priority) == (1, 3)


def test_after_a_mail_what_is_not_urgent_comes_together_a_minute_later_and_urgent_takes_all_along(ravi, mo):
    announce(Occasion.BREACH_OPENED, [breach(1, ravi)])
    announce(Occasion.BREACH_OPENED, [breach(2, ravi)], now=NOW + 5 * SECOND)
    announce(Occasion.BREACH_OPENED, [breach(3, ravi)], now=NOW + 10 * SECOND)
    assert Delivery.objects.count() == 1

    announce(Occasion.BREACH_OPENED, [breach(4, ravi, severity="SEV2")], now=NOW + 20 * SECOND)
    [first, second] = Delivery.objects.order_by("pk")
    assert second.subject == "3 alerts, first SEV2"

    announce(Occasion.BREACH_OPENED, [breach(5, ravi)], now=NOW + 25 * SECOND)
    assert post_waiting(now=NOW + 60 * SECOND) == 0
    assert post_waiting(now=NOW + 90 * SECOND) == 1
    assert post_waiting(now=NOW + 90 * SECOND) == 0
    assert not Alert.objects.filter(delivery__isnull=True).exists()


def test_news_that_asks_for_nothing_waits_for_more_of_its_kind(ravi, mo):
    announce(Occasion.BREACH_WARNED, [breach(1, ravi)])
    announce(Occasion.BREACH_WARNED, [breach(2, ravi)], now=NOW + 60 * SECOND)
    assert not Delivery.objects.exists()

    assert post_waiting(now=NOW + 121 * SECOND) == 1
    assert Delivery.objects.get().subject == "2 alerts, first SEV3"


def test_a_bundle_tells_nothing_of_a_restricted_incident_and_is_shown_to_its_recipient_only(declared, system, ravi, mo):
    ravi_alone = {"severity": "SEV3", "title": "Named person hurt", "visibility": Visibility.RESTRICTED}
    declared(**ravi_alone)
    announce(Occasion.BREACH_OPENED, [breach(1, ravi)], now=NOW + 2 * SECOND)
    other = declared(severity="SEV1", title="Seen by all", now=NOW + 3 * SECOND)

    mail = Delivery.objects.filter(recipient=ravi).latest("pk")
    assert mail.subject == "2 alerts, first SEV1"
    assert other.reference in mail.body
    declared(**ravi_alone | {"severity": "SEV1"}, now=NOW + 4 * SECOND)
    last = Delivery.objects.filter(recipient=ravi).latest("pk")
    assert (last.visibility, "Named person" in last.subject + last.body) == ("restricted", False)


def test_one_mail_that_cannot_be_written_keeps_nobody_else_from_theirs(ravi, tess, mo, monkeypatch):
    written = post_waiting.__globals__["posting_of"]

    def only_of_tess(alert, *, now):
        if alert.recipient == ravi:
            raise RuntimeError("cannot be written")
        return written(alert, now=now)

    monkeypatch.setattr("incidents.notification.bundling.posting_of", only_of_tess)
    announce(Occasion.BREACH_OPENED, [breach(1, ravi), breach(2, tess)])

    assert [mail.recipient for mail in Delivery.objects.all()] == [tess]
    assert Alert.objects.unposted().get().recipient == ravi
