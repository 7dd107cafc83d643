"""Addresses of lanes, sign-offs and decisions; `incidents/urls.py` includes them. A step is a noun under its thing."""

from django.urls import path
from django.views.decorators.http import require_POST

from incidents.coordination import decision_pages, lane_pages, sign_off_pages
from incidents.coordination.decision_steps import BY_PATH as DECISION_STEPS
from incidents.coordination.handoffs.urls import patterns as handoffs
from incidents.coordination.lane_steps import STEPS
from incidents.coordination.sign_off_steps import STEPS as SIGN_OFF_STEPS

ROOM = "incidents/<str:reference>/"
LANE = f"{ROOM}lanes/<slug:lane>/"

patterns = [
    path("lanes/", lane_pages.rules, name="lane_rules"),
    path("lanes/shipped/", require_POST(lane_pages.install_shipped), name="lane_rules_shipped"),
    path(LANE, lane_pages.lane, name="lane"),
    *(
        path(f"{LANE}{step.path}/", require_POST(lane_pages.take_step), {"path": step.path}, name=step.name)
        for step in STEPS.values()
    ),
    path(f"{ROOM}decisions/", decision_pages.decisions, name="decisions"),
    path("decisions/<int:pk>/", decision_pages.decision, name="decision"),
    *(
        path(
            f"decisions/<int:pk>/{step.path}/",
            require_POST(decision_pages.take_step),
            {"path": step.path},
            name=step.name,
        )
        for step in DECISION_STEPS.values()
    ),
    path("approvals/", sign_off_pages.approvals, name="approvals"),
    path(f"{ROOM}sign-offs/", sign_off_pages.sign_offs, name="sign_offs"),
    path("sign-offs/<int:pk>/", sign_off_pages.sign_off, name="sign_off"),
    *(
        path(
            f"sign-offs/<int:pk>/{step.path}/",
            require_POST(sign_off_pages.take_step),
            {"path": step.path},
            name=step.name,
        )
        for step in SIGN_OFF_STEPS.values()
    ),
    *handoffs,
]
