"""Addresses of complaints; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.complaints import receiving

patterns = [
    path("ingest/v1/complaints", receiving.complaints, name="ingest_complaints"),
]
