"""Arranging a rota, and that the page, the header and the calendar tell the same."""

import re
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from airp.audit.models import AuditEntry
from incidents.notification.rota.answering import on_call_now, rosters
from incidents.notification.rota.arranging import RotaRefusal, arrange_order, take_span, withdraw
from incidents.notification.rota.records import Rota, RotaOverride, RotaState

pytestmark = pytest.mark.django_db
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # 09:00 in Oslo


@pytest.fixture
def rota() -> Rota:
    return Rota.objects.create(name="First line", purpose="Answers at night.", time_zone="Europe/Oslo")


def arrange(rota, *seats, begins_at, now=None, by=None):
    return arrange_order(
        rota, seats=seats, weekday=0, handover=time(9), begins_at=begins_at, by=by, now=now or begins_at
    )


@pytest.fixture
def running(rota, tess, ravi):
    """Tess and Ravi take turns; Tess's week is this one, whatever the date."""
    now = timezone.now()
    arrange(rota, tess, ravi, begins_at=now - HOUR)
    return rota


def who(rota, *, at) -> int | None:
    return on_call_now(rota.pk, now=at)


def test_people_take_turns_and_an_override_counts_for_its_span_only(rota, tess, ravi, mo):
    arrange(rota, tess, ravi, begins_at=MONDAY)
    override = take_span(rota, person=mo, starts_at=MONDAY + DAY, ends_at=MONDAY + 2 * DAY, by=mo, now=MONDAY)

    assert who(rota, at=MONDAY - HOUR) is None
    turns = [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + WEEK, MONDAY + 2 * WEEK]
    assert [who(rota, at=at) for at in turns] == [tess.pk, mo.pk, tess.pk, ravi.pk, tess.pk]
    acts = AuditEntry.objects.values_list("act", flat=True)
    assert set(acts) == {"rota_order_arranged", "rota_span_taken"}
    assert override.made_by == mo


def test_taking_back_ends_an_override_now_and_keeps_what_has_passed(rota, tess, ravi, mo):
    arrange(rota, tess, ravi, begins_at=MONDAY)
    override = take_span(rota, person=mo, starts_at=MONDAY, ends_at=MONDAY + DAY, by=mo, now=MONDAY)
    withdraw(override, by=mo, now=MONDAY + HOUR)

    [roster] = rosters(since=MONDAY - WEEK)
    assert roster.on_call_at(MONDAY).pk == mo.pk
    assert roster.on_call_at(MONDAY + HOUR).pk == tess.pk
    with pytest.raises(RotaRefusal, match="over already"):
        withdraw(override, by=mo, now=MONDAY + 2 * HOUR)


@pytest.mark.parametrize("case", ["past", "somebody else", "cannot acknowledge", "too long", "backwards"])
def test_what_cannot_be_taken_is_refused_and_nothing_changes(rota, tess, ravi, lee, mo, case):
    arrange(rota, tess, ravi, begins_at=MONDAY)
    given = {"person": tess, "starts_at": MONDAY, "ends_at": MONDAY + DAY, "by": tess, "now": MONDAY}
    given |= {
        "past": {"now": MONDAY + 2 * DAY},
        "somebody else": {"person": ravi},
        "cannot acknowledge": {"person": lee, "by": mo},
        "too long": {"ends_at": MONDAY + 61 * DAY},
        "backwards": {"starts_at": MONDAY + 2 * DAY},
    }[case]

    with pytest.raises(RotaRefusal):
        take_span(rota, **given)
    assert not RotaOverride.objects.exists()
    assert who(rota, at=MONDAY + HOUR) == tess.pk


def test_a_stranger_to_an_override_cannot_take_it_back(rota, tess, ravi, mo):
    arrange(rota, tess, ravi, begins_at=MONDAY)
    override = take_span(rota, person=mo, starts_at=MONDAY, ends_at=MONDAY + DAY, by=mo, now=MONDAY)

    with pytest.raises(RotaRefusal):
        withdraw(override, by=ravi, now=MONDAY)
    assert who(rota, at=MONDAY + HOUR) == mo.pk


