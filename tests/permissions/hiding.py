"""A restricted incident on which everything hangs that can, each thing with words that occur nowhere else.

Twice: one that was restricted from the first moment, and one that everybody worked on before it was restricted.
"""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.outbound.endpoints import EVENT_TYPES, AllowedHost, Endpoint
from incidents.attention.mentions import Mention
from incidents.attention.pins import pin
from incidents.classification.figures import Basis, Confidence, Figure, Figures
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.coordination.asking import Wanted, ask
from incidents.coordination.lane import IncidentLane
from incidents.coordination.recording import Made, note_revisit, record_decision
from incidents.detection.breaches import Breach
from incidents.detection.proposals import Proposal
from incidents.impact.attaching import attach
from incidents.impact.keeping import Draft, keep_sample
from incidents.impact.recording import Known, record_exposure
from incidents.notification.models import Alert
from incidents.playbooks.adding import Assignment as TaskAssignment
from incidents.playbooks.adding import add_task
from incidents.playbooks.reminding import remind
from incidents.response.declaring import Declaration, declare
from incidents.response.lanes import Lane
from incidents.response.mentions import Found, Place
from incidents.response.models import Incident
from incidents.response.packets import Section
from incidents.response.people import IncidentRole
from incidents.response.states import State
from incidents.response.telling import IncidentTime
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from incidents.status.words import word_status
from reviews.postmortem.actions import Assignment
from reviews.postmortem.drafting import Texts
from reviews.postmortem.models import Action, Review
from tests import factories
from tests.incidents.answering import SERIOUS, answered, answers
from tests.incidents.complaints.makers import complaint
from tests.incidents.reports.makers import report
from tests.permissions.scene import NOW, Scene, merged_with, offer_the_lead

HIDDEN, RAW = "kohlweissling", "schwalbenschwanz"
MINUTE = timedelta(minutes=1)
LEVEL = "SEV2"


def word(of: str) -> str:
    """Words that stand for nothing else: a hit tells what leaked."""
    return f"{HIDDEN} {of}"


def raw(of: str) -> str:
    """What redaction takes out of a text."""
    return f"{RAW}.{of}@example.com"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The scene as addresses name it, and every number by which it could be recognised."""

    scene: Scene
    endpoint: Endpoint  # hears of nothing that is restricted

    @property
    def incident(self) -> Incident:
        return self.scene.incident

    @property
    def names(self) -> tuple[str, ...]:
        scene = self.scene
        return (scene.incident.reference, scene.complaint.reference, scene.report.reference)


def endpoint() -> Endpoint:
    """Hears everything about what everybody may see."""
    AllowedHost.objects.create(name="hooks.example.com", reason="The pager.")
    return Endpoint.objects.create(name="Pager", url="https://hooks.example.com/airp", types=list(EVENT_TYPES))


def hide(stage: Scene, hears: Endpoint, *, later: bool) -> Hidden:
    """`later`: everybody sees and works on it first, outsiders have parts of it, and then it is restricted."""
    by, helper = stage.insider, factories.person("lee") if later else stage.insider
    incident = _declared(stage, by, Visibility.NORMAL if later else Visibility.RESTRICTED)
    key = f"hidden/{later}"
    hidden = replace(
        stage,
        incident=incident,
        breach=_breach(stage, incident, by),
        complaint=_complaint(stage, incident, key, by),
        report=_report(stage, incident, key, by),
        task=_worked_on(incident, by, helper),
        review=(review := _resolved(incident, by)),
        action=_reviewed(review, by, helper),
    )
    if later:
        _named_in_a_proposal(stage, incident)
        incident.set_visibility(to=Visibility.RESTRICTED, by=by, now=NOW, reason=word("why restricted"))
        draw()
    hidden = replace(hidden, merge=merged_with(incident, by, word("duplicate")), mention=_mentioned(incident, by))
    alert = Alert.objects.filter(incident=incident, recipient=by, delivery__isnull=False).order_by("pk").first()
    assert alert is not None
    return Hidden(replace(hidden, delivery=alert.delivery), hears)


def _mentioned(incident: Incident, person: User) -> Mention:
    return Mention.objects.create(incident=incident, entry=incident.timeline.get(seq=1), person=person, at=NOW)


def draw() -> None:
    while react_to_next(now=NOW):
        pass


def _declared(stage: Scene, by: User, visibility: Visibility) -> Incident:
    system, at = stage.incident.system, NOW - timedelta(hours=3)
    level = SeverityLevel.objects.get(slug=LEVEL)
    said = Declaration(
        title=word("title"), summary=word("summary"), system=system, severity=level, visibility=visibility
    )
    incident = declare(said, by=by, now=at)
    draw()
    kind = HarmKind.objects.get(slug="discrimination")
    evidence = answered(answers(SERIOUS), reason=word("override"), harm=word("evidence"))
    incident.triage(severity=level, harm_kind=kind, by=by, now=at, note=word("triage"), answered=evidence)
    draw()
    incident.add_note(text=word("note"), by=by, now=NOW)
    incident.post_update(text=word("update"), by=by, now=NOW)
    incident.edit_details(title=word("new title"), summary=word("summary"), by=by, now=NOW, expected=incident.version)
    incident.assign_role(role=IncidentRole.SCRIBE, person=by, by=by, now=NOW)
    given: dict[str, Any] = {"by": by, "now": NOW, "reason": word("time")}
    incident.correct_time(which=IncidentTime.STARTED, to=at - MINUTE, **given)
    return incident


def _held_up(incident: Incident, by: User, helper: User) -> None:
    """Somebody is named in a note, an entry is pinned, and outsiders' words are written."""
    text = f"@{helper.name} {word('mention')}"
    named = Found((Place(0, len(helper.name) + 1, helper.pk),))
    incident.add_note(text=text, by=by, now=NOW, found=named)
    pin(incident, 1, by=by, now=NOW)
    words = {"happened": word("status"), "advice": word("advice")}
    word_status(incident, **words, by=by, now=NOW, expected=0)


