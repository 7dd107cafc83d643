"""What admins do to a source on its pages: make and change it, issue and revoke tokens, send a test."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go, refused
from incidents.detection.self_test import send_test
from incidents.detection.source_forms import SourceForm
from incidents.detection.source_pages import PAGE, find, page_context, system_named_in_tests
from incidents.detection.sources import NoFreeToken, SignalSource, SourceToken

FORM, TOKEN = "incidents/source_form.html", "incidents/source_token.html"  # noqa: S105 - a template


def source_new(request: AirpRequest) -> HttpResponse:
    """The form of a new source; its page comes next, where its token is issued."""
    form = SourceForm(request.POST or None)
    if request.method != "POST":
        return answer(request, FORM, {"form": form})
    if not form.is_valid():
        return refused(request, FORM, {"form": form})
    made = form.save()
    return go(request, "incidents:source", made.pk, notice=_("Made. Issue its token next."))


@transaction.atomic
def source_settings(request: AirpRequest, pk: int) -> HttpResponse:
    """The same form, filled in. The history is kept, and what somebody else saved meanwhile is shown before it goes."""
    found = find(pk)
    stored = get_object_or_404(SignalSource.objects.select_for_update(of=("self",)), pk=pk)
    form = SourceForm(request.POST or None, instance=stored)
    context = {"form": form, "source": found}
    if request.method != "POST":
        return answer(request, FORM, context)
    if theirs := form.theirs(stored):
        return conflicted(request, FORM, context | {"form": form.seeing(stored), "theirs": theirs})
    if not form.is_valid():
        return refused(request, FORM, context)
    form.save()
    return go(request, "incidents:source", pk, notice=_("Saved."))


@require_POST
def source_tokens(request: AirpRequest, pk: int) -> HttpResponse:
    """Issue a token and show it, this once. With two live ones it is refused."""
    found = find(pk)
    try:
        token = found.issue_spare_token(by=request.user, now=timezone.now())
    except NoFreeToken as refusal:
        return conflicted(request, PAGE, page_context(request, found) | {"refusal": str(refusal)})
    others = [each for each in found.tokens.order_by("issued_at") if each.public_id not in token]
    return answer(request, TOKEN, {"source": found, "token": token, "others": others, "now": timezone.now()})


@require_POST
def source_token_revocation(request: AirpRequest, pk: int, token: str) -> HttpResponse:
    """End a token at once."""
    found = find(pk)
    try:
        found.revoke_token(token, by=request.user, now=timezone.now())
    except SourceToken.DoesNotExist:
        return go(request, "incidents:source", pk, notice=_("This token had ended already."))
    return go(request, "incidents:source", pk, notice=_("Revoked. Whoever still uses it is refused from now on."))


@require_POST
def source_test(request: AirpRequest, pk: int) -> HttpResponse:
    """Send a real signal to ourselves and show what came back."""
    found = find(pk)
    system = system_named_in_tests(found)
    if not system:
        refusal = _("There is no AI system to send a test about. Add one first.")
        return conflicted(request, PAGE, page_context(request, found) | {"refusal": refusal}, partial="test")
    tested = send_test(found, system=system, now=timezone.now())
    return answer(request, PAGE, page_context(request, find(pk), tested=tested), partial="test")
