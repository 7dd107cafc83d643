"""Write the demo's story into the database. Running it again adds only what is missing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from airp.local.seed import (
    alerts,
    changes,
    complaints,
    history,
    impact,
    links,
    on_call,
    people,
    reports,
    room,
    signals,
    systems,
    tasks,
    thresholds,
    verdicts,
)
from incidents.classification import shipped
from incidents.coordination import shipped as coordination
from incidents.detection.quality import measure, stalest
from incidents.detection.sources import SignalSource
from incidents.playbooks import shipped as playbooks


class Command(BaseCommand):
    help = "Write the demo: people, AI systems, thresholds and a year of incidents. Local installations only."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_LOCAL:
            raise CommandError("The demo has a public password: set AIRP_DEPLOYMENT=local to seed it.")
        now = timezone.now()
        shipped.install()
        coordination.install()
        staff = people.install()
        watched = systems.install(staff, now=now)
        on_call.install(staff, now=now)
        token_file = Path(settings.STATE_DIR) / "product-token"
        thresholds.install(watched["support-assistant"], staff, token_file=token_file, now=now)
        playbooks.install(by=None, now=now - timedelta(days=tasks.DAYS_OF_PLAYBOOKS))
        told = history.install(staff, watched, now=now)
        signals.install(watched["support-assistant"], SignalSource.objects.get(name=thresholds.SOURCE), now=now)
        alerts.install(watched["candidate-ranker"], staff, now=now)
        changes.install(watched["support-assistant"], now=now)
        verdicts.install(watched["travel-brief"], staff, now=now)
        complaints.install(staff, watched, now=now)
        impact.install(staff, now=now)
        reports.install(staff, watched, now=now)
        links.install(staff, watched, now=now)
        room.install(staff, now=now)
        for threshold in stalest(now=now, most=100):
            measure(threshold, now=now)
        self.stdout.write(f"{len(staff)} people, {len(watched)} AI systems, {told} incidents told.")