def _worked_on(incident: Incident, by: User, helper: User) -> Any:
    _held_up(incident, by, helper)
    figures = Figures(Figure(41, Basis.REPORTED, Confidence.LOW))
    known = Known(figures=figures, grounds=word("grounds"), group=word("group"))
    record_exposure(incident, known=known, by=by, now=NOW)
    keep_sample(
        incident,
        draft=Draft(prompt=f"{word('sample')} {raw('prompt')}", output=raw("output"), source=word("source")),
        by=by,
        now=NOW,
    )
    content = json.dumps({"of": word("file"), "raw": raw("file")}).encode()
    attach(incident, name=f"{HIDDEN}-name.json", raw=content, by=by, now=NOW)
    lane = IncidentLane.objects.get_or_create(incident=incident, lane=Lane.LEGAL, defaults={"needed_at": NOW})[0]
    lane.engage(lead=helper, by=by, now=NOW, note=word("lane"))
    lane.wait(what=word("lane waits"), person=helper, by=by, now=NOW)
    _coordinated(incident, by, helper)
    wanted = TaskAssignment(title=word("task"), instructions=word("how"), owner=helper, due_at=NOW - MINUTE)
    task = add_task(incident, wanted, by=by, now=NOW)
    draw()
    remind(task.pk, now=NOW)
    draw()
    task.block(by=helper, now=NOW, reason=word("blocked"))
    return task


def _coordinated(incident: Incident, by: User, helper: User) -> None:
    asked = Wanted(
        title=word("sign-off"),
        content=word("wording"),
        why_now=word("why now"),
        due_at=NOW + MINUTE,
        role=Role.LEGAL,
    )
    sign_off = ask(incident, asked, by=by, now=NOW)
    sign_off.revise(content=word("new wording"), by=by, now=NOW)
    made = Made(
        question=word("question"),
        options=[word("option"), "No"],
        chosen=word("option"),
        reasons=word("reasons"),
        decider=helper,
        revisit_at=NOW,
    )
    decision = record_decision(incident, made, by=by, now=NOW - MINUTE)
    decision.dissent(why=word("dissent"), by=factories.person("edie"), now=NOW)
    note_revisit(decision.pk, now=NOW)
    words = {section.value: word(section.value) for section in Section}
    offer_the_lead(incident, by, NOW + MINUTE, words=words)


def _breach(stage: Scene, incident: Incident, by: User) -> Breach:
    """Of the threshold that everybody sees."""
    figures = {"bad": 7, "n": 90, "peak_bad": 7, "peak_n": 90, "started_at": NOW - MINUTE, "detected_at": NOW}
    version = stage.threshold.version_at(NOW)
    over = {"cleared_at": NOW, "cleared_reason": "cleared"}
    breach = Breach.objects.create(
        threshold=stage.threshold, version=version, headline=word("headline"), **figures, **over
    )
    breach.intervene(by=by, now=NOW, reason=word("intervening"), incident=incident)
    return breach


def _complaint(stage: Scene, incident: Incident, key: str, by: User) -> Any:
    text = f"{word('complaint')}, write to {raw('complaint')}."
    system = stage.incident.system
    made = complaint(key, at=NOW, system=system, text=text, complainant=raw("contact"), category=f"{HIDDEN}-category")
    made.attach_to_incident(incident, by=by, now=NOW)
    return made


def _report(stage: Scene, incident: Incident, key: str, by: User) -> Any:
    text = f"{word('report')}, seen by {raw('report')}."
    made = report(key, at=NOW, system=stage.incident.system, text=text, by=by)
    made.attach_to(incident, by=by, now=NOW)
    return made


def _resolved(incident: Incident, by: User) -> Review:
    for task in incident.tasks.exclude(before=""):
        task.skip(by=by, now=NOW, reason=word("skipped"))
    incident.contain(by=by, now=NOW, reason=word("contained"))
    incident.resolve(by=by, now=NOW, reason=word("resolved"))
    draw()
    assert incident.state == State.RESOLVED
    return Review.objects.get(incident=incident)


def _reviewed(review: Review, by: User, helper: User) -> Action:
    texts = Texts(
        summary=word("review"), what_happened=word("what"), impact=word("impact"), what_slowed_us=word("slow")
    )
    review.save_draft(texts=texts, by=by, now=NOW, expected=review.version)
    review.add_factor(text=word("factor"), by=by, now=NOW)
    assignment = Assignment(what=word("action"), kind="detective", owner=helper, due_date=NOW.date())
    action = Action.add(review, assignment=assignment, by=by, now=NOW)
    review.submit(by=by, now=NOW)
    return action


def _named_in_a_proposal(stage: Scene, incident: Incident) -> None:
    """A change that was proposed while everybody saw the incident: it said which ones would have been missed."""
    facts = {"days": 30, "per_week": 1.0, "per_week_before": 2.0, "lost_incidents": [incident.reference]}
    Proposal.objects.filter(pk=stage.proposal.pk).update(forecast=facts)
