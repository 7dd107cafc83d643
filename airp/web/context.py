"""What the frame around every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Site facts and, for signed-in people, what the functions of `settings.PAGE_FRAME` report."""
    frame: dict[str, Any] = {
        "site_name": settings.SITE_NAME,
        "organisation": settings.ORGANISATION,
        "is_local": settings.IS_LOCAL,
    }
    if getattr(getattr(request, "user", None), "is_authenticated", False):
        for report in import_string(settings.PAGE_FRAME):
            frame |= report(request)
    return frame
