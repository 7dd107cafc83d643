"""How many tasks of a lane are left, as an expression for whoever lists lanes. Named in `airp/reactions.py`."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from incidents.playbooks.task import Task


def open_tasks_of_lane() -> Coalesce:
    """For rows with `incident` and `lane`: the unfinished tasks of that lane in that incident."""
    tasks = Task.objects.unfinished().filter(incident=OuterRef("incident"), lane=OuterRef("lane"))
    counted = tasks.order_by().values("lane").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())
