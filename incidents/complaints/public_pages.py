"""Pages for anybody, without sign-in and without a script: complain about a system, and follow a complaint."""

from datetime import UTC, datetime, time
from http import HTTPStatus
from time import monotonic

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.web import times
from airp.web.answers import answer, refused
from incidents.complaints.channels import Channel
from incidents.complaints.complaint import Complaint
from incidents.complaints.drafts import Draft
from incidents.complaints.forms import FollowForm, PublicComplaintForm
from incidents.complaints.knocking import address_of, knocks
from incidents.complaints.own_source import own_source
from incidents.complaints.persons import code_of, digest_of_code, digest_of_ticket, new_ticket
from incidents.complaints.public_form import FormState, PublicForm
from incidents.complaints.states import TOLD, State
from incidents.complaints.taking import take_in
from incidents.detection.ingestion import Outcome

FORM, FOLLOW = "incidents/complain.html", "incidents/complaint_follow.html"


def complain(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a system, if it is open; sent, it leads to the page by which the complaint is followed."""
    open_forms = PublicForm.objects.select_related("system").filter(state=FormState.OPEN, system__retired_at=None)
    public_form, now = get_object_or_404(open_forms, system__slug=slug), timezone.now()
    if request.method != "POST":
        form = PublicComplaintForm(public_form=public_form, now=now, initial={"ticket": new_ticket()})
        return answer(request, FORM, {"public_form": public_form, "form": form})
    form = PublicComplaintForm(request.POST, public_form=public_form, now=now)
    if not form.is_valid():
        return refused(request, FORM, {"public_form": public_form, "form": form})
    wait = knocks.wait_seconds(address_of(request), most=settings.COMPLAINTS_PER_HOUR, at=monotonic())
    if wait:
        return _asked_to_wait(request, public_form, form, wait)
    draft = _draft(public_form, form, now=now)
    taken = take_in(own_source(), [(0, draft)], Outcome(), by=None, now=now)
    if taken.outcome.refused:
        return _said_before(request, public_form, now=now)
    return redirect(f"{reverse('incidents:complaint_follow', args=[draft.code])}?new=1")


def follow_by_code(request: HttpRequest) -> HttpResponse:
    """Type the code to see how a complaint stands."""
    if request.method != "POST":
        return answer(request, FOLLOW, {"form": FollowForm()})
    form = FollowForm(request.POST)
    if form.is_valid() and _find(form.cleaned_data["code"]) is not None:
        return redirect("incidents:complaint_follow", _plain(form.cleaned_data["code"]))
    if form.is_valid():
        form.add_error("code", _("No complaint has this code. Check each letter; it is 24 letters and digits long."))
    return refused(request, FOLLOW, {"form": form})


def follow(request: HttpRequest, code: str) -> HttpResponse:
    """How a complaint stands, in plain words, and what was answered. Nothing of the text, nothing of incidents."""
    found = _find(code)
    if found is None:
        raise Http404
    context = {
        "complaint": found,
        "told": TOLD[State(found.state)],
        "promise": _promise(found),
        "is_new": request.GET.get("new") == "1",
        "url": f"{settings.BASE_URL}{reverse('incidents:complaint_follow', args=[_plain(code)])}",
        "code": _plain(code),
    }
    return answer(request, FOLLOW, context)


def _draft(public_form: PublicForm, form: PublicComplaintForm, *, now: datetime) -> Draft:
    given = form.cleaned_data
    day = given["happened_on"]
    return Draft(
        external_id=f"form/{digest_of_ticket(given['ticket'])}",
        system_id=public_form.system_id,
        channel=Channel.WEB_FORM,
        received_at=now,
        category=given["topic"],
        language=given["language"],
        happened_at=datetime.combine(day, time.min, UTC) if day else None,
        complainant=given["contact"],
        contact_allowed="yes" if given["contact"] else "no",
        text=given["text"],
        code=code_of(given["ticket"]),
    )


def _said_before(request: HttpRequest, public_form: PublicForm, *, now: datetime) -> HttpResponse:
    """This filling-in was sent already, with other words. Sent once more it is a complaint of its own."""
    data = request.POST.copy()
    data["ticket"] = new_ticket()
    form = PublicComplaintForm(data, public_form=public_form, now=now)
    form.add_error(
        None,
        _("You sent a complaint from this page before; it has arrived. To add this as a second one, send again."),
    )
    return refused(request, FORM, {"public_form": public_form, "form": form})


def _asked_to_wait(request: HttpRequest, public_form: PublicForm, form: PublicComplaintForm, wait: int) -> HttpResponse:
    """429 with everything that was typed, and how long to wait."""
    form.add_error(
        None,
        _("Many complaints came from your network just now. Your text is still here: send it again in %(span)s.")
        % {"span": times.span(wait)},
    )
    context = {"public_form": public_form, "form": form}
    response = answer(request, FORM, context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait)
    return response


def _find(code: str) -> Complaint | None:
    digest = digest_of_code(code)
    if digest is None:
        return None
    return Complaint.objects.select_related("system").filter(code_digest=digest).first()


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _promise(found: Complaint) -> str:
    """What the form promised, while somebody still owes an answer."""
    if found.state not in {State.NEW, State.ATTACHED}:
        return ""
    form = PublicForm.objects.filter(system_id=found.system_id).first()
    return form.promise if form else ""
