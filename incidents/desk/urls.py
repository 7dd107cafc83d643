"""Addresses of the desk. A step of an incident is a noun under the incident."""

from django.urls import path

from incidents.desk import attention, board, declare, grading, incident, matrix_pages, my_work, saved_views, systems
from incidents.desk.inbox import pages as inbox
from incidents.desk.steps import STEPS

ROOM = "incidents/<str:reference>/"

patterns = [
    path("", board.board, name="board"),
    path("live/", board.live, name="board_live"),
    path("acknowledgements/", board.acknowledge_chosen, name="acknowledge_chosen"),
    path("views/<str:viewed>/", saved_views.saved_views, name="saved_views"),
    path("saved-views/<int:pk>/name/", saved_views.rename, name="saved_view_name"),
    path("saved-views/<int:pk>/sharing/", saved_views.set_sharing, name="saved_view_sharing"),
    path("saved-views/<int:pk>/position/", saved_views.move, name="saved_view_position"),
    path("saved-views/<int:pk>/default/", saved_views.set_default, name="saved_view_default"),
    path("saved-views/<int:pk>/removal/", saved_views.remove, name="saved_view_removal"),
    path("saved-views/<int:pk>/return/", saved_views.bring_back, name="saved_view_return"),
    path("my-work/", my_work.my_work, name="my_work"),
    path("declare/", declare.declaration, name="declare"),
    path("systems/", systems.systems, name="systems"),
    path("systems/<slug:slug>/", systems.system, name="system"),
    path("severity/", systems.severity_levels, name="severity_levels"),
    path("severity/matrix/", matrix_pages.matrix, name="severity_matrix"),
    path("severity/matrix/edition/", matrix_pages.edition, name="severity_matrix_edition"),
    path("severity/preview/", grading.preview, name="severity_preview"),
    path("triage/", inbox.inbox, name="triage_inbox"),
    path("triage/live/", inbox.live, name="triage_live"),
    path("triage/choices/", inbox.choices, name="triage_choices"),
    path("triage/decisions/", inbox.decide, name="triage_decide"),
    path("triage/decisions/<int:pk>/return/", inbox.undo, name="triage_undo"),
    path("triage/<str:item>/", inbox.item, name="triage_item"),
    path(ROOM, incident.incident, name="incident"),
    path(f"{ROOM}live/", incident.live, name="incident_live"),
    path(f"{ROOM}pins/<int:number>/", attention.pin_entry, name="entry_pin"),
    path(f"{ROOM}pins/<int:number>/removal/", attention.unpin_entry, name="entry_unpin"),
    path(f"{ROOM}people/", attention.mentionable, name="mentionable"),
    path("mentions/<int:pk>/dismissal/", attention.dismiss_mention, name="mention_dismissal"),
    path("mentions/<int:pk>/return/", attention.return_mention, name="mention_return"),
    path(f"{ROOM}assessments/", grading.assessments, name="assessments"),
    path(f"{ROOM}lead/mine/", board.take_lead, name="take_lead"),
    path(f"{ROOM}lead/return/<int:person>/", incident.return_lead, name="return_lead"),
    *(path(f"{ROOM}{step.path}/", incident.take, {"step": step.name}, name=step.name) for step in STEPS.values()),
]
