"""Reads of playbooks and tasks."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Count, F, Max, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from airp.accounts.models import User
from incidents.playbooks.fitting import most_specific
from incidents.playbooks.playbook import Playbook, PlaybookVersion
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.states import RunState, TaskState, VersionState
from incidents.playbooks.task import Task
from incidents.response.models import Incident
from incidents.response.visibility import ExistsFor


def in_force() -> QuerySet[PlaybookVersion]:
    """The published versions of playbooks that are in use."""
    published = PlaybookVersion.objects.filter(state=VersionState.PUBLISHED, playbook__retired_at__isnull=True)
    return published.select_related("playbook").order_by("playbook__name", "pk")


def fitting_version(incident: Incident) -> PlaybookVersion | None:
    """The one that is meant for an incident like this, if any is."""
    candidates = ((version.scope, version) for version in in_force())
    return most_specific(
        candidates,
        system=incident.system.slug,
        harm_kind=incident.harm_kind.slug if incident.harm_kind else "",
        severity=incident.severity_slug,
    )


_READ = "_tasks_read"


def tasks_for_the_page(incident: Incident) -> list[Task]:
    """The same, kept for the panel of this page, so that the gate and the panel read once."""
    incident.__dict__[_READ] = found = tasks_with_proposals(incident)
    return found


def tasks_of_the_panel(incident: Incident) -> list[Task]:
    """What the gate has just read, once; a later look reads anew."""
    read: list[Task] | None = incident.__dict__.pop(_READ, None)
    return tasks_with_proposals(incident) if read is None else read


def tasks_with_proposals(incident: Incident) -> list[Task]:
    """All tasks of an incident in their order, and on each what is proposed: one query for the whole panel.

    A proposal exists only beside a playbook that runs, so there is a task to carry it.
    """
    proposed = (
        PlaybookRun.objects.filter(incident_id=incident.pk, state=RunState.PROPOSED)
        .order_by()
        .values("incident")
        .annotate(found=JSONBAgg(JSONObject(run="pk", name="playbook__name", slug="playbook__slug")))
    )
    tasks = Task.objects.filter(incident=incident).annotate(
        proposals=Subquery(proposed.values("found")), playbook_name=F("run__playbook__name")
    )
    return list(tasks.select_related("owner").order_by("number"))


def tasks_of_the_page(user: User) -> QuerySet[Task]:
    """The tasks that exist for a person, with what their page shows, in one query."""
    return Task.objects.visible_to(user).select_related(
        "incident", "owner", "ended_by", "run__playbook", "run__version"
    )


def offered_to(incident: Incident) -> list[PlaybookVersion]:
    """The playbooks that could be added: in force, and not running nor stopped here."""
    there = PlaybookRun.objects.filter(incident=incident, state__in=[RunState.RUNNING, RunState.STOPPED])
    return list(in_force().exclude(playbook__in=there.values("playbook")))


def runs_of(incident: Incident) -> list[PlaybookRun]:
    return list(PlaybookRun.objects.filter(incident=incident).select_related("playbook", "version").order_by("pk"))


def register(user: User, *, is_retired: bool) -> list[dict[str, Any]]:
    """All playbooks with their version in force, their draft and their uses in incidents that the person may see.

    Two queries.
    """
    used = Q(runs__started_at__isnull=False) & Q(ExistsFor(user, path="runs__incident__"))
    playbooks = Playbook.objects.filter(retired_at__isnull=not is_retired).annotate(
        last_used_at=Max("runs__started_at", filter=used), uses=Count("runs", filter=used)
    )
    found = list(playbooks.order_by("name", "pk"))
    current: dict[tuple[int, str], PlaybookVersion] = {
        (version.playbook_id, version.state): version
        for version in PlaybookVersion.objects.filter(playbook__in=found, state__in=["draft", "published"]).annotate(
            step_count=Count("steps")
        )
    }
    return [_registered(each, current) for each in found]


def _registered(playbook: Playbook, current: dict[tuple[int, str], PlaybookVersion]) -> dict[str, Any]:
    published = current.get((playbook.pk, VersionState.PUBLISHED))
    draft = current.get((playbook.pk, VersionState.DRAFT))
    newest: Any = published or draft
    step_count = newest.step_count if newest else 0
    return {"playbook": playbook, "published": published, "draft": draft, "step_count": step_count}


def due_tasks(*, now: datetime, most: int) -> list[int]:
    """Ids of tasks that the sweep should look at."""
    at_work = Task.objects.at_work().filter(remind_at__lte=now).order_by("remind_at", "id")
    return list(at_work.values_list("pk", flat=True)[:most])


def ended_waits(*, now: datetime, most: int) -> list[int]:
    """Ids of tasks whose time has passed."""
    at_work = (
        Task.objects.at_work().filter(state=TaskState.IN_PROGRESS, awaits_until__lte=now).order_by("awaits_until", "id")
    )
    return list(at_work.values_list("pk", flat=True)[:most])
