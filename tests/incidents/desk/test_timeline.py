"""The timeline of the incident page: narrowed, linked to, pinned; its whole state stands in the address."""

from datetime import timedelta
from http import HTTPStatus

import pytest

from incidents.attention.pins import MOST_PINS, Pin, pin
from incidents.response.groups import KINDS_OF, Group
from incidents.response.kinds import Kind
from incidents.response.refusals import NotPermitted
from incidents.response.states import State
from incidents.response.timeline import append
from incidents.response.verification import verify_timeline
from incidents.response.visibility import Visibility
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def case(now, tess, ravi):
    """Sixty notes by Tess and one by Ravi, after what triage does."""
    made = incident(now=now, state=State.TRIAGED)
    for minute in range(60):
        made.add_note(text=f"Chat {minute} looked at.", by=tess, now=now + timedelta(seconds=minute))
    made.add_note(text="The refund was promised twice.", by=ravi, now=now + timedelta(minutes=2))
    return made


def page(case, query=""):
    return f"/incidents/{case.reference}/{query}"


def shown(context):
    return [(entry["id"], entry["what"]) for entry in context["entries"]]


def test_every_kind_belongs_to_exactly_one_group():
    assert sorted(kind for kinds in KINDS_OF.values() for kind in kinds) == sorted(kind.value for kind in Kind)
    assert all(KINDS_OF[group] for group in Group)


def test_the_timeline_is_narrowed_by_groups_person_and_words_together(case, client_for, mo, tess, ravi):
    client = client_for(mo)
    newest = case.timeline.order_by("-seq").first().seq
    state = client.get(page(case, "?kinds=state")).context
    assert {what for _, what in shown(state)} >= {"Declared as SEV2"} and "Note" not in {w for _, w in shown(state)}
    both = client.get(page(case, f"?kinds=words&person={ravi.pk}&q=REFUND&kinds=nonsense")).context
    assert shown(both) == [(newest, "Note")]
    assert both["narrowed_by"] == ["Notes and updates", ravi.name, "“REFUND”"]
    nobody = client.get(page(case, f"?person={ravi.pk}&q=chat"))
    assert shown(nobody.context) == [] and "No entry matches" in nobody.content.decode()


def test_a_narrowed_timeline_pages_by_key_and_polls_remember_it(case, client_for, mo, tess):
    client = client_for(mo)
    first = client.get(page(case, f"?kinds=words&person={tess.pk}"))
    seen, older = shown(first.context), first
    while older.context["older"]:
        older = client.get(page(case, f"?{older.context['older']}"))
        seen += shown(older.context)
    seen = [pk for pk, _ in seen]
    assert seen == sorted(seen, reverse=True) and len(seen) == 60
    query = older.context["live_query"]
    assert client.get(f"{page(case)}live/?{query}", headers=HTMX).status_code == HTTPStatus.NO_CONTENT
    case.add_note(text="Once more.", by=mo, now=case.declared_at + timedelta(hours=1))
    again = client.get(f"{page(case)}live/?{query}", headers=HTMX)
    assert shown(again.context) == shown(older.context), "what a poll brings is the same page of the same filter"


def test_a_step_sent_from_a_narrowed_page_leaves_it_narrowed_and_says_what_is_hidden(case, client_for, mo):
    sent_from = {"HX-Current-URL": f"http://testserver{page(case, '?kinds=alerts')}"}
    answer = client_for(mo).post(f"{page(case)}notes/", {"text": "Seen again."}, headers=HTMX | sent_from)
    assert answer.context["chosen"].kinds == ("alerts",)
    assert "hides the new entry" in answer.headers["HX-Trigger"]


def test_filters_pushed_by_htmx_stand_in_the_address_in_one_form(case, client_for, mo):
    answer = client_for(mo).get(page(case, "?q=+refund+&person=&kinds=words"), headers=HTMX)
    assert answer.headers["HX-Push-Url"] == page(case, "?kinds=words&q=refund")


