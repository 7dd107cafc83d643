"""manage.py issue_token "Gateway": a new token for a source, printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from incidents.detection.sources import SignalSource


class Command(BaseCommand):
    help = "Issues a token for a signal source and prints it. Of two live tokens the older one ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="The name of the source.")

    def handle(self, *args: Any, **options: Any) -> None:
        source = SignalSource.objects.filter(name=options["source"]).first()
        if source is None:
            known = ", ".join(SignalSource.objects.order_by("name").values_list("name", flat=True)) or "none yet"
            raise CommandError(f"There is no source of that name. Known: {known}.")
        self.stdout.write(source.issue_token(by=None, now=timezone.now()))
