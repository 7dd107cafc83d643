"""One object of every kind that an address can name, twice: open to all who may read, and restricted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from django.conf import settings

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.outbound.models import ChannelKind, Delivery, PersonalChannel
from airp.outbound.planning import plan_mail
from incidents.attention.mentions import Mention
from incidents.classification import shipped
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.complaints.complaint import Complaint
from incidents.complaints.public_form import FormState, PublicForm
from incidents.coordination.asking import Wanted, ask
from incidents.coordination.handoffs.offering import Offer, offer
from incidents.coordination.recording import Made, record_decision
from incidents.detection.breaches import Breach
from incidents.detection.proposals import Proposal
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.sources import SignalSource
from incidents.detection.thresholds import Threshold
from incidents.impact.attaching import attach
from incidents.impact.keeping import Draft, keep_sample
from incidents.linking.link import Link
from incidents.linking.merge import Merge
from incidents.notification.mail_links import AcknowledgeLink
from incidents.notification.rota.arranging import take_span
from incidents.notification.rota.calendar import CalendarLink
from incidents.notification.rota.records import Rota, RotaOverride
from incidents.playbooks import shipped as playbooks
from incidents.playbooks.playbook import Playbook
from incidents.playbooks.task import Task
from incidents.reports.report import Report
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from incidents.saved_views.records import SavedView
from incidents.status.subscriptions import Subscription, subscribe
from incidents.systems.models import AISystem
from incidents.triage.records import TriageAct
from reviews.postmortem.actions import Assignment
from reviews.postmortem.models import Action, Review
from tests import factories
from tests.architecture.addresses import Address
from tests.incidents.complaints import makers as makers_of_complaints
from tests.incidents.detection import makers
from tests.incidents.reports import makers as makers_of_reports

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MAIL = "20261123T093000000000-0123abcd"


@dataclass(frozen=True, slots=True)
class Scene:
    """The objects that hang together: an incident with its review and breach, and what has no visibility."""

    insider: User
    incident: Incident
    review: Review
    action: Action
    breach: Breach
    threshold: Threshold
    proposal: Proposal
    source: SignalSource
    routing_key: RoutingKey
    delivery: Delivery
    complaint: Complaint
    code: str
    report: Report
    act: TriageAct
    playbook: Playbook
    task: Task
    override: RotaOverride
    calendar: str
    link: str
    channel: PersonalChannel
    merge: Merge
    view: SavedView
    mention: Mention
    subscription: Subscription

    def arguments(self, address: Address) -> dict[str, Any]:
        """The URL arguments for an address. KeyError: teach this scene what the new address names."""
        return {name: self._argument(address.view_name, name) for name in address.parameters}

    def _argument(self, view_name: str, name: str) -> Any:
        if name == "pk":
            if view_name.startswith(("incidents:sign_off", "incidents:decision", "incidents:handoff")):
                return self._coordinated(view_name)
            return self.task.pk if view_name.startswith("incidents:task") else self._keys[view_name]
        if view_name.startswith("incidents:playbook") and name in {"slug", "key", "kind"}:
            return {"slug": self.playbook.slug, "key": self._step_key, "kind": "checklist"}[name]
        return {
            "reference": self.incident.reference,
            "slug": self.incident.system.slug,
            "name": MAIL,
            "person": self.insider.pk,
            "complaint": self.complaint.reference,
            "code": self.code,
            "report": self.report.pk,
            "item": f"complaint-{self.complaint.pk}",
            "token": "ab12cd34",
            "key": self.routing_key.pk,
            "calendar": self.calendar,
            "number": 1,
            "lane": "legal",
            "viewed": "board",
            "subscription": self.subscription.token,
            "link": self.link,
        }[name]

    @property
    def _step_key(self) -> str:
        return self.playbook.versions.get(state="draft").steps.order_by("position").first().key

    def _coordinated(self, view_name: str) -> int:
        kinds = {"sign_off": self.incident.sign_offs, "decision": self.incident.decisions}
        kinds["handoff"] = self.incident.handoffs
        return next(int(found.get().pk) for kind, found in kinds.items() if view_name.startswith(f"incidents:{kind}"))

    @property
    def _keys(self) -> dict[str, Any]:
        factor = self.review.factors.get()
        return {
            "reviews:factor": factor.pk,
            **dict.fromkeys(
                ["reviews:action", "reviews:completion", "reviews:decline", "reviews:resumption"], self.action.pk
            ),
            **dict.fromkeys(
                [f"incidents:{name}" for name in ("breach", "intervention", "hold", "dismissal", "verdict")],
                self.breach.pk,
            ),
            **dict.fromkeys(
                [
                    f"incidents:{name}"
                    for name in ("threshold", "threshold_mode", "threshold_confirmation", "threshold_edition")
                ],
                self.threshold.pk,
            ),
            **dict.fromkeys(
                [f"incidents:threshold_change{end}" for end in ("", "_approval", "_return", "_withdrawal")],
                self.proposal.pk,
            ),
            **dict.fromkeys(
                [
                    *("incidents:source", "incidents:source_settings", "incidents:source_tokens"),
                    *("incidents:source_token_revocation", "incidents:source_test"),
                    *("incidents:source_routing_keys", "incidents:source_routing_key_revocation"),
                ],
                self.source.pk,
            ),
            **dict.fromkeys(["incidents:on_call_span", "incidents:on_call_order"], self.override.rota_id),
            "incidents:triage_undo": self.act.pk,
            "incidents:link_end": self.merge.link_id,
            "incidents:merge_undo": self.merge.pk,
            **dict.fromkeys([f"incidents:mention_{name}" for name in ("dismissal", "return")], self.mention.pk),
            **dict.fromkeys(
                [
                    f"incidents:saved_view_{name}"
                    for name in ("name", "sharing", "position", "default", "removal", "return")
                ],
                self.view.pk,
            ),
            "incidents:on_call_withdrawal": self.override.pk,
            **dict.fromkeys([f"incidents:channel_{name}" for name in ("rules", "test", "removal")], self.channel.pk),
            **dict.fromkeys(["outbound:delivery", "outbound:retry", "outbound:discard"], self.delivery.pk),
        }


def build(visibility: Visibility) -> Scene:
    """Everything in one scene; a restricted one belongs to an insider outside the standing cast."""
    shipped.install()
    playbooks.install(by=None, now=NOW)
    insider = User.objects.filter(email="insider@example.com").first() or User.objects.create_user(
        email="insider@example.com", name="Ingrid Insider", roles=["manager"]
    )
    system = AISystem.objects.get_or_create(slug=f"system-{visibility}", defaults={"name": "S", "purpose": "p"})[0]
    incident = _resolved_incident(system, insider, visibility)
    review = Review.objects.get(incident=incident)
    soon = NOW + timedelta(hours=2)
    asked = Wanted(title="Notice", content="We are sorry.", why_now="w", due_at=soon, role=Role.LEGAL)
    ask(incident, asked, by=insider, now=NOW)
    made = Made(question="Tell?", options=["Yes", "No"], chosen="Yes", reasons="r", decider=insider)
    record_decision(incident, made, by=insider, now=NOW)
    offer_the_lead(incident, insider, soon)
    review.add_factor(text="No test covered it.", by=insider, now=NOW)
    assignment = Assignment(what="Cover it", kind="detective", owner=insider, due_date=date(2026, 12, 1))
    threshold = Threshold.objects.create(
        name=f"T-{visibility}", system=system, owner=factories.person("tess"), mode="active"
    )
    version = makers.version(threshold, now=NOW)
    complaint = makers_of_complaints.complaint(f"scene/{visibility}", at=NOW, system=system)
    complaint.attach_to_incident(incident, by=insider, now=NOW)
    report = makers_of_reports.report(f"scene/{visibility}", at=NOW, system=system)
    report.attach_to(incident, by=insider, now=NOW)
    sample = Draft(prompt="Who am I?", output="Somebody.")
    attach(incident, name=f"{visibility}.txt", raw=b"Proof", by=insider, now=NOW)
    keep_sample(incident, draft=sample, by=insider, now=NOW)
    PublicForm.objects.create(system=system, state=FormState.OPEN, known_as="the chat", promise="We read it.")
    rota = Rota.objects.create(name=f"Rota {visibility}", purpose="p")
    figures = {"bad": 9, "n": 100, "peak_bad": 9, "peak_n": 100}
    source = makers.source(name=f"source-{visibility}")
    RoutingKey.issue(source, by=insider, now=NOW)
    return Scene(
        insider=insider,
        incident=incident,
        review=review,
        action=Action.add(review, assignment=assignment, by=insider, now=NOW),
        breach=Breach.objects.create(
            threshold=threshold, version=version, incident=incident, started_at=NOW, detected_at=NOW, **figures
        ),
        threshold=threshold,
        proposal=Proposal.objects.create(
            threshold=threshold, mode="paused", grounds=["stops_judging"], reason="r", author=insider, proposed_at=NOW
        ),
        source=source,
        routing_key=source.routing_keys.get(),
        delivery=plan_mail(
            cause=f"matrix/{uuid4()}",
            step="1",
            recipient=insider,
            subject="s",
            text="t",
            due_at=NOW,
            priority=3,
            now=NOW,
        ),
        complaint=complaint,
        code=complaint.issue_code(by=insider, now=NOW),
        report=report,
        act=TriageAct.objects.create(by=insider, at=NOW, deed="snooze"),
        playbook=_playbook_with_draft(),
        task=Task.objects.filter(incident=incident).first(),
        override=take_span(rota, person=insider, starts_at=NOW, ends_at=NOW + timedelta(days=1), by=insider, now=NOW),
        calendar=CalendarLink.issue(insider, now=NOW),
        link=AcknowledgeLink.issue(incident, insider, now=NOW).rstrip("/").rpartition("/")[2],
        subscription=subscribe(incident, person=insider, now=NOW),
        view=SavedView.objects.create(
            viewed="board", owner=insider, name=f"V-{visibility}", query="whose=mine", position=1, made_at=NOW
        ),
        mention=Mention.objects.create(incident=incident, entry=incident.timeline.get(seq=1), person=insider, at=NOW),
        channel=PersonalChannel.add(insider, kind=ChannelKind.SLACK, name="c", url="https://c.example/abcd", now=NOW),
        merge=merged_with(incident, insider),
    )


def merged_with(incident: Incident, insider: User, words: str = "Canary title") -> Merge:
    """The incident and another one that was merged, as rows: by now work on the first is over."""
    duplicate = declare(
        Declaration(
            title=words,
            system=incident.system,
            severity=incident.severity,
            visibility=Visibility(incident.visibility),
        ),
        by=insider,
        now=NOW,
    )
    made = Link.objects.create(
        relation="duplicate", source=duplicate, target=incident, by=insider, at=NOW, reason=words
    )
    return Merge.objects.create(
        duplicate=duplicate, survivor=incident, link=made, by=insider, at=NOW, before=duplicate.standing
    )


def offer_the_lead(
    incident: Incident, insider: User, due_at: datetime, words: Mapping[str, str] = MappingProxyType({"standing": "w"})
) -> None:
    """The insider, who triaged it, leads it; to somebody who is inside as well."""
    second = User.objects.filter(email="second@example.com").first() or User.objects.create_user(
        email="second@example.com", name="Sven Second", roles=["responder"]
    )
    incident.assign_role(role=IncidentRole.DEPUTY, person=second, by=insider, now=NOW)
    offer(Offer(receiver=second, due_at=due_at, words=words, incident=incident), by=insider, now=NOW)


def _playbook_with_draft() -> Playbook:
    playbook = Playbook.objects.get(slug="biased-output")
    if not playbook.versions.filter(state="draft").exists():
        playbook.begin_draft(by=None, now=NOW)
    return playbook


def keep_a_mail() -> None:
    """A mail for the demo's mail view."""
    folder = Path(settings.STATE_DIR) / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{MAIL}.eml").write_text("Subject: s\n\nt\n")


def _resolved_incident(system: AISystem, insider: User, visibility: Visibility) -> Incident:
    level, kind = SeverityLevel.objects.get(slug="SEV2"), HarmKind.objects.get(slug="discrimination")
    declared_at = NOW - timedelta(hours=5)
    incident = declare(
        Declaration(title="Canary title", system=system, severity=level, visibility=visibility),
        by=insider,
        now=declared_at,
    )
    incident.triage(severity=level, harm_kind=kind, by=insider, now=declared_at + timedelta(minutes=5))
    _draw()
    for task in Task.objects.filter(incident=incident):
        task.skip(by=insider, now=declared_at + timedelta(minutes=7), reason="For the matrix.")
    incident.contain(by=insider, now=declared_at + timedelta(minutes=9), reason="Switched off")
    incident.resolve(by=insider, now=declared_at + timedelta(minutes=30), reason="Put right")
    _draw()
    return incident


def _draw() -> None:
    while react_to_next(now=NOW):
        pass
