"""Addresses of complaints; `incidents/urls.py` includes them. A step of a complaint is a noun under it."""

from django.urls import path
from django.views.decorators.http import require_POST

from incidents.complaints import pages, public_pages, receiving, staff_pages
from incidents.complaints.steps import STEPS

ONE = "complaints/<str:complaint>/"

patterns = [
    path("ingest/v1/complaints", receiving.complaints, name="ingest_complaints"),
    path("complain/<slug:slug>/", public_pages.complain, name="complain"),
    path("follow/", public_pages.follow_by_code, name="complaint_follow_by_code"),
    path("follow/<str:code>/", public_pages.follow, name="complaint_follow"),
    path("complaints/", pages.complaints, name="complaints"),
    path("complaints/attachments/", require_POST(pages.attach_chosen), name="complaints_attach"),
    path("complaints/new/", staff_pages.intake, name="complaint_intake"),
    path("complaints/import/", staff_pages.bring_in, name="complaint_import"),
    path(ONE, pages.complaint, name="complaint"),
    path(f"{ONE}original/", require_POST(pages.original), name="complaint_original"),
    path(f"{ONE}code/", require_POST(pages.issue_code), name="complaint_code"),
    *(
        path(f"{ONE}{step.path}/", require_POST(pages.take_step), {"verb": verb}, name=step.name)
        for verb, step in STEPS.items()
    ),
]
