"""Something of everything for the pages to show, made with the product's own verbs, and texts that try the layout."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from django.db import transaction

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.local.product.levers import Levers
from airp.local.product.server import Server
from airp.outbound.endpoints import EVENT_TYPES, AllowedHost, Endpoint
from airp.outbound.models import Attempt, AttemptOutcome, ChannelKind, Delivery, DeliveryState, PersonalChannel
from airp.outbound.planning import plan_mail
from incidents.classification.figures import Basis, Confidence, Figure, Figures
from incidents.classification.matrix import AxisName
from incidents.classification.models import SeverityLevel
from incidents.complaints.complaint import Complaint
from incidents.complaints.public_form import FormState, PublicForm
from incidents.complaints.states import CloseReason
from incidents.coordination import shipped as coordination
from incidents.coordination.asking import Wanted, ask
from incidents.coordination.handoffs.offering import Offer
from incidents.coordination.handoffs.offering import offer as offer_handoff
from incidents.coordination.lane import IncidentLane
from incidents.coordination.recording import Made, record_decision
from incidents.detection.activity import SourceActivity
from incidents.detection.alerting import take_reports
from incidents.detection.approving import Forecast
from incidents.detection.attaching import declare_for
from incidents.detection.breaches import Breach, BreachKind, Origin
from incidents.detection.changing import change_rule
from incidents.detection.choices import Mode
from incidents.detection.hearing import Deafness
from incidents.detection.ingestion import Outcome, take
from incidents.detection.late.consequences import revise
from incidents.detection.late.records import LateRun
from incidents.detection.late.spans import Span
from incidents.detection.marking import take_changes
from incidents.detection.parsers.changes import read_change
from incidents.detection.parsers.reports import Act, Report
from incidents.detection.proposals import Proposal
from incidents.detection.sources import MAX_SERIES, Rhythm, SignalSource
from incidents.detection.states import ThresholdState
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict
from incidents.detection.versions import ThresholdVersion
from incidents.impact.attaching import attach
from incidents.impact.keeping import Draft, keep_sample
from incidents.impact.recording import Known, record_exposure
from incidents.impact.samples import Found
from incidents.linking.linking import end_link, link
from incidents.linking.merging import merge
from incidents.notification.mail_links import AcknowledgeLink
from incidents.notification.policies.aims import Target
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice, PolicyLevel
from incidents.notification.rota.arranging import arrange_order, take_span
from incidents.notification.rota.records import Rota
from incidents.playbooks import shipped as playbooks
from incidents.playbooks.adding import Assignment as TaskAssignment
from incidents.playbooks.adding import add_task
from incidents.playbooks.playbook import Playbook
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.task import Task
from incidents.reports.report import Report as HumanReport
from incidents.reports.states import Discretion
from incidents.response.lanes import Lane
from incidents.response.models import Incident, IncidentKind
from incidents.response.people import IncidentRole
from incidents.response.relations import Relation
from incidents.response.states import State
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem, Component, ComponentVersion, Ownership
from reviews.postmortem.actions import Action, Assignment
from reviews.postmortem.drafting import Texts
from reviews.postmortem.models import Review
from tests import factories
from tests.incidents import cases
from tests.incidents.answering import LIKELY, SERIOUS, answered, answers
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers
from tests.incidents.reports.makers import report
from tests.processes.stack import LiveStack

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MAIL = "20261123T093000000000-0123abcd"
UNBROKEN = "promise_" * 14
HOSTILE = f"Refund granted \u202egnp.exe\u202c to <script>alert(1)</script>\u200b {UNBROKEN}"
NOTE = f"""## What we saw
The assistant **promised refunds** against policy in `refund-flow`:

- 41 of 2,310 answers, see https://example.com/trace/7/{UNBROKEN}

    {UNBROKEN}{UNBROKEN}
