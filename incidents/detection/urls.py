"""Addresses of detection; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.detection import receiving

patterns = [
    path("ingest/v1/signals", receiving.signals, name="ingest_signals"),
    path("ingest/v1/heartbeat", receiving.heartbeat, name="ingest_heartbeat"),
]
