"""Secrets at rest, and moving them to a new key."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from airp.accounts.secrets import SecretUnreadable, current_key_id, key_id, rotate_all, seal, unseal
from airp.outbound.models import Endpoint


def stored_secrets():
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM outbound_endpoint ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_a_sealed_text_opens_and_names_its_key():
    stored = seal("canary")
    assert "canary" not in stored
    assert stored.startswith(f"{current_key_id()}:")
    assert unseal(stored) == "canary"


def test_a_value_of_a_lost_key_says_which_key_it_needs(settings):
    stored, lost = seal("canary"), current_key_id()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(SecretUnreadable, match=lost):
        unseal(stored)


def test_an_altered_value_does_not_open():
    stored = seal("canary")
    with pytest.raises(SecretUnreadable):
        unseal(stored[:-4] + ("AAAA" if stored[-4:] != "AAAA" else "BBBB"))


@pytest.mark.django_db
def test_rotation_moves_everything_to_the_newest_key_once(settings, capsys):
    endpoints = Endpoint.objects.bulk_create(
        Endpoint(name=f"E{number}", url="https://hooks.example.com/", types=[]) for number in range(5)
    )
    new_key = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new_key, *settings.FIELD_KEYS]
    call_command("rotate_secrets")
    assert "5 secrets moved" in capsys.readouterr().out
    assert all(stored.startswith(key_id(new_key)) for stored in stored_secrets())
    assert rotate_all() == 0
    settings.FIELD_KEYS = [new_key]
    assert [e.secret for e in Endpoint.objects.order_by("pk")] == [e.secret for e in endpoints]
