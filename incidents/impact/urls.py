"""Addresses of harm and exposure; `incidents/urls.py` includes them. All stand under their incident."""

from django.urls import path

from incidents.impact import exposure_pages

ROOM = "incidents/<str:reference>/"

patterns = [
    path(f"{ROOM}exposure/", exposure_pages.exposure, name="exposure"),
]
