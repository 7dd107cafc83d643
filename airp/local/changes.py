"""How the simulated product tells airp which version it runs now."""

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.detection.gate import Problem, for_machines
from incidents.detection.sources import SignalSource
from incidents.systems.models import Component, ComponentVersion

LARGEST_BODY = 16 * 1024


@for_machines
def changes(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST {component, to, at}: the version `to` is in force since `at`. Saying it again changes nothing."""
    if source.system is None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "This token belongs to no single AI system.")
    try:
        given = json.loads(request.read(LARGEST_BODY))
        component, label = Component(given["component"]), str(given["to"])[:120]
        at = parse_datetime(str(given["at"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        at = None
    if at is None or at.tzinfo is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "Send component, to and at (a time with zone).")
    in_force = source.system.versions.filter(component=component, deployed_to__isnull=True).first()
    if in_force is None or in_force.label != label:
        at = min(at, timezone.now())
        if in_force is None or at > in_force.deployed_from:
            ComponentVersion.deploy(system=source.system, component=component, label=label, at=at)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
