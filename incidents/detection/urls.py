"""Addresses of detection; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.detection import pages, receiving

patterns = [
    path("ingest/v1/signals", receiving.signals, name="ingest_signals"),
    path("ingest/v1/heartbeat", receiving.heartbeat, name="ingest_heartbeat"),
    path("thresholds/", pages.thresholds, name="thresholds"),
    path("thresholds/<int:pk>/", pages.threshold, name="threshold"),
    path("sources/", pages.sources, name="sources"),
    path("sources/<int:pk>/", pages.source, name="source"),
    path("breaches/<int:pk>/", pages.breach, name="breach"),
    path("breaches/<int:pk>/intervention/", pages.intervention, name="intervention"),
    path("breaches/<int:pk>/hold/", pages.hold, name="hold"),
    path("breaches/<int:pk>/dismissal/", pages.dismissal, name="dismissal"),
]
