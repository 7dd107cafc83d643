"""Addresses of playbooks and tasks; `incidents/urls.py` includes them. A step of a task is a noun under it."""

from django.urls import path
from django.views.decorators.http import require_POST

from incidents.playbooks import draft_pages, incident_pages, playbook_pages, task_pages
from incidents.playbooks.task_steps import STEPS

ROOM = "incidents/<str:reference>/"
ONE = "playbooks/<slug:slug>/"
DRAFT = f"{ONE}draft/"
STEP = f"{DRAFT}steps/<slug:key>/"

patterns = [
    path(f"{ROOM}tasks/", incident_pages.tasks, name="tasks"),
    path(f"{ROOM}playbooks/", incident_pages.playbooks, name="incident_playbooks"),
    path(f"{ROOM}playbooks/<slug:slug>/decline/", require_POST(incident_pages.decline), name="playbook_decline"),
    path(f"{ROOM}playbooks/<slug:slug>/stop/", require_POST(incident_pages.stop), name="playbook_stop"),
    path("playbooks/", playbook_pages.playbooks, name="playbooks"),
    path("playbooks/new/", playbook_pages.new, name="playbook_new"),
    path("playbooks/shipped/", require_POST(playbook_pages.install_shipped), name="playbooks_shipped"),
    path(ONE, playbook_pages.playbook, name="playbook"),
    path(f"{ONE}retirement/", require_POST(playbook_pages.retire), name="playbook_retirement"),
    path(DRAFT, draft_pages.draft, name="playbook_draft"),
    path(f"{DRAFT}names/", require_POST(draft_pages.names), name="playbook_names"),
    path(f"{DRAFT}scope/", require_POST(draft_pages.scope), name="playbook_scope"),
    path(f"{DRAFT}removal/", require_POST(draft_pages.discard), name="playbook_draft_removal"),
    path(f"{DRAFT}publication/", draft_pages.publication, name="playbook_publication"),
    path(f"{DRAFT}steps/new/<slug:kind>/", draft_pages.add_step, name="playbook_step_new"),
    path(STEP, draft_pages.step, name="playbook_step"),
    path(f"{STEP}position/", require_POST(draft_pages.move_step), name="playbook_step_position"),
    path(f"{STEP}removal/", require_POST(draft_pages.remove_step), name="playbook_step_removal"),
    path("tasks/<int:pk>/", task_pages.task, name="task"),
    *(
        path(f"tasks/<int:pk>/{step.path}/", require_POST(task_pages.take_step), {"path": step.path}, name=step.name)
        for step in STEPS.values()
    ),
]
