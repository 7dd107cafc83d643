"""Pages read the real clock, so these incidents are declared just now."""

from datetime import datetime

import pytest
from django.conf import LazySettings
from django.utils import timezone


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture(autouse=True)
def no_gates(settings: LazySettings) -> None:
    """Moves without the gates of other packages: their own tests cover them."""
    settings.GATES = "tests.incidents.response.conftest.GATES"
