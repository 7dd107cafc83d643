"""Pages by which colleagues bring complaints in: one that somebody told them, or a file of many."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, refused
from incidents.complaints.channels import Channel
from incidents.complaints.csv_reading import COLUMNS, MAX_BYTES, MAX_ROWS, NEEDED, NotCsv
from incidents.complaints.drafts import Draft
from incidents.complaints.forms import ConfirmForm, IntakeForm, UploadForm
from incidents.complaints.importing import Preview, packed, preview, store, summary, unpacked
from incidents.complaints.own_source import own_source
from incidents.complaints.persons import code_of, digest_of_ticket, new_ticket
from incidents.complaints.queries import categories
from incidents.complaints.taking import take_in
from incidents.detection.ingestion import Outcome

INTAKE, IMPORT = "incidents/complaint_intake.html", "incidents/complaint_import.html"
LINES_SHOWN = 50
EXAMPLE = (
    "received_at,system,channel,category,complainant,text\n"
    '2026-03-01 12:00,support-assistant,phone,refund,eva@example.com,"It promised a refund, nothing came."'
)


def intake(request: AirpRequest) -> HttpResponse:
    """Write down a complaint that came by phone, mail, the press or otherwise."""
    now = timezone.now()
    if request.method != "POST":
        return answer(request, INTAKE, _blank(request, now=now))
    form = IntakeForm(request.POST, now=now)
    if not form.is_valid():
        return refused(request, INTAKE, {"form": form, "categories": categories(request.user)}, partial="form")
    draft = _draft(form)
    taken = take_in(own_source(), [(0, draft)], Outcome(), by=request.user, now=now)
    if taken.outcome.refused:
        form.add_error(None, _("This form was sent before, with other words. Open a new form for another complaint."))
        return refused(request, INTAKE, {"form": form, "categories": categories(request.user)}, partial="form")
    stored = taken.complaints.get(0) or own_source().complaints.get(external_id=draft.external_id)
    told = {
        "stored": stored,
        "code": draft.code,
        "follow_url": reverse("incidents:complaint_follow", args=[draft.code]),
    }
    return answer(request, INTAKE, _blank(request, now=now) | told, partial="form")


def bring_in(request: AirpRequest) -> HttpResponse:
    """Upload a CSV file, look at what would be stored, confirm."""
    if request.method != "POST":
        return answer(request, IMPORT, _frame(UploadForm()))
    if "content" in request.POST:
        return _confirm(request)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, IMPORT, _frame(form))
    raw = form.cleaned_data["file"].read(MAX_BYTES + 1)
    try:
        checked = preview(raw, zone=_zone(request), now=timezone.now())
    except NotCsv as error:
        form.add_error("file", str(error))
        return refused(request, IMPORT, _frame(form))
    return answer(request, IMPORT, _frame(form) | _shown(checked, raw))


def _confirm(request: AirpRequest) -> HttpResponse:
    """Store what the preview showed. It is checked once more: the clock and the data went on."""
    form, now = ConfirmForm(request.POST), timezone.now()
    raw = unpacked(form.cleaned_data["content"]) if form.is_valid() else None
    if raw is None:
        again = UploadForm({})
        again.add_error("file", _("The preview is out of date. Upload the file again."))
        return refused(request, IMPORT, _frame(again))
    checked = preview(raw, zone=_zone(request), now=now)
    outcome = store(checked, by=request.user, now=now)
    done = {"summary": summary(outcome), "refused_lines": checked.refused[:LINES_SHOWN]}
    return answer(request, IMPORT, _frame(UploadForm()) | done)


def _shown(checked: Preview, raw: bytes) -> dict[str, Any]:
    return {
        "preview": checked,
        "fresh_count": len(checked.fresh),
        "known_count": len(checked.known),
        "refused_count": len(checked.refused),
        "lines": checked.fresh[:LINES_SHOWN],
        "refused_lines": checked.refused[:LINES_SHOWN],
        "confirm": ConfirmForm(initial={"content": packed(raw)}),
    }


def _frame(form: UploadForm) -> dict[str, Any]:
    limits = {"rows": MAX_ROWS, "kib": MAX_BYTES // 1024}
    return {"form": form, "columns": COLUMNS, "needed": NEEDED, "example": EXAMPLE, "limits": limits}


def _blank(request: AirpRequest, *, now: datetime) -> dict[str, Any]:
    initial = {"ticket": new_ticket(), "received_at": now, "channel": Channel.PHONE, "contact_allowed": "unknown"}
    return {"form": IntakeForm(now=now, initial=initial), "categories": categories(request.user)}


def _draft(form: IntakeForm) -> Draft:
    given = form.cleaned_data
    return Draft(
        external_id=f"staff/{digest_of_ticket(given['ticket'])}",
        system_id=given["system"].pk,
        channel=given["channel"],
        received_at=given["received_at"],
        category=given["category"],
        harm_kind_id=given["harm_kind"].pk if given["harm_kind"] else None,
        priority_contact=given["priority_contact"],
        language=given["language"],
        happened_at=given["happened_at"],
        complainant=given["contact"],
        contact_allowed=given["contact_allowed"],
        text=given["text"],
        code=code_of(given["ticket"]),
    )


def _zone(request: AirpRequest) -> ZoneInfo:
    return request.user.zone
