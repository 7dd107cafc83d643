"""What satellites of an incident share where people meet their verbs: a step, taking it, and what was done before.

A step is a noun address, a form, and what the form does. Whether it is offered is read from the satellite's table of
moves; the verbs themselves decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise

from airp.accounts.models import User
from incidents.response import sentences
from incidents.response.models import Incident
from incidents.response.names import Names
from incidents.response.refusals import Refusal

Cleaned = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step[Verb, Subject]:
    """One small form of a satellite. `path` is its noun under the subject's address."""

    verb: Verb
    path: str
    form: Callable[..., forms.Form]
    carry_out: Callable[[Subject, Cleaned, User, datetime], object]
    title: str | Promise
    button: str | Promise
    done: str | Promise


def take[Subject](step: Step[Any, Subject], subject: Subject, form: forms.Form, *, by: User, now: datetime) -> None:
    """Carry out what the form says. A refusal becomes an error of the form, and nothing has changed then."""
    if not form.is_valid():
        return
    try:
        step.carry_out(subject, form.cleaned_data, by, now)
    except Refusal as refusal:
        form.add_error(None, str(refusal))


def first_error(form: forms.Form) -> str:
    """The first refusal in words, for a place that cannot show a form with its errors."""
    return str(next(iter(form.errors.values()))[0])


def offer(step: Step[Any, Any], form: forms.Form, *, url: str, is_open: bool) -> dict[str, Any]:
    """A step as templates/shell/steps.html draws it."""
    return {
        "path": step.path,
        "url": url,
        "form": form,
        "title": step.title,
        "button": step.button,
        "is_open": is_open,
    }


def history(incident: Incident, **facts: Any) -> list[dict[str, Any]]:
    """The entries of the timeline whose facts name a satellite, the newest first, as the timeline draws them."""
    named = {f"facts__{name}": value for name, value in facts.items()}
    entries = sentences.told(incident.timeline.filter(**named).order_by("-seq"))
    people = dict(User.objects.filter(pk__in=sentences.people_in(entries)).values_list("pk", "name"))
    return [sentences.row(entry, Names(people=people)) for entry in entries]
