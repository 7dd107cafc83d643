"""Mentions: named by id beside the text, told once, waiting in my work, and never of somebody who may not see it."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.utils import timezone

from airp.accounts.models import User
from airp.web.markdown import Mark, to_html
from incidents.attention.mentions import Mention
from incidents.notification.models import Alert
from incidents.response.mentions import find, handle_of, handles_of
from incidents.response.people import IncidentRole
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.mark.parametrize(
    ("text", "people", "unknown"),
    [
        ("Ask @ravi.rao, please", [1], []),
        ("@Ravi.Rao. And @josé.müller-lüdenscheidt!", [1, 2], []),
        ("(@jose.muller.ludenscheidt's part)", [2], []),
        ("mail ravi@ravi.rao or /x/@ravi.rao or a@b", [], []),
        ("@ravi and @media and @ravi", [], ["@ravi", "@media"]),
        ("@ann.lee is two people, @ann.lee.4 is one", [4], ["@ann.lee"]),
        ("@ravi.rao @ravi.rao", [1, 1], []),
        ("@", [], []),
    ],
)
def test_names_are_found_where_people_write_them(text, people, unknown):
    handles = handles_of([(1, "Ravi Rao"), (2, "José Müller-Lüdenscheidt"), (3, "Ann Lee"), (4, "Ann  Lee")])
    found = find(text, handles)
    assert [place.person for place in found.places] == people
    assert list(found.unknown) == unknown
    assert all(text[place.at] == "@" for place in found.places)


def test_at_most_twenty_people_are_named_and_the_rest_is_said():
    handles = handles_of((pk, f"Person {chr(64 + pk)}") for pk in range(1, 26))
    found = find(" ".join(f"@{handle}" for handle in handles), handles)
    assert (len(found.places), len(found.unknown)) == (20, 5)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Ask @r now", 'Ask <span class="mention">@R &lt;b&gt;</span> now'),
        ("`@r`", "<code>@R &lt;b&gt;</code>"),
        ('[x](https://e.example "@r")', 'title="@R'),
        ("\ue0000\ue001 @r", ' 0  <span class="mention">'),
    ],
)
def test_a_name_is_drawn_marked_and_nothing_else_can_pretend_to_be_one(text, drawn):
    html = to_html(text, (Mark(text.index("@r"), 2, "R <b>"),))
    assert drawn.strip() in html
    assert "<b>" not in html


def test_markup_of_people_makes_no_mention():
    assert "<span" not in to_html('<span class="mention">@x</span>')


def say(client, case, text, step="notes"):
    return client.post(f"/incidents/{case.reference}/{step}/", {"text": text}, headers=HTMX)


def draw(now):
    while react_to_next(now=now + timedelta(minutes=1)):
        pass


def test_the_mentioned_hear_of_it_once_and_it_waits_until_they_open_the_incident(now, client_for, mo, ravi, lee):
    case = incident(now=now)
    answer = say(client_for(mo), case, "@ravi.responder and @lee.legal: look. @ravi.responder first, @mo.manager")
    assert "Not told" not in answer.headers["HX-Trigger"]
    entry = case.timeline.get(kind="note_added")
    assert {each["person"] for each in entry.facts["mentions"]} == {ravi.pk, lee.pk, mo.pk}
    assert "Ravi" not in str(entry.facts), "the text can be erased, the facts cannot"
    draw(now)
    draw(now)

    told = Alert.objects.filter(reason="mentioned")
    assert {alert.recipient for alert in told} == {ravi, lee}, "whoever wrote it is not told"
    assert told[0].url == f"/incidents/{case.reference}/?entry={entry.seq}#entry-{entry.seq}"
    mail = told[0].delivery
    assert "A colleague mentioned you" in mail.body and "look." not in mail.body

    client = client_for(ravi)
    work = client.get("/my-work/?only=mention").content.decode()
    assert "Mo Manager mentioned you" in work
    client.get(f"/incidents/{case.reference}/live/?v=0", headers=HTMX | {"X-Airp-Poll": "true"})
    assert Mention.objects.waiting().filter(person=ravi).exists(), "a poll is no look"
    client.get(f"/incidents/{case.reference}/")
    assert not Mention.objects.waiting().filter(person=ravi).exists()
    assert Mention.objects.waiting().filter(person=lee).exists()


def test_renaming_somebody_changes_how_the_name_reads(now, client_for, mo, ravi):
    case = incident(now=now)
    say(client_for(mo), case, "Ask @ravi.responder.", step="updates")
    User.objects.filter(pk=ravi.pk).update(name="Ravi Rao")
    page = client_for(mo).get(f"/incidents/{case.reference}/").content.decode()
    assert '<span class="mention">@Ravi Rao</span>.' in page
    assert case.timeline.get(kind="update_posted").words == "Ask @ravi.responder."


def test_a_mention_is_waved_off_and_taken_back_by_its_person_alone(now, client_for, mo, ravi, lee):
    case = incident(now=now)
    say(client_for(mo), case, "@ravi.responder")
    draw(now)
    mention = Mention.objects.get()
    for way in ("dismissal", "return"):
        assert client_for(lee).post(f"/mentions/{mention.pk}/{way}/").status_code == HTTPStatus.NOT_FOUND
    client = client_for(ravi)
    client.post(f"/mentions/{mention.pk}/dismissal/")
    assert "mentioned you" not in client.get("/my-work/").content.decode()
    client.post(f"/mentions/{mention.pk}/return/")
    assert "mentioned you" in client.get("/my-work/").content.decode()


def test_nobody_who_may_not_see_the_incident_can_be_mentioned(now, client_for, mo, ravi, lee, sam):
    hidden = incident(now=now, by=mo, visibility=Visibility.RESTRICTED)
    hidden.assign_role(role=IncidentRole.LEGAL, person=lee, by=mo, now=now)
    answer = say(client_for(mo), hidden, "@ravi.responder, @lee.legal, @sam.stranger, @no.body")
    assert "Not told: @ravi.responder, @sam.stranger, @no.body." in answer.headers["HX-Trigger"]
    draw(now)
    assert [mention.person for mention in Mention.objects.all()] == [lee]
    [alert] = Alert.objects.filter(reason="mentioned")
    assert alert.recipient == lee and hidden.title not in alert.title
    assert hidden.timeline.filter(kind="note_added").count() == 1, "what was typed is kept all the same"

    offered = client_for(mo).get(f"/incidents/{hidden.reference}/people/?q=").json()["people"]
    assert [each["handle"] for each in offered] == ["lee.legal", "mo.manager"]


def test_whoever_lost_sight_meanwhile_is_told_nothing(now, client_for, mo, ravi):
    case = incident(now=now, by=mo)
    say(client_for(mo), case, "@ravi.responder")
    case.set_visibility(to=Visibility.RESTRICTED, reason="Names in it.", by=mo, now=now)
    draw(now)
    assert not Alert.objects.filter(reason="mentioned").exists()
    assert not Mention.objects.exists()


def test_the_list_under_the_field_is_short_and_finds_any_part_of_a_name(now, client_for, mo, ravi, uma, sam):
    case = incident(now=now)
    for number in range(12):
        User.objects.create_user(email=f"p{number}@example.com", name=f"Zoe Zed{number}", roles=["responder"])
    client = client_for(mo)
    find_people = lambda q: client.get(f"/incidents/{case.reference}/people/", {"q": q}).json()["people"]  # noqa: E731
    assert len(find_people("zoe")) == 8
    assert find_people("RESP") == [{"handle": "ravi.responder", "name": "Ravi Responder"}]
    assert find_people("stranger") == []
    assert client_for(uma).get(f"/incidents/{case.reference}/people/").status_code == HTTPStatus.FORBIDDEN


def test_a_handle_has_no_accents_and_one_dot_between_words():
    assert handle_of("  Łucja  d'Arc-Ödegård ") == "łucja.d.arc.odegard"