def test_a_new_order_begins_later_and_the_past_is_refused(rota, tess, ravi, mo):
    arrange(rota, tess, begins_at=MONDAY)
    arrange(rota, ravi, begins_at=MONDAY + 2 * WEEK, now=MONDAY + HOUR)
    arrange(rota, mo, begins_at=MONDAY + WEEK, now=MONDAY + HOUR)  # the one that was to begin later gives way

    assert [who(rota, at=MONDAY + n * WEEK) for n in range(4)] == [tess.pk, mo.pk, mo.pk, mo.pk]
    with pytest.raises(RotaRefusal, match="has passed"):
        arrange(rota, ravi, begins_at=MONDAY + HOUR, now=MONDAY + DAY)
    assert who(rota, at=MONDAY + DAY) == tess.pk


def test_somebody_who_left_and_a_retired_rota_leave_nobody_on_call(rota, tess, ravi):
    arrange(rota, tess, ravi, begins_at=MONDAY)
    tess.is_active = False
    tess.save()
    assert who(rota, at=MONDAY) is None
    assert who(rota, at=MONDAY + WEEK) == ravi.pk

    rota.state = RotaState.RETIRED
    rota.save()
    assert who(rota, at=MONDAY + WEEK) is None


def header_of(client) -> str:
    html = client.get("/profile/").content.decode()
    found = re.search(r'class="badge on-call[^>]*>.*?<span>(.*?)</span>', html)
    return found.group(1) if found else ""


def test_header_page_and_escalation_tell_the_same(running, tess, ravi, mo, uma, client_for):
    assert header_of(client_for(tess)) == "You are on call"
    assert header_of(client_for(uma)) == "On call: Tess T."
    page = client_for(tess).get(reverse("incidents:on_call")).content.decode()
    assert "Tess T." in page
    assert "(you)" in page

    now = timezone.now()
    take_span(running, person=mo, starts_at=now, ends_at=now + DAY, by=mo, now=now)
    assert header_of(client_for(mo)) == "You are on call"
    assert header_of(client_for(tess)) == "On call: Mo M."
    assert who(running, at=timezone.now()) == mo.pk

    take_span(running, person=None, starts_at=now, ends_at=now + DAY, by=mo, now=now)
    assert header_of(client_for(tess)) == "Nobody is on call: First line"


def test_taking_over_on_the_page_counts_at_once_and_can_be_undone(running, tess, ravi, client_for):
    client, now = client_for(ravi), timezone.now()
    page = client.get(reverse("incidents:on_call")).content.decode()
    link = re.search(r'href="(/on-call/\d+/span/\?[^"]+)"', page).group(1).replace("&amp;", "&")
    form = client.get(link).context["form"]
    typed = {name: form[name].value() for name in ("starts_at", "ends_at")}
    typed = {name: value.strftime("%Y-%m-%dT%H:%M") for name, value in typed.items()}

    response = client.post(link, typed | {"who": ravi.pk, "reason": "Tess is away"})

    assert response.status_code == 302
    assert who(running, at=timezone.now()) == ravi.pk
    client.post(reverse("incidents:on_call_withdrawal", args=[RotaOverride.objects.get().pk]))
    assert who(running, at=now + HOUR) == tess.pk


def test_a_refused_form_keeps_what_was_typed(running, tess, client_for):
    url = reverse("incidents:on_call_span", args=[running.pk])
    typed = {"who": tess.pk, "starts_at": "2020-01-01T10:00", "ends_at": "2020-01-02T10:00", "reason": "A party"}
    response = client_for(tess).post(url, typed)

    assert response.status_code == 422
    assert "This span is over" in response.content.decode()
    assert 'value="A party"' in response.content.decode()
    assert not RotaOverride.objects.exists()


