"""Addresses of harm and exposure; `incidents/urls.py` includes them. All stand under their incident."""

from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from incidents.impact import attachment_pages, exposure_pages, sample_pages

ROOM = "incidents/<str:reference>/"

patterns = [
    path(f"{ROOM}exposure/", exposure_pages.exposure, name="exposure"),
    path(f"{ROOM}samples/", sample_pages.samples, name="samples"),
    path(f"{ROOM}samples/taken-over/", require_POST(sample_pages.take_over), name="samples_taken_over"),
    path(f"{ROOM}samples/<int:number>/original/", require_POST(sample_pages.reveal), name="sample_original"),
    path(f"{ROOM}attachments/", attachment_pages.attachments, name="attachments"),
    path(f"{ROOM}attachments/<int:number>/", require_safe(attachment_pages.attachment), name="attachment"),
]
