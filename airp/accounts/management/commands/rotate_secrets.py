"""`manage.py rotate_secrets`: moves every encrypted value to the newest key."""

from typing import Any

from django.core.management.base import BaseCommand

from airp.accounts.secrets import current_key_id, rotate_all


class Command(BaseCommand):
    help = "Encrypt all stored secrets with the first key of AIRP_FIELD_KEYS; the others may then go."

    def handle(self, *args: Any, **options: Any) -> None:
        moved = rotate_all()
        self.stdout.write(f"{moved} secrets moved to key {current_key_id()}.")
