"""manage.py verify_timeline: recompute the hash chains of incidents."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.response.models import Incident
from incidents.response.verification import verify_timeline


class Command(BaseCommand):
    help = "Verify the hash chain of the named incidents, or of all. Exits with 1 when a chain does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("references", nargs="*", help="AIR-2026-0042 …; none means all incidents")

    def handle(self, *args: Any, **options: Any) -> None:
        incidents = Incident.objects.order_by("pk")
        if references := options["references"]:
            incidents = incidents.filter(reference__in=references)
            if missing := set(references) - set(incidents.values_list("reference", flat=True)):
                raise CommandError(f"No such incident: {', '.join(sorted(missing))}.")
        checked, flaws = 0, []
        for incident in incidents.iterator(chunk_size=200):
            checked += 1
            flaws += verify_timeline(incident)
        for flaw in flaws:
            self.stderr.write(f"{flaw.reference} entry {flaw.seq}: {flaw.problem}")
        if flaws:
            raise CommandError(f"{len(flaws)} flaws in {checked} timelines.")
        self.stdout.write(f"{checked} timelines verified.")
