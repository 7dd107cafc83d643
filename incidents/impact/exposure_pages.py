"""The page of an incident's exposure: how it stands, the next revision, the history."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go, refused
from incidents.classification.figures import Figures
from incidents.impact.exposure import Characteristic, Concern, Exposure
from incidents.impact.forms import ExposureForm
from incidents.impact.panels import disagreements
from incidents.impact.queries import newest_of, revisions_of
from incidents.impact.recording import RECORD, record_exposure
from incidents.response.models import Incident
from incidents.response.refusals import EditConflict, Refusal

PAGE = "incidents/exposure.html"
SHOWN = 20


def exposure(request: AirpRequest, reference: str) -> HttpResponse:
    """GET shows it, POST records the next revision. The incident is fetched for this person."""
    found = fetch(request, reference)
    if request.method != "POST":
        return answer(request, PAGE, _context(request, found))
    form = ExposureForm(request.POST, newest=newest_of(found))
    if not form.is_valid():
        return refused(request, PAGE, _context(request, found, form=form))
    try:
        record_exposure(
            found, known=form.known, by=request.user, now=timezone.now(), expected=form.cleaned_data["seen"]
        )
    except EditConflict as conflict:
        return conflicted(request, PAGE, _context(request, found, form=_on_top_of(conflict, request, found)))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, PAGE, _context(request, found, form=form))
    notice = _("%(reference)s: exposure recorded.") % {"reference": found.reference}
    return go(request, "incidents:exposure", found.reference, notice=notice)


def fetch(request: AirpRequest, reference: str) -> Incident:
    visible = Incident.objects.visible_to(request.user).select_related("assessment", "system")
    found: Incident = get_object_or_404(visible, reference=reference)
    return found


def _on_top_of(conflict: EditConflict, request: AirpRequest, found: Incident) -> ExposureForm:
    """What was typed, on the newest revision: sending it again is then a choice."""
    typed = request.POST.copy()
    typed["seen"] = str(conflict.found)
    form = ExposureForm(typed, newest=newest_of(found))
    form.add_error(None, _("A colleague recorded revision %(n)d meanwhile; it stands above.") % {"n": conflict.found})
    form.add_error(None, _("Compare, then record yours again if it is still right."))
    return form


def _context(request: AirpRequest, found: Incident, *, form: ExposureForm | None = None) -> dict[str, Any]:
    newest = newest_of(found)
    figures, given = Figures.read(newest), request.GET.get("before", "")
    before = int(given) if given.isdecimal() and len(given) < 10 else None
    history = list(revisions_of(found, before=before)[: SHOWN + 1])
    may_record = request.user.can(RECORD)
    return {
        "now": timezone.now(),
        "incident": found,
        "figures": figures,
        "newest": newest,
        "facts": facts_of(newest),
        "materialisation": found.assessment.get_materialisation_display() if found.assessment else "",
        "disagreements": disagreements(found, figures, matrix=newest["matrix"]),
        "form": (form or ExposureForm(newest=newest)) if may_record else None,
        "history": [_row(revision) for revision in history[:SHOWN]],
        "older": history[SHOWN - 1].number if len(history) > SHOWN else None,
        "before": before,
    }


def facts_of(row: dict[str, Any]) -> dict[str, Any]:
    """Labels of what was chosen; empty where nobody has looked."""
    labels = dict(Characteristic.choices)
    return {
        "since": row["since"],
        "until": row["until"],
        "jurisdictions": ", ".join(row["jurisdictions"] or ()),
        "minors": Concern(row["minors"] or Concern.UNKNOWN).label,
        "characteristics": ", ".join(str(labels[each]) for each in row["characteristics"] or ()),
    }


def _row(revision: Exposure) -> dict[str, Any]:
    """A revision of the history. Erased words are empty."""
    words = getattr(revision, "words", None)
    names = ("since", "until", "jurisdictions", "minors", "characteristics")
    return {
        "number": revision.number,
        "sentence": revision.figures.sentence,
        "facts": facts_of({name: getattr(revision, name) for name in names}),
        "at": revision.at,
        "by": revision.by.name if revision.by else "",
        "group": words.group if words else "",
        "grounds": words.grounds if words else "",
    }
