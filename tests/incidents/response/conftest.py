"""Moves without the gates of other packages: their own tests cover them."""

import pytest
from django.conf import LazySettings

GATES: dict[str, tuple[object, ...]] = {}


@pytest.fixture(autouse=True)
def no_gates(settings: LazySettings) -> None:
    settings.GATES = "tests.incidents.response.conftest.GATES"
