"""Addresses of handoffs; `incidents/coordination/urls.py` includes them."""

from django.urls import path
from django.views.decorators.http import require_POST

from incidents.coordination.handoffs import offer_pages, pages
from incidents.coordination.handoffs.steps import STEPS

ROOM = "incidents/<str:reference>/"

patterns = [
    path("handoffs/", pages.handoffs, name="handoffs"),
    path("handoffs/shift/", offer_pages.shift, name="handoff_of_shift"),
    path("handoffs/<int:pk>/", pages.handoff, name="handoff"),
    *(
        path(f"handoffs/<int:pk>/{step.path}/", require_POST(pages.take_step), {"path": step.path}, name=step.name)
        for step in STEPS.values()
    ),
    path(f"{ROOM}handoff/", offer_pages.lead, name="handoff_of_lead"),
    path(f"{ROOM}lanes/<slug:lane>/handoff/", offer_pages.lane, name="handoff_of_lane"),
]
