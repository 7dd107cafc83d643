"""The verbs of an incident as a person meets them: a noun address, a form, and what the form does.

Whether a step is offered is read from the core's table of moves, never decided here a second time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from incidents.desk import forms, grading_forms
from incidents.desk.verb_form import VerbForm
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.states import MOVES, State, Verb
from incidents.response.telling import IncidentTime
from incidents.response.timeline import TimelineEntry
from incidents.response.visibility import Visibility

Cleaned = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One small form. `path` is its noun under the incident's address, `name` its URL name."""

    name: str
    path: str
    verbs: tuple[Verb, ...]
    form: type[VerbForm]
    carry_out: Callable[[Incident, Cleaned, User, datetime], TimelineEntry]
    title: str | Promise
    button: str | Promise
    done: str | Promise
    key: str = ""

    @property
    def form_name(self) -> str:
        """Prefix of the ids in the form; notes and updates share one form."""
        return "say" if self.name in {"notes", "updates"} else self.name

    def is_open_to(self, user: User, incident: Incident) -> bool:
        """Whether the table of moves lets this person take the step now."""
        if self.name == "acknowledge" and incident.acknowledged_at is not None:
            return False
        if self.name == "reopen" and incident.merged_into_id is not None:
            return False
        state = State(incident.state)
        return any(state in MOVES[verb].sources and user.can(MOVES[verb].capability) for verb in self.verbs)


def _change_severity(incident: Incident, cleaned: Cleaned, by: User, now: datetime) -> TimelineEntry:
    """One form for both directions: a level that is not worse goes through lowering, which says what it needs."""
    change = incident.raise_severity if cleaned["to"].rank < incident.terms["rank"] else incident.lower_severity
    return change(to=cleaned["to"], by=by, now=now, reason=cleaned["reason"], expected=cleaned["version"])


def _triage(incident: Incident, cleaned: Cleaned, by: User, now: datetime) -> TimelineEntry:
    given = {name: cleaned[name] for name in ("severity", "harm_kind", "note", "answered")}
    return incident.triage(**given, by=by, now=now)


def _assess(incident: Incident, cleaned: Cleaned, by: User, now: datetime) -> TimelineEntry:
    return incident.assess(answered=cleaned["answered"], to=cleaned["to"], by=by, now=now, expected=cleaned["version"])


def _reword(incident: Incident, cleaned: Cleaned, by: User, now: datetime) -> TimelineEntry:
    """Title or summary; the other one stays as it is."""
    words = {name: cleaned.get(name, getattr(incident, name)) for name in ("title", "summary")}
    return incident.edit_details(**words, expected=cleaned["version"], by=by, now=now)


