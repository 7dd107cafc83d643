"""The severity of an incident as its page shows it: the level, why, who said so, and what was answered before."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer
from incidents.classification.formula import Answers
from incidents.classification.matrix import Matrix
from incidents.classification.models import SeverityMatrix
from incidents.desk.choices import levels
from incidents.desk.grading_forms import PreviewForm
from incidents.response.assessments import Assessment
from incidents.response.models import Incident
from incidents.response.states import MOVES, Verb

MOST_SHOWN = 50


def panel(incident: Incident) -> dict[str, Any]:
    """What the page says about the level. No query: the newest assessment came with the incident."""
    newest = incident.assessment
    return {
        "level": incident.terms,
        "newest": newest and _row(newest, incident.policy["levels"]),
        "is_left_behind": newest is not None and newest.chosen != incident.severity_slug,
        "history_url": reverse("incidents:assessments", args=[incident.reference]),
    }


def assessments(request: AirpRequest, reference: str) -> HttpResponse:
    """Everything that was answered about one incident, the newest first."""
    found = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    read = found.assessments.select_related("by", "words", "matrix").order_by("-id")[:MOST_SHOWN]
    shown = [_in_full(each, found.policy["levels"]) for each in read]
    context = {"incident": found, "assessments": shown, "now": timezone.now()}
    return answer(request, "incidents/severity.html", context, partial="history")


def preview(request: AirpRequest) -> HttpResponse:
    """What the answers of a form come to before it is sent. `?incident=` compares with the level of that incident."""
    known = {level.slug: {"id": level.pk, "name": level.name, "tone": level.tone} for level in levels()}
    form = PreviewForm(request.POST)
    form.ask(SeverityMatrix.current(), levels=known)
    shown = form.preview
    if shown is not None:
        shown |= {"hint": _hint(request, form, shown["slug"], known)}
    return answer(request, "incidents/questions.html#preview", {"preview": shown})


def _hint(request: AirpRequest, form: PreviewForm, computed: str, known: dict[str, dict[str, Any]]) -> str:
    """What would be refused if the form were sent as it stands."""
    picked = next((slug for slug, level in known.items() if str(level["id"]) == form.picked), "")
    if picked and picked != computed and not form.reason_typed.strip():
        return _("You picked %(picked)s: say why, or go by the answers.") % {"picked": picked}
    if (reference := request.GET.get("incident")) and not request.user.can(MOVES[Verb.LOWER_SEVERITY].capability):
        incident = Incident.objects.visible_to(request.user).filter(reference=reference).first()
        if incident is None:
            raise Http404
        chosen, terms = picked or computed, incident.policy["levels"]
        if chosen in terms and terms[chosen]["rank"] > incident.terms["rank"]:
            return _("It is %(now)s now, and only a manager lowers it: pick %(now)s and say why, or ask one.") % {
                "now": incident.severity_slug
            }
    return ""


def _row(assessment: Assessment, terms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    words = getattr(assessment, "words", None)
    level = terms.get(assessment.chosen, {})
    return {
        "id": assessment.pk,
        "slug": assessment.chosen,
        "tone": level.get("tone", "info"),
        "label": f"{assessment.chosen} {level.get('name', '')}".strip(),
        "computed": assessment.computed,
        "is_overridden": assessment.is_overridden,
        "why": assessment.why,
        "reason": words.override_reason if words else "",
        "who": assessment.by.name if assessment.by else _("the system"),
        "at": assessment.at,
        "reassess_due_at": assessment.reassess_due_at,
        "version": assessment.matrix_id,
        "happened": assessment.get_materialisation_display(),
    }


def _in_full(assessment: Assessment, terms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    words, matrix = getattr(assessment, "words", None), assessment.matrix.matrix
    answers, evidence = assessment.as_answers, words.evidence if words else {}
    return _row(assessment, terms) | {
        "answers": list(_answers(matrix, answers, evidence)),
        "floors": [floor.words for floor in matrix.floors if floor.code in answers.floors],
    }


def _answers(matrix: Matrix, answers: Answers, evidence: dict[str, str]) -> Iterable[dict[str, str]]:
    """Each axis with its anchor in words; what nobody answered says so."""
    for name, axis in matrix.axes.items():
        given = answers.by_axis.get(name)
        if given is None:
            anchor = _("not known")
        elif given.is_unsure:
            anchor = _("“%(picked)s”, unsure: “%(counted)s” counts") % {
                "picked": axis.anchors[given.value],
                "counted": axis.anchors[given.counted(name)],
            }
        else:
            anchor = axis.anchors[given.value]
        yield {"title": axis.title, "anchor": anchor, "evidence": evidence.get(name.value, "")}
