"""Two addresses for machines: is the process alive, and is the installation able to do its work."""

from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from psycopg_pool import PoolTimeout

log = structlog.get_logger(__name__)
Check = dict[str, object]


def live(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all. Asks nobody else, so that a lost database restarts nothing."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 when every check is well, else 503; the body says which is not and why."""
    checks = _checks()
    is_ready = all(check["ok"] for check in checks)
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", "checks": checks},
        status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _checks() -> list[Check]:
    """The database first: without it, the others cannot know anything."""
    now = timezone.now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = [report(now=now) for report in import_string(settings.READINESS)]
    except (Error, PoolTimeout) as error:
        log.error("not_ready", error=type(error).__name__)
        return [_check("database", is_well=False, detail="The database does not answer.")]
    reports = [("database", True, "The database answers."), *found]
    return [_check(name, is_well=is_well, detail=str(detail)) for name, is_well, detail in reports]


def _check(name: str, *, is_well: bool, detail: str) -> Check:
    return {"name": name, "ok": is_well, "detail": detail}
