"""Journeys through the whole product. Their steps assert, so pytest explains those assertions too."""

import pytest

pytest.register_assert_rewrite("tests.journeys.steps")
