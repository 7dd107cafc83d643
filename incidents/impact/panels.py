"""What the incident page shows of harm and exposure: one card, one query."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.web.folds import Fold
from incidents.classification.figures import Figures
from incidents.impact.proposing import proposals
from incidents.impact.queries import newest_of, nothing
from incidents.impact.recording import RECORD
from incidents.response.models import Incident
from incidents.response.presence import may_have, rows_of

# For the page of an incident: incidents/response/presence.py
_TABLES = ("incidents_exposure", "incidents_harmsample", "incidents_attachment")
HAS_IMPACT = f"({' OR '.join(rows_of(table) for table in _TABLES)})"


def impact_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """How many met it and were harmed, in one sentence, and what that says to the assessment. One query."""
    if not isinstance(request.user, User):
        return None
    found = newest_of(incident) if may_have(incident, "impact") else nothing()
    figures = Figures.read(found)
    assessment = incident.assessment
    context = {
        "is_recorded": bool(found["revision"]),
        "figures": figures,
        "materialisation": assessment.get_materialisation_display() if assessment else "",
        "disagreements": disagreements(incident, figures, matrix=found["matrix"]),
        "exposure_url": reverse("incidents:exposure", args=[incident.reference]),
        "samples_url": reverse("incidents:samples", args=[incident.reference]),
        "attachments_url": reverse("incidents:attachments", args=[incident.reference]),
        "may_record": request.user.can(RECORD),
        **found,
    }
    return {
        "template": "incidents/exposure.html#panel",
        "context": context,
        "fold": _fold(context),
        "harm": capfirst(figures.sentence) if found["revision"] else "",
    }


def _fold(context: dict[str, Any]) -> Fold:
    kept = (context["sample_count"] or 0) + (context["attachment_count"] or 0)
    is_odd = bool(context["disagreements"])
    mark = _("says another level") if is_odd else ""
    starts = "open" if is_odd else "shut"
    return Fold(name="impact", title=_("Exposure"), count=kept or None, mark=mark, tone="moderate", starts=starts)


def disagreements(incident: Incident, figures: Figures, *, matrix: Any) -> list[dict[str, str]]:
    """Notices for an open incident whose assessment says something else, each with the way to assess again."""
    if incident.assessment is None or not incident.is_open or matrix is None:
        return []
    url = reverse("incidents:assessment", args=[incident.reference])
    sentences = proposals(figures, answers=incident.assessment.answers, matrix=matrix)
    return [{"sentence": sentence, "url": url} for sentence in sentences]
