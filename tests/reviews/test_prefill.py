"""The first draft of what happened comes from the timeline."""

from datetime import timedelta

from reviews.postmortem import prefill
from reviews.postmortem.models import Review
from reviews.postmortem.opening import first_draft
from tests.reviews.conftest import LATER, react


def test_the_draft_tells_the_timeline_in_sentences_with_times(draft):
    lines = draft.what_happened.splitlines()
    assert lines == [
        "- 12 Nov 2026, 13:02 UTC · The incident was declared as SEV2 (Mo Manager).",
        "- 12 Nov 2026, 13:07 UTC · The incident was triaged as SEV2 (Mo Manager).",
        "- 12 Nov 2026, 14:02 UTC · The harm was contained (Mo Manager): Switched to the old model",
        "- 12 Nov 2026, 16:02 UTC · The incident was resolved (Mo Manager): The prompt names the refund policy again",
    ]


def test_a_line_stands_at_the_time_when_it_really_happened(levels, resolved, mo, tess):
    incident = resolved()
    incident.reopen(by=tess, now=LATER, reason="Back again")
    incident.contain(by=mo, now=LATER + timedelta(hours=2), at=LATER + timedelta(minutes=7), reason="Blocked it")
    assert "- 12 Nov 2026, 17:09 UTC · The harm was contained (Mo Manager): Blocked it" in first_draft(incident)


def test_notes_handovers_and_grades_are_told_with_names(resolved, levels, ravi, tess):
    incident = resolved()
    incident.add_note(text="The vendor\nconfirmed it.", by=tess, now=LATER)
    incident.hand_over(to=ravi, by=tess, now=LATER)
    incident.raise_severity(to=levels["SEV1"], by=tess, now=LATER, reason="A minor was affected")
    told = first_draft(incident)
    assert "· Note (Tess Triager): The vendor confirmed it." in told
    assert "to Ravi Responder (Tess Triager)." in told
    assert "· The severity was raised from SEV2 to SEV1 (Tess Triager): A minor was affected" in told


def test_times_stand_in_the_zone_of_the_lead_and_name_it(resolved, ravi):
    incident = resolved()
    ravi.time_zone = "Europe/Vienna"
    ravi.save(update_fields=["time_zone"])
    incident.hand_over(to=ravi, by=ravi, now=LATER)
    told = first_draft(incident)
    assert "- 12 Nov 2026, 14:02 CET · The incident was declared as SEV2" in told
    assert "to Ravi Responder." in told


def test_long_words_and_long_stories_are_cut_and_say_so(resolved, tess, monkeypatch):
    incident = resolved()
    incident.add_note(text="x" * 2000, by=tess, now=LATER)
    monkeypatch.setattr(prefill, "MOST_LINES", 4)
    told = first_draft(incident)
    assert told.endswith("1 more entries stand on the timeline.")
    monkeypatch.setattr(prefill, "MOST_LINES", 5)
    assert "x" * prefill.MOST_WORDS + "…" in first_draft(incident)
    assert "x" * (prefill.MOST_WORDS + 1) not in first_draft(incident)


def test_the_moves_of_the_review_itself_are_not_part_of_the_story(draft, incident, ravi):
    draft.add_factor(text="No evaluation", by=ravi, now=LATER)
    draft.submit(by=ravi, now=LATER, texts=draft.texts.__class__(summary="s", what_happened="w"), expected=1)
    react()
    assert "review" not in first_draft(incident).lower()
    assert Review.objects.get().what_happened == "w"
