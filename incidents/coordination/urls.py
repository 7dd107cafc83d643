"""Addresses of lanes; `incidents/urls.py` includes them. A step of a lane is a noun under it."""

from django.urls import path
from django.views.decorators.http import require_POST

from incidents.coordination import lane_pages
from incidents.coordination.lane_steps import STEPS

LANE = "incidents/<str:reference>/lanes/<slug:lane>/"

patterns = [
    path("lanes/", lane_pages.rules, name="lane_rules"),
    path("lanes/shipped/", require_POST(lane_pages.install_shipped), name="lane_rules_shipped"),
    path(LANE, lane_pages.lane, name="lane"),
    *(
        path(f"{LANE}{step.path}/", require_POST(lane_pages.take_step), {"path": step.path}, name=step.name)
        for step in STEPS.values()
    ),
]
