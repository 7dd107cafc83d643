"""The files of an incident: the list, one more, and one file as a download that no browser opens by itself."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.impact.attaching import ATTACH, MOST_FILES, FileErased, FileLost, attach, content_of
from incidents.impact.attachments import Attachment
from incidents.impact.exposure_pages import fetch
from incidents.impact.inspecting import ENDINGS, MAX_BYTES
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

PAGE = "incidents/attachments.html"
# A browser that opens it all the same may do nothing with it.
INERT = "default-src 'none'; frame-ancestors 'none'; sandbox"


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "PNG, JPG, PDF, TXT, JSON or CSV, 10 MiB at most. Pictures are written anew, without place and camera."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in ENDINGS)}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MiB."))
        return file


def attachments(request: AirpRequest, reference: str) -> HttpResponse:
    """GET lists them; POST attaches one file."""
    found = fetch(request, reference)
    if request.method != "POST":
        return answer(request, PAGE, _context(request, found, FileForm()))
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = attach(found, name=str(file.name), raw=file.read(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            notice = _("Attached as number %(number)d.") % {"number": kept.number}
            return go(request, "incidents:attachments", reference, notice=notice)
    return refused(request, PAGE, _context(request, found, form))


def attachment(request: AirpRequest, reference: str, number: int) -> HttpResponse:
    """One file, to be saved and not to be shown."""
    kept: Attachment = get_object_or_404(fetch(request, reference).attachments, number=number)
    try:
        content = content_of(kept)
    except FileErased as erased:
        raise Http404(_("The file was erased at the end of its term. Its hashes are what is left.")) from erased
    except FileLost as lost:
        raise Http404(_("The store does not hold this file as it was attached. Tell an admin.")) from lost
    response = HttpResponse(content, content_type=kept.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=kept.name)
    response.headers["Content-Security-Policy"] = INERT
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _context(request: AirpRequest, found: Incident, form: FileForm) -> dict[str, Any]:
    rows = list(found.attachments.select_related("by", "erasure").order_by("-number"))
    may_attach = request.user.can(ATTACH)
    return {
        "now": timezone.now(),
        "incident": found,
        "rows": rows,
        "most": MOST_FILES,
        "is_full": len(rows) >= MOST_FILES,
        "form": form if may_attach and len(rows) < MOST_FILES else None,
    }