def _staff(incident: Incident, cleaned: Cleaned, by: User, now: datetime) -> TimelineEntry:
    role = IncidentRole(cleaned["role"])
    if cleaned["person"] is None:
        return incident.end_role(role=role, by=by, now=now)
    return incident.assign_role(role=role, person=cleaned["person"], by=by, now=now)


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "acknowledge", "acknowledgement", (Verb.ACKNOWLEDGE,), forms.AcknowledgeForm,
            lambda incident, cleaned, by, now: incident.acknowledge(by=by, now=now),
            _("Acknowledge"), _("Acknowledge"), _("acknowledged"), "a",
        ),
        Step(
            "triage", "triage", (Verb.TRIAGE,), grading_forms.TriageForm,
            _triage,
            _("Triage"), _("Confirm as incident"), _("triaged"),
        ),
        Step(
            "contain", "containment", (Verb.CONTAIN,), forms.ContainForm,
            lambda incident, cleaned, by, now: incident.contain(**cleaned, by=by, now=now),
            _("Contain"), _("The harm has stopped"), _("contained"),
        ),
        Step(
            "resolve", "resolution", (Verb.RESOLVE,), forms.ResolveForm,
            lambda incident, cleaned, by, now: incident.resolve(**cleaned, by=by, now=now),
            _("Resolve"), _("It is put right"), _("resolved"),
        ),
        Step(
            "close", "closure", (Verb.CLOSE,), forms.CloseForm,
            lambda incident, cleaned, by, now: incident.close(**cleaned, by=by, now=now),
            _("Close"), _("Close the incident"), _("closed"),
        ),
        Step(
            "dismiss", "dismissal", (Verb.DISMISS,), forms.DismissForm,
            lambda incident, cleaned, by, now: incident.dismiss(**cleaned, by=by, now=now),
            _("Dismiss"), _("Dismiss: no incident"), _("dismissed"),
        ),
        Step(
            "reopen", "reopening", (Verb.REOPEN,), forms.ReopenForm,
            lambda incident, cleaned, by, now: incident.reopen(**cleaned, by=by, now=now),
            _("Reopen"), _("Reopen"), _("reopened"),
        ),
        Step(
            "severity", "severity", (Verb.RAISE_SEVERITY, Verb.LOWER_SEVERITY), forms.SeverityForm, _change_severity,
            _("Change severity"), _("Change severity"), _("severity changed"), "s",
        ),
        Step(
            "assessment", "assessment", (Verb.ASSESS,), grading_forms.AssessForm, _assess,
            _("Assess severity"), _("Assess"), _("assessed"),
        ),
        Step(
            "lead", "lead", (Verb.HAND_OVER,), forms.LeadForm,
            lambda incident, cleaned, by, now: incident.hand_over(
                to=cleaned["to"], note=cleaned["note"], expected=cleaned["version"], by=by, now=now
            ),
            _("Give the lead at once"), _("Give the lead"), _("lead handed over"),
        ),
        Step(
            "roles", "roles", (Verb.ASSIGN_ROLE,), forms.RoleForm, _staff,
            _("Name people for roles"), _("Save"), _("roles changed"),
        ),
        Step(
            "title", "title", (Verb.EDIT_DETAILS,), forms.TitleForm, _reword,
            _("Edit the title"), _("Save"), _("title reworded"),
        ),
        Step(
            "summary", "summary", (Verb.EDIT_DETAILS,), forms.SummaryForm, _reword,
            _("Edit the summary"), _("Save"), _("summary reworded"),
        ),
        Step(
            "harm_kind", "harm-kind", (Verb.CHANGE_HARM_KIND,), grading_forms.HarmKindForm,
            lambda incident, cleaned, by, now: incident.change_harm_kind(
                to=cleaned["to"], reason=cleaned["reason"], expected=cleaned["version"], by=by, now=now
            ),
            _("Change the harm kind"), _("Change"), _("harm kind changed"),
        ),
        Step(
            "tags", "tags", (Verb.CORRECT_TAGS,), grading_forms.TagsForm,
            lambda incident, cleaned, by, now: incident.correct_tags(to=cleaned["to"], by=by, now=now),
            _("Correct the tags"), _("Save"), _("tags corrected"),
        ),
        Step(
            "times", "times", (Verb.CORRECT_TIME,), forms.TimeForm,
            lambda incident, cleaned, by, now: incident.correct_time(
                which=IncidentTime(cleaned["which"]), to=cleaned["to"], reason=cleaned["reason"], by=by, now=now
            ),
            _("Correct a time"), _("Correct"), _("time corrected"),
        ),
        Step(
            "visibility", "visibility", (Verb.SET_VISIBILITY,), forms.VisibilityForm,
            lambda incident, cleaned, by, now: incident.set_visibility(
                to=Visibility(cleaned["to"]), reason=cleaned["reason"], by=by, now=now
            ),
            _("Change who sees it"), _("Save"), _("visibility changed"),
        ),
        Step(
            "notes", "notes", (Verb.ADD_NOTE,), forms.NoteForm,
            lambda incident, cleaned, by, now: incident.add_note(**cleaned, by=by, now=now),
            _("Note"), _("Add note"), _("note added"), "n",
        ),
        Step(
            "updates", "updates", (Verb.POST_UPDATE,), forms.UpdateForm,
            lambda incident, cleaned, by, now: incident.post_update(**cleaned, by=by, now=now),
            _("Update"), _("Post as update"), _("update posted"),
        ),
    )
}  # fmt: skip

NEXT_STEP: dict[State, str] = {
    State.REPORTED: "triage",
    State.TRIAGED: "contain",
    State.CONTAINED: "resolve",
    State.RESOLVED: "close",
}


def next_step(incident: Incident) -> Step | None:
    """What leads on from here: taking notice first, then the path of the states. None at the end."""
    if incident.is_under_way and incident.acknowledged_at is None:
        return STEPS["acknowledge"]
    name = NEXT_STEP.get(State(incident.state))
    return STEPS[name] if name else None


def roles_with(capability: Capability) -> list[str]:
    """Names of the roles that may do something, to say who can where this person cannot."""
    return [str(role.label) for role, granted in CAPABILITIES.items() if capability in granted]
