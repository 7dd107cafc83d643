"""A playbook in one incident: proposed, running, declined or stopped. Starting freezes its steps into tasks."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.playbooks.playbook import Playbook, PlaybookVersion
from incidents.playbooks.running import Running
from incidents.playbooks.states import RunState
from incidents.response.models import Incident


class PlaybookRun(Running):
    """At most one per incident and playbook. Change it through its verbs only."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="playbook_runs")
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(_("state"), max_length=10, choices=RunState)
    proposed_at = models.DateTimeField(_("proposed"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("declined or stopped"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["PlaybookRun"]]

    class Meta:
        verbose_name = _("playbook in an incident")
        verbose_name_plural = _("playbooks in incidents")
        constraints = [
            models.UniqueConstraint(fields=["incident", "playbook"], name="one_run_per_incident_and_playbook"),
            models.CheckConstraint(
                condition=~Q(state__in=[RunState.RUNNING, RunState.STOPPED]) | Q(started_at__isnull=False),
                name="running_playbook_says_since_when",
            ),
        ]
        indexes = [models.Index(fields=["version", "-started_at"], name="playbook_runs_by_version")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"playbook {self.playbook_id} in incident {self.incident_id} ({self.state})"