def test_an_order_is_arranged_in_the_zone_of_the_rota(rota, tess, ravi, mo, client_for):
    url = reverse("incidents:on_call_order", args=[rota.pk])
    typed = {
        "weekday": "0",
        "handover": "09:00",
        "begins_at": "2026-07-06T09:00",
        "seat_1": ravi.pk,
        "seat_2": "nobody",
    }
    assert client_for(mo).post(url, typed).status_code == 302

    order = rota.orders.get()
    assert order.begins_at == datetime(2026, 7, 6, 7, tzinfo=UTC)
    assert [seat.person for seat in order.seats.order_by("position")] == [ravi, None]
    assert client_for(tess).get(url).status_code == 403
    assert client_for(mo).get(url).context["form"]["seat_2"].value() == "nobody"


def test_my_calendar_holds_my_shifts_and_only_the_newest_link_opens_it(running, tess, ravi, client_for, client):
    first, second = (
        re.search(
            r'id="calendar-address">http[^/]*//[^/]+(/[^<]+)<',
            client_for(tess).post(reverse("incidents:on_call_calendar_link")).content.decode(),
        ).group(1)
        for _ in range(2)
    )
    assert client.get(first).status_code == 404
    response = client.get(second)
    assert response["Content-Type"].startswith("text/calendar")

    events = Calendar.from_ical(response.content).walk("VEVENT")
    [roster] = rosters(since=timezone.now() - WEEK)
    mine = [
        (stretch.start, stretch.end)
        for stretch in roster.plan.stretches(timezone.now() - 4 * WEEK, timezone.now() + 180 * DAY)
        if stretch.answer.person == tess.pk
    ]
    assert len(events) == len(mine) >= 12
    whole_weeks = [(event["dtstart"].dt, event["dtend"].dt) for event in events[1:-1]]
    assert whole_weeks == [(start, end) for start, end in mine[1:-1]]

    tess.is_active = False
    tess.save()
    assert client.get(second).status_code == 404


def test_the_page_takes_as_many_queries_for_many_rotas_as_for_one(
    running, tess, ravi, client_for, django_assert_max_num_queries
):
    for number in range(5):
        arrange(Rota.objects.create(name=f"Line {number}", purpose="p"), tess, ravi, begins_at=timezone.now() - HOUR)
    client = client_for(tess)
    with django_assert_max_num_queries(8):
        assert client.get(reverse("incidents:on_call")).content.count(b'id="rota-') == 12


@pytest.mark.parametrize("end", ["from", "until"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_span_at_the_ends_of_the_calendar_is_asked_for_as_none(running, client_for, tess, end, moment):
    assert client_for(tess).get(f"/on-call/{running.pk}/span/", {end: moment}).status_code == HTTPStatus.OK


def test_what_begins_more_than_a_year_ahead_is_a_slip_and_refused(running, mo):
    far, now = datetime(9999, 12, 31, 9, tzinfo=UTC), timezone.now()
    with pytest.raises(RotaRefusal, match="within a year"):
        arrange(running, mo, begins_at=far, now=now)
    with pytest.raises(RotaRefusal, match="within a year"):
        take_span(running, person=mo, starts_at=far, ends_at=far + HOUR, by=mo, now=now)
    assert running.orders.count() == 1 and not RotaOverride.objects.exists()


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_an_order_from_the_ends_of_the_calendar_is_refused_at_its_field_and_the_page_stays(
    running, client_for, mo, typed
):
    seats = {f"seat_{place}": str(mo.pk) if place == 1 else "" for place in range(1, 11)}
    fields = {"weekday": "0", "handover": "09:00", "begins_at": typed} | seats
    refused = client_for(mo).post(f"/on-call/{running.pk}/order/", fields)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Nobody can mean that year" in refused.content.decode()
    assert client_for(mo).get("/on-call/").status_code == HTTPStatus.OK
