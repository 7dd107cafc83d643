"""Addresses of complaints; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.complaints import receiving
from incidents.detection.eventing import OWN_TYPES, EventType
from incidents.detection.receiving_cloudevents import cloudevents

EVENT_TYPES = OWN_TYPES | {"airp.complaint.v1": EventType(receiving.take, "received_at")}
patterns = [
    path("ingest/cloudevents", cloudevents(EVENT_TYPES), name="ingest_cloudevents"),
    path("ingest/v1/complaints", receiving.complaints, name="ingest_complaints"),
]
