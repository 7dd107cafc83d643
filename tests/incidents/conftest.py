"""People of these tests never sign in by password: a cheap hash saves most of their time."""

import pytest
from django.conf import LazySettings


@pytest.fixture(autouse=True)
def cheap_passwords(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
