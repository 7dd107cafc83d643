"""The page behind the link of a mail: who, what, and one button. Opening it changes nothing."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from airp.web.answers import answer
from incidents.notification.mail_links import AcknowledgeLink, LinkRefused

PAGE = "incidents/acknowledge_by_mail.html"


def acknowledge_by_mail(request: HttpRequest, link: str) -> HttpResponse:
    """GET asks, POST acknowledges. Both say why when the link can do nothing any more."""
    found, now = AcknowledgeLink.of_token(link), timezone.now()
    if found is None:
        raise Http404
    with timezone.override(found.person.zone):
        try:
            if request.method == "POST":
                found.use(now=now)
                return _page(request, found, step="done")
            found.check_usable(now=now)
        except LinkRefused as refusal:
            status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
            return _page(request, found, step="refused", refusal=str(refusal), status=status)
        return _page(request, found, step="ask")


def _page(
    request: HttpRequest, link: AcknowledgeLink, *, step: str, refusal: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    link = AcknowledgeLink.objects.select_related("incident__acknowledged_by", "person").get(pk=link.pk)
    context = {"link": link, "step": step, "refusal": refusal, "level": link.incident.severity_slug}
    response = answer(request, PAGE, context, status=status)
    response["Cache-Control"] = "no-store"
    return response
