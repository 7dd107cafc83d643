"""The severity matrix: read by everybody, published in a new version by admins, tried first on what was assessed."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from incidents.classification.differences import differences
from incidents.classification.formula import LIKELY
from incidents.classification.judging import judge
from incidents.classification.matrix import AxisName, FloorReach, Matrix, MatrixInvalid
from incidents.classification.models import SeverityMatrix
from incidents.desk.choices import levels
from incidents.desk.matrix_form import MatrixForm, codes_offered
from incidents.response.models import Incident

MOST_VERSIONS = 50
TRIED_ON = 20


def matrix(request: AirpRequest) -> HttpResponse:
    """One version (`?version=`, else the one in force) and the history of all."""
    versions = _versions()
    wanted = request.GET.get("version", "")
    shown = next((each for each in versions if str(each.version) == wanted), None) if wanted else _newest(versions)
    if wanted and shown is None:
        raise Http404
    context = {
        "shown": shown,
        "is_in_force": shown is not None and shown is _newest(versions),
        "axes": list(shown.matrix.axes.values()) if shown else [],
        "floors": _floors(shown.matrix) if shown else [],
        "levels": _levels(shown.matrix) if shown else [],
        "likely": shown.matrix.anchor(AxisName.CONFIDENCE, LIKELY) if shown else "",
        "history": _history(versions),
        "may_publish": request.user.can(Capability.CONFIGURE),
        "now": timezone.now(),
    }
    return answer(request, "incidents/matrix.html", context)


def edition(request: AirpRequest) -> HttpResponse:
    """The next version: try it on the latest assessments, then publish it with a reason."""
    versions = _versions()
    start = _newest(versions)
    if start is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = MatrixForm(data, start=start, levels=levels(), codes=codes_offered(versions, start.matrix))
    if "publish" in request.POST and form.is_valid() and (done := _publish(request, form)):
        return done
    is_refused = "publish" in request.POST
    if form.is_bound and not is_refused:
        form.errors.pop("why", None)
    typed = form.matrix if form.is_bound else start.matrix
    context = {
        "form": form,
        "start": start,
        "shows_errors": form.is_bound and bool(form.errors),
        "changes": differences(start.matrix, typed) if typed else [],
        "tried": tried(typed, request.user) if typed else None,
        "now": timezone.now(),
    }
    page = "incidents/matrix_edition.html"
    return refused(request, page, context) if is_refused else answer(request, page, context, partial="outcome")


@dataclass(frozen=True, slots=True)
class Trial:
    """What another matrix would have made of the latest assessments that this person may see."""

    rows: list[dict[str, Any]]
    count: int

    @property
    def changed_count(self) -> int:
        return len(self.rows)


def tried(other: Matrix, user: User) -> Trial:
    """The answers as they were given, judged by `other`. One query."""
    visible = Incident.objects.visible_to(user).filter(assessment__isnull=False).select_related("assessment")
    found = list(visible.order_by("-assessment_id")[:TRIED_ON])
    rows = [row for incident in found if (row := _changed(incident, other))]
    return Trial(rows=rows, count=len(found))


def _changed(incident: Incident, other: Matrix) -> dict[str, Any] | None:
    assessment = incident.assessment
    assert assessment is not None, "only assessed incidents are tried"
    judged = judge(other, assessment.as_answers)
    if judged.level == assessment.computed:
        return None
    return {
        "reference": incident.reference,
        "title": incident.title,
        "before": assessment.computed,
        "after": judged.level,
        "why": judged.why,
    }


def _publish(request: AirpRequest, form: MatrixForm) -> HttpResponse | None:
    """The answer after publishing; None where it was refused, which the form then says."""
    try:
        made = SeverityMatrix.publish(
            form.content,
            ranks=form.ranks,
            by=request.user,
            now=timezone.now(),
            why=form.cleaned_data["why"],
            seen_version=form.cleaned_data["seen"],
        )
    except MatrixInvalid as invalid:
        form.add_error(None, str(invalid))
        return None
    words = _("Version %(version)d is in force. Assessments from now on use it.") % {"version": made.version}
    return go(request, "incidents:severity_matrix", notice=words)


def _versions() -> list[SeverityMatrix]:
    return list(SeverityMatrix.objects.select_related("published_by").order_by("-version")[:MOST_VERSIONS])


def _newest(versions: list[SeverityMatrix]) -> SeverityMatrix | None:
    return versions[0] if versions else None


def _history(versions: list[SeverityMatrix]) -> list[dict[str, Any]]:
    """Each version with what it changed; the first one changed nothing."""
    earlier = [*versions[1:], None]
    return [
        {
            "version": each.version,
            "at": each.published_at,
            "who": each.published_by.name if each.published_by else _("shipped with airp"),
            "why": each.why,
            "changes": differences(before.matrix, each.matrix) if before else [],
        }
        for each, before in zip(versions, earlier, strict=True)
    ]


def _floors(shown: Matrix) -> list[dict[str, str]]:
    return [
        {"words": floor.words, "level": floor.level, "reach": str(FloorReach(floor.reach).label)}
        for floor in shown.floors
    ]


def _levels(shown: Matrix) -> list[dict[str, Any]]:
    return [{"score": score, "slug": slug} for score, slug in enumerate(shown.levels)]
