"""Everything a database needs before the processes start, in one go. Run as the owner of the tables."""

from typing import Any

from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate, make the cache table and give the processes' database role its rights. Needs the owner role."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable")
        try:
            call_command("grant_app_role")
        except CommandError as problem:
            self.stderr.write(f"The database role of the processes has no grants of its own: {problem}")