"""
TEXTS = Texts(
    summary="The assistant promised refunds against policy.",
    what_happened=NOTE,
    impact="41 customers were promised money.",
    what_slowed_us="Nobody knew who owned the prompt.",
)


@dataclass(frozen=True, slots=True)
class World:
    """The things that pages are about, by what makes them different."""

    system: AISystem
    incidents: dict[str, Incident]
    threshold: Threshold
    draft_threshold: Threshold
    change: Proposal
    source: SignalSource
    silent_source: SignalSource
    breaches: dict[str, Breach]
    deliveries: dict[str, Delivery]
    actions: dict[str, Action]
    complaints: dict[str, Complaint]
    reports: dict[str, HumanReport]
    code: str
    tasks: dict[str, Task]
    rota: Rota
    link: str

    def reference(self, name: str) -> str:
        return self.incidents[name].reference


@transaction.atomic
def build(stack: LiveStack, *, now: datetime) -> World:
    """Everything at once. The order matters only where one thing follows from another."""
    system = _system(now=now)
    source, silent = _sources(now=now)
    threshold, draft = _thresholds(now=now)
    incidents = _incidents(now=now)
    _draw(now=now)
    actions = _reviews(incidents, now=now)
    world = World(
        system=system,
        incidents=incidents,
        threshold=threshold,
        draft_threshold=draft,
        change=_change(threshold, now=now),
        source=source,
        silent_source=silent,
        breaches=_breaches(threshold, now=now) | {"alert": _alert(source, now=now)},
        deliveries=_deliveries(now=now),
        actions=actions,
        complaints=(complaints := _complaints(system, incidents, now=now)),
        reports=_reports(system, incidents, now=now),
        code=complaints["attached"].issue_code(by=factories.person("tess"), now=now),
        tasks={},
        rota=_rota(now=now),
        link=_reached(incidents["reported"], now=now),
    )
    incidents["detected"] = world.breaches["declared"].incident
    _draw(now=now)
    world.tasks.update(_tasks(incidents, now=now))
    _lanes(incidents, now=now)
    _links(incidents, now=now)
    _keep_a_mail(stack)
    return world


def product(stack: LiveStack) -> Server:
    """The levers of the simulated product, without the customers. Shut it down after use."""
    server = Server(Levers())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (stack.state.root / "product-address").write_text(server.url)
    return server


def _system(*, now: datetime) -> AISystem:
    system = cases.assistant()
    Ownership.objects.create(system=system, person=factories.person("ravi"), deputy=factories.person("lee"))
    for component, label in ((Component.MODEL, "v13"), (Component.MODEL, "v14"), (Component.PROMPT, UNBROKEN)):
        at = now - (20 * DAY if label == "v13" else 2 * DAY)
        ComponentVersion.deploy(system=system, component=component, label=label, at=at)
    AISystem.objects.create(slug="ranker", name="Ranker of applicants " + UNBROKEN[:60], purpose=NOTE[:200])
    return system


def _rota(*, now: datetime) -> Rota:
    """Tess is on call; Mo takes a day of it, and nobody takes every third week."""
    tess, ravi, mo = (factories.person(name) for name in ("tess", "ravi", "mo"))
    rota = Rota.objects.create(name="First line " + UNBROKEN[:60], purpose=NOTE[:200], time_zone="Europe/Oslo")
    given = {"weekday": 0, "handover": time(9), "begins_at": now - DAY, "by": mo, "now": now - DAY}
    arrange_order(rota, seats=[tess, ravi, None], **given)
    for person, days in ((mo, 2), (None, 4)):
        start = now + days * DAY
        take_span(rota, person=person, starts_at=start, ends_at=start + DAY, reason=HOSTILE[:150], by=mo, now=now)
    policy = EscalationPolicy.objects.create(name="Night " + UNBROKEN[:60], purpose=NOTE[:200], repeat_count=2)
    aims = ((0, {"target": Target.ON_CALL, "rota": rota}), (1, {"target": Target.PERSON, "person": mo}))
    for number, aim in aims:
        PolicyLevel.objects.create(policy=policy, number=number, delay_minutes=10, **aim)
    PolicyChoice.objects.create(severity=SeverityLevel.objects.get(slug="SEV1"), policy=policy)
    Rota.objects.create(name="Night line", purpose="Nobody has arranged it yet.")
    return rota


def _reached(incident: Incident, *, now: datetime) -> str:
    """Tess has a channel of her own, and a link to acknowledge."""
    tess = factories.person("tess")
    given = {"name": "Phone " + UNBROKEN[:40], "url": "https://hooks.example.com/x1y2", "now": now}
    PersonalChannel.add(tess, kind=ChannelKind.SLACK, **given)
    return AcknowledgeLink.issue(incident, tess, now=now).rstrip("/").rpartition("/")[2]


def _sources(*, now: datetime) -> tuple[SignalSource, SignalSource]:
    makers.system()
    source = makers.source(name="Gateway", note="Posts every minute.")
    source.issue_token(by=None, now=now)
    traffic = [makers.item(n, at=now - n * MINUTE, kind="traffic", n=40) for n in range(1, 60)]
    violations = [makers.item(100 + n, at=now - n * MINUTE, n=1 + n % 5) for n in range(1, 60)]
    for minutes in range(40):  # by the minute of arrival, for the bars of its page
        take(source, traffic[minutes::40] + violations[minutes::40], now=now - minutes * MINUTE)
    flawed = [makers.item(200, at=now + HOUR), makers.item(201, at=now, kind="rumour", text=NOTE)]
    take(source, flawed, now=now)
    SourceActivity.objects.filter(source=source).update(series_count=MAX_SERIES - 1)
    _changes(source, now=now)
    Deafness.objects.create(began_at=now - 9 * HOUR, ended_at=now - 8 * HOUR)
    return source, makers.source(name="Tickets " + UNBROKEN[:60], rhythm=Rhythm.IRREGULAR)


def _changes(source: SignalSource, *, now: datetime) -> None:
    """Marks on the chart of the threshold: two close together, one in words that nobody chose with care."""
    for minutes, summary in ((90, "Model 14 is live"), (88, HOSTILE[:400]), (20, UNBROKEN)):
        told = {"summary": summary, "links": [{"href": f"https://ci.example.com/{UNBROKEN}", "text": "Build"}]}
        take_changes(source, [(0, read_change(told))], Outcome(), now=now - minutes * MINUTE)


def _thresholds(*, now: datetime) -> tuple[Threshold, Threshold]:
    threshold = makers.threshold()
    makers.version(threshold, now=now - 30 * DAY)
    version = makers.version(threshold, now=now - DAY, limit=15_000, for_seconds=120)
    ThresholdState.objects.create(threshold=threshold, version=version, status="firing", changed_at=now)
    draft = makers.threshold(name="Complaints " + UNBROKEN[:60], mode=Mode.DRAFT)
    return threshold, draft


def _incidents(*, now: datetime) -> dict[str, Incident]:
    mo, tess = factories.person("mo"), factories.person("tess")
    found = {state.value: cases.incident(now=now, state=state) for state in State if state != State.CLOSED}
    found["closed"] = cases.incident(now=now, state=State.CLOSED, severity="SEV4")
    found |= {f"resolved {n}": cases.incident(now=now, state=State.RESOLVED) for n in range(3)}
    found["hostile"] = cases.incident(now=now, title=HOSTILE[:200], summary=NOTE, state=State.TRIAGED)
    found["overdue"] = cases.incident(now=now - 2 * DAY, severity="SEV1", state=State.TRIAGED)
    found["drill"] = cases.incident(now=now, kind=IncidentKind.DRILL)
    found["restricted"] = cases.incident(now=now, visibility=Visibility.RESTRICTED, by=mo)
    busy = found["hostile"]
    busy.hand_over(to=factories.person("ravi"), by=mo, now=now, note=NOTE)
    busy.assign_role(role=next(iter(IncidentRole)), person=mo, by=mo, now=now)
    busy.add_note(text=HOSTILE, by=tess, now=now)
    busy.post_update(text=NOTE, by=tess, now=now)
    for given in (answers(SERIOUS), answers((2, 2, 3, None, 3), LIKELY, floors="F4 F5", unsure={AxisName.SCALE})):
        said = answered(given, reason=UNBROKEN, harm=UNBROKEN, scale="41 of 2,310 answers.")
        busy.assess(answered=said, to=cases.level("SEV2"), by=mo, now=now)
    _impact(busy, now=now)
    return found


def _links(incidents: dict[str, Incident], *, now: datetime) -> None:
    """An incident with links of every kind, one of them ended, and a duplicate that was merged into it."""
    tess, mo = factories.person("tess"), factories.person("mo")
    linked = incidents["linked"] = cases.incident(now=now, state=State.TRIAGED, title=HOSTILE[:200])
    for relation, name in (("related", "hostile"), ("parent", "overdue"), ("recurrence", "closed")):
        link(Relation(relation), linked, incidents[name], by=mo, now=now, reason=HOSTILE)
    wrong = link(Relation.DUPLICATE, linked, incidents["dismissed"], by=mo, now=now, reason=NOTE)
    end_link(wrong, by=tess, now=now, reason=NOTE + UNBROKEN)
    incidents["merged"] = cases.incident(now=now, title=HOSTILE[:200])
    merge(incidents["merged"], linked, by=tess, now=now, note=HOSTILE)


def _lanes(incidents: dict[str, Incident], *, now: datetime) -> None:
    """After all else, so that no lane holds a story back: one incident with lanes in every state."""
    mo, lee, ravi, pia = (factories.person(name) for name in ("mo", "lee", "ravi", "pia"))
    coordination.install()
    incident = incidents["lanes"] = cases.incident(now=now, state=State.TRIAGED, severity="SEV1", title=HOSTILE[:200])
    _draw(now=now)
    lanes = {lane.lane: lane for lane in IncidentLane.objects.filter(incident=incident)}
    lanes["technical"].engage(lead=ravi, by=ravi, now=now)
    lanes["legal"].engage(lead=lee, by=lee, now=now + HOUR, note=NOTE)
    lanes["legal"].wait(what=HOSTILE, lane=Lane.TECHNICAL, person=mo, by=lee, now=now + HOUR)
    lanes["policy"].engage(lead=pia, by=pia, now=now)
    lanes["policy"].settle(outcome=NOTE + UNBROKEN, by=pia, now=now)
    IncidentLane(incident=incident, lane="editorial").engage(
        lead=factories.person("edie"), by=factories.person("edie"), now=now
    )
    IncidentLane.objects.get(incident=incident, lane="editorial").mark_not_needed(reason=HOSTILE, by=mo, now=now)
    soon = now + 3 * HOUR
    asked = {"title": HOSTILE[:200], "content": NOTE, "why_now": HOSTILE[:250], "due_at": soon, "role": Role.LEGAL}
    for words in (NOTE + UNBROKEN, HOSTILE):
        one = ask(incident, Wanted(**asked), by=mo, now=now)
        one.revise(content=words, by=mo, now=now)
    one.approve(seen=one.digest, by=lee, now=now, note=NOTE)
    options = [UNBROKEN[:150], HOSTILE[:150]]
    made = {
        "question": HOSTILE[:250],
        "options": options,
        "chosen": options[0].strip(),
        "reasons": NOTE,
        "decider": pia,
    }
    decided = record_decision(incident, Made(**made, revisit_at=now + HOUR), by=pia, now=now)
    decided.dissent(why=HOSTILE, by=lee, now=now)
    _handoffs(incident, lanes["legal"], now=now)


def _handoffs(incident: Incident, lane: IncidentLane, *, now: datetime) -> None:
    """One that was returned, one that waits for an answer, one to be rated, and a shift."""
    mo, lee, ravi, pia = (factories.person(name) for name in ("mo", "lee", "ravi", "pia"))
    words = {"standing": NOTE, "risks": HOSTILE, "promises": f"- {UNBROKEN}", "work": NOTE}
    given = {"due_at": now + 3 * HOUR, "words": words}
    incident.hand_over(to=mo, by=mo, now=now)
    of_lane = offer_handoff(Offer(receiver=pia, lane=lane, **given), by=lee, now=now)
    of_lane.return_with_note(missing=HOSTILE, by=pia, now=now + MINUTE)
    first = offer_handoff(Offer(receiver=mo, **given), by=ravi, now=now)
    first.withdraw(reason=UNBROKEN, by=ravi, now=now)
    second = offer_handoff(Offer(receiver=ravi, incident=incident, **given), by=mo, now=now)
    second.accept(seen=1, by=ravi, now=now + 5 * MINUTE)
    offer_handoff(Offer(receiver=mo, incident=incident, **given), by=ravi, now=now + 6 * MINUTE)


def _tasks(incidents: dict[str, Incident], *, now: datetime) -> dict[str, Task]:
    """After all else, so that no task holds a story back: one incident with tasks in every state."""
    mo, ravi = factories.person("mo"), factories.person("ravi")
    playbooks.install(by=None, now=now)
    Playbook.objects.get(slug="data-leak").begin_draft(by=factories.person("ada"), now=now)
    Playbook.objects.get(slug="tool-abuse").retire(by=factories.person("ada"), now=now, why=UNBROKEN)
    incident = incidents["tasks"] = cases.incident(now=now, state=State.TRIAGED, title=HOSTILE[:200])
    _draw(now=now)
    by_number = {task.number: task for task in Task.objects.filter(incident=incident)}
    by_number[1].start(by=ravi, now=now)
    by_number[2].block(by=mo, now=now, reason=HOSTILE)
    by_number[4].skip(by=mo, now=now, reason=NOTE)
    by_number[5].record(by=mo, now=now, values={"ticks": ["0"]})
    by_number[6].finish(by=mo, now=now)
    grave = playbooks.PLAYBOOKS[3]
    PlaybookRun.objects.create(
        incident=incident,
        playbook=Playbook.objects.get(slug=grave.slug),
        version=Playbook.objects.get(slug=grave.slug).versions.get(state="published"),
        state="withdrawn",
    ).propose(now=now)
    late = TaskAssignment(title=UNBROKEN, lane="legal", owner=mo, due_at=now - HOUR, before="closed", instructions=NOTE)
    return {
        "by hand": add_task(incident, late, by=mo, now=now),
        "decision": by_number[3],
        "checklist": by_number[5],
        "stands still": by_number[2],
        "done": by_number[6],
    }


def _impact(case: Incident, *, now: datetime) -> None:
    """Numbers that contradict the assessment, in words that nobody chose with care."""
    ravi = factories.person("ravi")
    first = Figures(Figure(41, Basis.REPORTED, Confidence.LOW))
    counted = Figures(*(Figure(n, Basis.COUNTED, Confidence.HIGH) for n in (123_456, 41, 2_310)))
    record_exposure(case, known=Known(figures=first, grounds=HOSTILE), by=ravi, now=now)
    more = {"jurisdictions": ["NO", "US-CA"], "characteristics": ["age", "disability"], "since": now - DAY}
    record_exposure(case, known=Known(figures=counted, grounds=NOTE, group=HOSTILE, **more), by=ravi, now=now)
    for found in (Found.LOGS, Found.PRESS):
        words = {"prompt": HOSTILE, "output": NOTE, "source": UNBROKEN, "version": UNBROKEN[:100], "happened_at": now}
        keep_sample(case, draft=Draft(**words, found=found), by=ravi, now=now)
    attach(case, name=f"../{UNBROKEN}\u202etxt.csv", raw=b"a,b\n1,2\n", by=ravi, now=now)


def _reviews(incidents: dict[str, Incident], *, now: datetime) -> dict[str, Action]:
    ravi, mo = factories.person("ravi"), factories.person("mo")
    written = [Review.objects.get(incident=incidents[f"resolved {n}"]) for n in range(3)]
    for review in written:
        review.save_draft(texts=TEXTS, by=ravi, now=now, expected=review.version)
        review.add_factor(text=HOSTILE, by=ravi, now=now)
    actions = {name: _action(written[0], ravi, name, now=now) for name in ("open", "done", "not doing")}
    actions["done"].complete(evidence="https://example.com/" + UNBROKEN, by=ravi, now=now)
    actions["not doing"].decline(reason=NOTE, by=ravi, now=now)
    for review in written:
        review.submit(by=ravi, now=now)
    written[1].return_with_comments(comment=HOSTILE, by=mo, now=now)
    written[2].sign_off(by=mo, now=now, expected=written[2].version)
    return actions


def _action(review: Review, owner: User, name: str, *, now: datetime) -> Action:
    due = (now + (DAY if name == "open" else 9 * DAY)).date()
    assignment = Assignment(what=f"{name}: {HOSTILE}", kind="detective", owner=owner, due_date=due)
    return Action.add(review, assignment=assignment, by=owner, now=now)


def _change(threshold: Threshold, *, now: datetime) -> Proposal:
    """A looser limit by Ada that waits for Mo."""
    version = threshold.version_at(now)
    looser = ThresholdVersion.from_rule({**version.as_rule, "limit": 40_000, "category": UNBROKEN})
    forecast = Forecast(days=30, per_week=1.2, per_week_before=3.4, lost_incidents=("AIR-2026-0001",))
    reason = "Traffic doubled. " + UNBROKEN
    found = change_rule(threshold, looser, by=factories.person("ada"), now=now, reason=reason, forecast=forecast)
    assert isinstance(found, Proposal)
    return found


def _breaches(threshold: Threshold, *, now: datetime) -> dict[str, Breach]:
    tess = factories.person("tess")
    version = threshold.version_at(now)
    given = {"threshold": threshold, "version": version, "bad": 9, "n": 100, "peak_bad": 19, "peak_n": 110}

    def breach(*, hours: int, is_over: bool = True, **more: str) -> Breach:
        at = now - hours * HOUR
        cleared = {"cleared_at": at + HOUR / 2, "cleared_reason": "cleared"} if is_over else {}
        due = {} if more else {"decision_due_at": now + HOUR}
        return Breach.objects.create(**given, started_at=at, detected_at=at + MINUTE, **due, **cleared, **more)

    found = {
        "open": breach(hours=1, is_over=False),
        "dismissed": breach(hours=9),
        "declared": breach(hours=8),
        "unanswered": breach(hours=7),
        "recorded": breach(hours=30, kind=BreachKind.RECORD, origin=Origin.LATE),
    }
    found["dismissed"].dismiss(verdict=Verdict.FALSE_ALARM, by=tess, now=now, reason=HOSTILE)
    declare_for(found["declared"], now=now)
    span = Span(now - 8 * HOUR, now - 7 * HOUR, 3 * HOUR)
    revise([(found["declared"], False)], [span], now=now)
    run = {"first_minute": span.first, "last_minute": span.last, "lag_seconds": 10_800, "finished_at": now}
    LateRun.objects.create(threshold=threshold, number=1, found_count=1, revised_count=1, **run)
    LateRun.objects.create(threshold=threshold, number=2, **run)
    found["unanswered"].note_unanswered(now=now + 2 * HOUR)
    return found


def _alert(source: SignalSource, *, now: datetime) -> Breach:
    """An alert of another system, in words that nobody chose with care."""
    report = Report(
        act=Act.FIRING,
        key=UNBROKEN[:200],
        payload_hash=b"1",
        title=HOSTILE[:1_000],
        description=NOTE[:1_000],
        severity="P1",
        system="support-assistant",
        source_url=f"https://watch.example.com/{UNBROKEN}",
        facts=(("alertname", UNBROKEN[:200]), ("note", HOSTILE[:200])),
        started_at=now - 2 * HOUR,
    )
    take_reports(source, [(0, report)], Outcome(), now=now)
    take_reports(source, [(0, replace(report, payload_hash=b"2"))], Outcome(), now=now)
    return source.alerts.get().breach


def _complaints(system: AISystem, incidents: dict[str, Incident], *, now: datetime) -> dict[str, Complaint]:
    tess, mo = factories.person("tess"), factories.person("mo")
    given = {"system": system, "complainant": "eva@example.com", "text": HOSTILE}
    found = {
        "new": complaint("new", at=now - HOUR, **given, channel="press", happened_at=now - DAY),
        "attached": complaint("attached", at=now - 2 * HOUR, **given | {"text": NOTE}),
        "closed": complaint("closed", at=now - 3 * DAY, **given | {"complainant": "", "text": ""}),
    }
    found["attached"].attach_to_incident(incidents["triaged"], by=mo, now=now)
    found["closed"].answer_with(text=HOSTILE, by=tess, now=now)
    found["closed"].close(why=CloseReason.SETTLED, by=tess, now=now, reason=NOTE)
    PublicForm.objects.create(
        system=system, state=FormState.OPEN, known_as="the chat " + UNBROKEN[:60], promise="We read it within a day."
    )
    return found


def _reports(system: AISystem, incidents: dict[str, Incident], *, now: datetime) -> dict[str, HumanReport]:
    given = {"system": system, "text": HOSTILE, "sample": UNBROKEN, "by": factories.person("lee")}
    found = {
        "new": report("new", at=now - HOUR, **given, happened_at=now - DAY),
        "attached": report("attached", at=now - 2 * HOUR, **given, discretion=Discretion.CONFIDENTIAL),
    }
    found["attached"].attach_to(incidents["triaged"], by=factories.person("tess"), now=now)
    return found


def _deliveries(*, now: datetime) -> dict[str, Delivery]:
    found = {name: _mail(name, now=now) for name in ("waiting", "sent", "dead")}
    for name, outcome in (("sent", AttemptOutcome.SENT), ("dead", AttemptOutcome.REFUSED)):
        error = {} if name == "sent" else {"error_class": "SMTPRecipientsRefused", "error_text": f"550 {UNBROKEN}"}
        state = {"state": DeliveryState.SENT, "sent_at": now} if name == "sent" else {"state": DeliveryState.DEAD}
        Attempt.objects.create(
            delivery=found[name], number=1, started_at=now, finished_at=now, outcome=outcome, answer="550", **error
        )
        Delivery.objects.filter(pk=found[name].pk).update(due_at=None, attempt_count=1, **state, **error)
    AllowedHost.objects.create(name="hooks.example.com", reason="The pager of the night shift.")
    Endpoint.objects.create(name="Pager", url="https://hooks.example.com/airp", types=[EVENT_TYPES[0]])
    return found


def _mail(name: str, *, now: datetime) -> Delivery:
    return plan_mail(
        cause=f"world/{name}",
        step="alert",
        recipient=factories.person("mo"),
        subject=f"{name}: {HOSTILE}"[:150],
        text=NOTE,
        due_at=now + DAY,
        priority=3,
        now=now,
    )


def _keep_a_mail(stack: LiveStack) -> None:
    stack.state.mail.mkdir(parents=True, exist_ok=True)
    (stack.state.mail / f"{MAIL}.eml").write_text(f"From: a@example.com\nTo: b@example.com\nSubject: s\n\n{UNBROKEN}\n")


def _draw(*, now: datetime) -> None:
    """Every consequence that waits, as the worker would draw it."""
    while react_to_next(now=now + MINUTE):
        pass
