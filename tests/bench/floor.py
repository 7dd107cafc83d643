"""The floor: a bare Django page that lists 25 rows to somebody who is signed in, in the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from incidents.response.models import Incident

PAGE = engines["django"].from_string(
    "<!doctype html><title>Floor</title><p>{{ request.user.name }}</p><table>{% for row in rows %}"
    "<tr><td>{{ row.reference }}</td><td>{{ row.title }}</td><td>{{ row.state }}</td>"
    "<td>{{ row.declared_at }}</td><td>{{ row.lead__name }}</td></tr>{% endfor %}</table>"
)


def floor(request: HttpRequest) -> HttpResponse:
    rows = Incident.objects.order_by("-declared_at", "-id").values(
        "reference", "title", "state", "declared_at", "lead__name"
    )[:25]
    return HttpResponse(PAGE.render({"rows": rows}, request))


urlpatterns = [path("floor/", floor, name="floor"), path("", include("airp.urls"))]
