"""When a duty of detection last ran, and since when it runs without a break."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models

KEEP_SIGNALS = "keep_signals"


class Upkeep(models.Model):
    """One duty. `unbroken_since` starts anew after a pause: before it, nobody looked."""

    name = models.CharField(max_length=40, unique=True)
    unbroken_since = models.DateTimeField()
    last_at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.last_at:%Y-%m-%d %H:%M}"

    @classmethod
    def begin(cls, name: str, *, now: datetime, longest_pause: timedelta) -> Self:
        """The duty, locked until the transaction ends, with its new moment and the start of its unbroken watch."""
        Upkeep.objects.bulk_create([Upkeep(name=name, unbroken_since=now, last_at=now)], ignore_conflicts=True)
        duty = cls.objects.select_for_update().get(name=name)
        if now - duty.last_at > longest_pause:
            duty.unbroken_since = now
        duty.last_at = max(duty.last_at, now)
        duty.save(update_fields=["unbroken_since", "last_at"])
        return duty

    def note(self, **facts: Any) -> None:
        """Keep what came of it."""
        self.facts = facts
        self.save(update_fields=["facts"])