@pytest.mark.parametrize("place", ["first", "middle", "newest", "none"])
def test_a_link_opens_on_the_page_with_its_entry_marked(place, case, client_for, uma):
    newest = case.timeline.order_by("-seq").first().seq
    entry = {"first": 1, "middle": 14, "newest": newest, "none": 9_999}[place]
    answer = client_for(uma).get(page(case, f"?entry={entry}&kinds=alerts&q=zzz"))
    marked = [row["id"] for row in answer.context["entries"] if row["is_marked"]]
    assert marked == ([] if place == "none" else [entry])
    assert f"entry={entry}" in answer.context["live_query"]
    assert ("/pins/" in answer.content.decode()) is False, "readers pin nothing"


def test_a_pin_stands_above_the_timeline_with_who_and_when_and_is_recorded(case, client_for, mo, now):
    client, before = client_for(mo), case.timeline.count()
    assert client.post(f"{page(case)}pins/1/").status_code == HTTPStatus.FOUND
    [held] = client.get(page(case)).context["pinned"]
    assert (held["seq"], held["what"], held["by"]) == (1, "Declared as SEV2", mo.name)
    assert case.timeline.order_by("-seq").first().facts == {"entry": 1}

    answer = client.post(f"{page(case)}pins/1/removal/", headers=HTMX)
    assert answer.context["pinned"] == []
    ended = Pin.objects.get()
    assert (ended.by, ended.ended_by) == (mo, mo) and ended.ended_at >= ended.at
    assert case.timeline.count() == before + 2
    assert list(case.timeline.order_by("-seq").values_list("kind", flat=True)[:2]) == ["entry_unpinned", "entry_pinned"]
    assert verify_timeline(case) == []


def test_pinning_is_refused_and_changes_nothing(case, client_for, mo, uma, now):
    client = client_for(mo)
    assert client.post(f"{page(case)}pins/9999/").status_code == HTTPStatus.NOT_FOUND
    assert client_for(uma).post(f"{page(case)}pins/1/").status_code == HTTPStatus.FORBIDDEN
    with pytest.raises(NotPermitted):
        pin(case, 1, by=uma, now=now)
    before = case.timeline.count()
    assert "is not pinned" in client.post(f"{page(case)}pins/1/removal/", headers=HTMX).headers["HX-Trigger"]
    assert (Pin.objects.count(), case.timeline.count()) == (0, before)
    for number in range(1, MOST_PINS + 1):
        pin(case, number, by=mo, now=now)
    for number, why in ((1, "pinned already"), (MOST_PINS + 1, "which is the limit")):
        assert why in client.post(f"{page(case)}pins/{number}/", headers=HTMX).headers["HX-Trigger"]
    assert Pin.objects.standing().count() == MOST_PINS


def test_a_pin_of_a_hidden_incident_is_nobodys(now, client_for, mo):
    hidden = incident(now=now, visibility=Visibility.RESTRICTED)
    assert client_for(mo).post(f"{page(hidden)}pins/1/").status_code == HTTPStatus.NOT_FOUND
    assert client_for(mo).get(f"{page(hidden)}people/").status_code == HTTPStatus.NOT_FOUND
    assert Pin.objects.count() == 0


def test_the_print_view_holds_the_whole_record_in_utc_and_says_where_it_is_cut(case, client_for, mo, uma, monkeypatch):
    mo.time_zone = "Asia/Tokyo"
    mo.save()
    answer = client_for(mo).get(page(case, "record/"))
    assert [entry["id"] for entry in answer.context["record"]] == list(range(1, case.timeline.count() + 1))
    assert "JST" not in answer.content.decode() and "Cut after" not in answer.content.decode()
    monkeypatch.setattr("incidents.desk.record.MOST_ENTRIES", 5)
    assert "Cut after 5 entries" in client_for(uma).get(page(case, "record/")).content.decode()
    hidden = incident(now=case.declared_at, visibility=Visibility.RESTRICTED)
    assert client_for(mo).get(page(hidden, "record/")).status_code == HTTPStatus.NOT_FOUND


def test_words_of_a_pinned_entry_are_cut_and_stay_words(case, client_for, mo, now):
    entry = append(case, kind=Kind.NOTE_ADDED, by=mo, now=now, text="<b>Read</b> " + "this " * 100)
    pin(case, entry.seq, by=mo, now=now)
    answer = client_for(mo).get(page(case))
    assert len(answer.context["pinned"][0]["words"]) <= 160
    assert "&lt;b&gt;Read" in answer.content.decode()
