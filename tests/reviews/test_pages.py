"""The pages of reviews: what they show, what they refuse, and that typed words survive."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.postmortem.drafting import Texts
from reviews.postmortem.models import Action, Review
from reviews.postmortem.paging import PAGE_SIZE
from tests.reviews.conftest import LATER, TEXTS, react

pytestmark = pytest.mark.long

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 12
TYPED = {
    "summary": TEXTS.summary,
    "what_happened": TEXTS.what_happened,
    "impact": TEXTS.impact,
    "what_slowed_us": TEXTS.what_slowed_us,
}


def _url(name, review, *args):
    return reverse(f"reviews:{name}", args=[review.incident.reference, *args])


def test_the_editor_opens_with_what_happened_prefilled(draft, ravi, client_for):
    answer = client_for(ravi).get(_url("review", draft))
    assert answer.status_code == 200
    assert "12 Nov 2026, 14:02 UTC · The harm was contained (Mo Manager): Switched to the old model" in _text(answer)
    assert "Submit for sign-off" in _text(answer)


def test_readers_get_the_text_and_no_form(written, uma, client_for):
    told = _text(client_for(uma).get(_url("review", written)))
    assert TEXTS.summary in told
    assert 'id="draft"' not in told
    assert "Add factor" not in told


def test_a_draft_saves_itself_and_says_when(draft, ravi, client_for):
    answer = client_for(ravi).post(_url("review", draft), {**TYPED, "version": 1}, headers=HTMX)
    stored = Review.objects.get()
    assert (answer.status_code, stored.texts, stored.saved_by) == (200, TEXTS, ravi)
    said = timezone.localtime(stored.saved_at).strftime("%H:%M")
    assert f"Saved {said} by Ravi Responder." in _text(answer)
    assert 'name="version" value="2"' in _text(answer)
    assert "<html" not in _text(answer)


def test_a_draft_is_saved_without_javascript_too(draft, ravi, client_for):
    answer = client_for(ravi).post(_url("review", draft), {**TYPED, "version": 1})
    assert (answer.status_code, answer.headers["Location"]) == (302, _url("review", draft))
    assert Review.objects.get().texts == TEXTS


def test_line_ends_of_browsers_are_no_change(written, lee, client_for):
    written.save_draft(texts=Texts(summary="a\nb", what_happened="c"), by=lee, now=LATER, expected=2)
    typed = {"summary": "a\r\nb", "what_happened": "c", "version": 1}
    assert client_for(lee).post(_url("review", written), typed, headers=HTMX).status_code == 200
    assert Review.objects.get().version == 3


def test_a_conflict_shows_both_texts_and_saves_neither_over_the_other(draft, ravi, lee, client_for):
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=1)
    typed = {**TYPED, "summary": "Words of Lee", "version": 1}
    for headers in (HTMX, {}):
        answer = client_for(lee).post(_url("review", draft), typed, headers=headers)
        assert answer.status_code == 409
        assert "Words of Lee" in _text(answer)
        assert TEXTS.summary in _text(answer)
        assert 'name="over" value="2"' in _text(answer)
    assert Review.objects.get().texts == TEXTS


def test_after_a_conflict_a_person_may_let_their_own_words_win(draft, ravi, lee, client_for):
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=1)
    typed = {**TYPED, "summary": "Words of Lee", "version": 1, "over": 2}
    assert client_for(lee).post(_url("review", draft), typed, headers=HTMX).status_code == 200
    assert Review.objects.get().summary == "Words of Lee"


def test_a_draft_without_its_version_is_refused_with_the_words_kept(draft, ravi, client_for):
    answer = client_for(ravi).post(_url("review", draft), {**TYPED, "summary": "Kept words"})
    assert answer.status_code == 422
    assert "Kept words" in _text(answer)
    assert Review.objects.get().version == 1


def test_submitting_an_incomplete_review_says_what_is_missing(draft, ravi, client_for):
    typed = {**TYPED, "summary": "", "version": 1}
    answer = client_for(ravi).post(_url("submission", draft), typed)
    assert answer.status_code == 422
    assert "Write the summary" in _text(answer)
    assert "Add at least one contributing factor" in _text(answer)
    assert TEXTS.impact in _text(answer)
    assert Review.objects.get().state == "draft"


def test_a_review_is_submitted_and_signed_off_by_the_pages(written, ravi, mo, client_for):
    sent = client_for(ravi).post(_url("submission", written), {**TYPED, "version": written.version}, headers=HTMX)
    assert sent.headers["HX-Redirect"] == _url("review", written)
    manager = client_for(mo)
    assert "Your decision" in _text(manager.get(_url("review", written)))
    assert "Completeness" in _text(manager.get(_url("sign_off", written)))
    version = Review.objects.get().version
    signed = manager.post(_url("sign_off", written), {"version": version, "note": "Good."})
    assert signed.status_code == 302
    assert Review.objects.get().signed_off_by == mo
    assert "Signed off by Mo Manager." in _text(manager.get(_url("review", written)))


def test_whoever_submitted_it_reads_why_they_cannot_sign_it(written, mo, client_for):
    written.submit(by=mo, now=LATER)
    page = client_for(mo).get(_url("sign_off", written))
    assert "Another person with the role Manager must sign it off" in _text(page)
    refused = client_for(mo).post(_url("sign_off", written), {"version": written.version})
    assert refused.status_code == 422
    assert "You submitted this review" in _text(refused)
    assert Review.objects.get().state == "submitted"


def test_signing_another_version_is_a_conflict(submitted, mo, client_for):
    answer = client_for(mo).post(_url("sign_off", submitted), {"version": submitted.version - 1})
    assert answer.status_code == 409
    assert "changed since you opened this page" in _text(answer)
    assert Review.objects.get().state == "submitted"


def test_a_review_is_returned_with_comments_that_the_writers_read(submitted, mo, ravi, client_for):
    empty = client_for(mo).post(_url("return", submitted), {"return-comment": " "})
    assert empty.status_code == 422
    assert "Say what the writers should improve" in _text(empty)
    client_for(mo).post(_url("return", submitted), {"return-comment": "Say how **many**."})
    told = _text(client_for(ravi).get(_url("review", submitted)))
    assert "Returned with comments. Answer them" in told
    assert "Say how <strong>many</strong>." in told


def test_factors_are_added_and_removed_in_place(draft, ravi, client_for):
    client = client_for(ravi)
    added = client.post(_url("factors", draft), {"factor-text": "No <b>owner</b>"}, headers=HTMX)
    assert 'id="factors"' in _text(added)
    assert "No &lt;b&gt;owner&lt;/b&gt;" in _text(added)
    assert 'id="parts" hx-swap-oob="true"' in _text(added)
    factor = draft.factors.get()
    removed = client.post(_url("factor", draft, factor.pk), headers=HTMX)
    assert "None named yet" in _text(removed)
    again = client.post(_url("factor", draft, factor.pk), headers=HTMX)
    assert (again.status_code, draft.factors.count()) == (422, 0)


def test_a_factor_without_words_is_refused_at_its_field(draft, ravi, client_for):
    answer = client_for(ravi).post(_url("factors", draft), {"factor-text": ""})
    assert answer.status_code == 422
    assert "Describe the factor" in _text(answer)


def test_actions_are_added_to_the_review(draft, ravi, tess, client_for):
    typed = {
        "action-what": "Name an owner",
        "action-kind": "preventive",
        "action-owner": tess.pk,
        "action-due_date": "2026-12-01",
    }
    answer = client_for(ravi).post(_url("review_actions", draft), typed, headers=HTMX)
    action = Action.objects.get()
    assert (answer.status_code, action.owner, action.due_date.isoformat()) == (200, tess, "2026-12-01")
    refused = client_for(ravi).post(_url("review_actions", draft), {**typed, "action-owner": ""}, headers=HTMX)
    assert refused.status_code == 422
    assert "Name an owner" in _text(refused)
    assert Action.objects.count() == 1


def test_an_owner_marks_an_action_as_done_with_evidence(action, tess, client_for):
    client = client_for(tess)
    assert "What shows that it is done" in _text(client.get(reverse("reviews:action", args=[action.pk])))
    url = reverse("reviews:completion", args=[action.pk])
    assert "Say what shows that it is done." in _text(client.post(url, {"done-evidence": ""}))
    assert client.post(url, {"done-evidence": "Run 812"}).status_code == 302
    action.refresh_from_db()
    assert (action.state, action.evidence, action.ended_by) == ("done", "Run 812", tess)
    assert "Run 812" in _text(client.get(reverse("reviews:actions"), {"view": "ended"}))


def test_an_action_is_declined_reopened_and_edited_on_its_page(action, ravi, lee, client_for):
    client = client_for(ravi)
    client.post(reverse("reviews:decline", args=[action.pk]), {"decline-reason": "The feature is gone"})
    action.refresh_from_db()
    assert (action.state, action.reason) == ("not_doing", "The feature is gone")
    client.post(reverse("reviews:resumption", args=[action.pk]), {"resume-reason": "It came back"})
    typed = {"what": "Reworded", "kind": "corrective", "owner": lee.pk, "due_date": "2026-12-24"}
    client.post(reverse("reviews:action", args=[action.pk]), typed)
    action.refresh_from_db()
    assert (action.state, action.what, action.kind, action.owner) == ("open", "Reworded", "corrective", lee)


def test_other_people_see_an_action_without_its_forms_and_cannot_end_it(action, edie, uma, client_for, mo):
    Action.objects.update(owner=mo)
    assert "Mark as done" not in _text(client_for(uma).get(reverse("reviews:action", args=[action.pk])))
    assert client_for(uma).post(reverse("reviews:completion", args=[action.pk])).status_code == 403
    action.refresh_from_db()
    assert action.state == "open"


@pytest.mark.parametrize(
    ("view", "references"),
    [
        ("due", [1, 2, 3]),
        ("overdue", [1]),
        ("awaiting", [2]),
        ("mine", [2]),
        ("signed_off", [4]),
        ("nonsense", [1, 2, 3]),
    ],
)
def test_the_list_shows_the_view_of_the_url(resolved, mo, ravi, client_for, view, references):
    for _number in range(4):
        incident = resolved()
        incident.hand_over(to=ravi, by=mo, now=LATER)
    react()
    today = timezone.localdate()
    first, second, third, fourth = Review.objects.order_by("incident__reference")
    for review, days in ((first, -3), (second, 1), (third, 4), (fourth, 2)):
        Review.objects.filter(pk=review.pk).update(due_date=today + timedelta(days=days))
    for review in (second, fourth):
        review.add_factor(text="One", by=ravi, now=LATER)
        review.submit(texts=TEXTS, expected=1, by=ravi, now=LATER)
    fourth.sign_off(by=mo, now=LATER, expected=fourth.version)
    told = _text(client_for(mo).get(reverse("reviews:reviews"), {"view": view}))
    shown = [number for number in range(1, 5) if f"AIR-2026-000{number}" in told]
    assert shown == references
    if 1 in references:
        assert "overdue by 3 days" in told


def test_lists_page_by_key_and_come_back(resolved, mo, client_for):
    incidents = [resolved(title=f"Number {number}") for number in range(PAGE_SIZE + 3)]
    react()
    client = client_for(mo)
    first = client.get(reverse("reviews:reviews"))
    assert _text(first).count("data-row") == PAGE_SIZE
    second = client.get(reverse("reviews:reviews") + first.context["older_url"])
    assert _text(second).count("data-row") == 3
    assert incidents[-1].reference in _text(second)
    back = client.get(reverse("reviews:reviews") + second.context["newer_url"])
    assert [row.pk for row in back.context["rows"]] == [row.pk for row in first.context["rows"]]
    assert not back.context["newer_url"]


@pytest.mark.parametrize("key", ["x", "~", "2026-99-01~3", "2026-11-01~abc", "~" + "9" * 40, "2026-11-01~3;drop"])
@pytest.mark.parametrize("view", ["due", "signed_off"])
def test_malformed_keys_show_the_first_page(draft, mo, client_for, key, view):
    for side in ("before", "after"):
        answer = client_for(mo).get(reverse("reviews:reviews"), {"view": view, side: key})
        assert answer.status_code == 200
        assert len(answer.context["rows"]) == (1 if view == "due" else 0)


def test_empty_lists_say_why_and_what_to_do(mo, client_for):
    told = _text(client_for(mo).get(reverse("reviews:reviews")))
    assert "A review opens by itself when an incident is resolved" in told
    assert "Actions come from reviews" in _text(client_for(mo).get(reverse("reviews:actions")))
    assert "There are no reviews like this" in _text(client_for(mo).get(reverse("reviews:reviews"), {"view": "mine"}))


@pytest.mark.parametrize("path", ["reviews:reviews", "reviews:actions", "review", "sign_off", "reviews:action"])
def test_a_page_costs_few_queries_however_much_there_is(resolved, mo, ravi, tess, client_for, path, action):
    client = client_for(mo)
    url = {
        "review": _url("review", action.review),
        "sign_off": _url("sign_off", action.review),
        "reviews:action": reverse("reviews:action", args=[action.pk]),
    }.get(path) or reverse(path)
    few = _queries(client, url)
    for number in range(5):
        resolved(title=f"Number {number}")
        action.review.add_factor(text="One more", by=ravi, now=LATER)
        Action.objects.create(
            review=action.review, what="More", kind="detective", owner=tess, due_date=LATER, added_at=LATER, added_by=mo
        )
    react()
    many = _queries(client, url)
    assert few == many
    assert many <= MOST_QUERIES


def _queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def _text(answer):
    return answer.content.decode()
