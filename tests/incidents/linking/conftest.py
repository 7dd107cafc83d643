"""Two incidents of one system that may be the same."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from incidents.response.models import Incident
from incidents.response.timeline import react_to_next
from tests.incidents import cases


@pytest.fixture(autouse=True)
def no_gates(settings: LazySettings) -> None:
    """Moves without the gates of other packages: their own tests cover them."""
    settings.GATES = "tests.incidents.response.conftest.GATES"


@pytest.fixture
def new(now) -> Callable[..., Incident]:
    return lambda **given: cases.incident(now=now, **given)


def draw(now: Any) -> None:
    while react_to_next(now=now):
        pass


def kinds(incident: Incident, *, last: int) -> list[str]:
    """The kinds of the newest entries, the oldest of them first."""
    return list(incident.timeline.order_by("-seq").values_list("kind", flat=True)[:last])[::-1]
