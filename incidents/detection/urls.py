"""Addresses of detection; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.detection import (
    breach_list,
    breach_pages,
    change_pages,
    receiving,
    receiving_alerts,
    receiving_otlp,
    receiving_pagerduty,
    source_pages,
    source_steps,
    threshold_pages,
)

patterns = [
    path("ingest/v1/signals", receiving.signals, name="ingest_signals"),
    path("ingest/v1/heartbeat", receiving.heartbeat, name="ingest_heartbeat"),
    path("ingest/v1/alerts", receiving_alerts.alerts, name="ingest_alerts"),
    path("ingest/alertmanager", receiving_alerts.alertmanager, name="ingest_alertmanager"),
    path("v2/enqueue", receiving_pagerduty.enqueue, name="ingest_pagerduty"),
    path("ingest/otlp/v1/metrics", receiving_otlp.metrics, name="ingest_otlp_metrics"),
    path("ingest/otlp/v1/logs", receiving_otlp.logs, name="ingest_otlp_logs"),
    path("ingest/otlp/v1/traces", receiving_otlp.traces, name="ingest_otlp_traces"),
    path("thresholds/", threshold_pages.thresholds, name="thresholds"),
    path("thresholds/<int:pk>/", threshold_pages.threshold, name="threshold"),
    path("thresholds/changes/", change_pages.changes, name="threshold_changes"),
    path("thresholds/changes/<int:pk>/", change_pages.change, name="threshold_change"),
    path("thresholds/changes/<int:pk>/approval/", change_pages.approval, name="threshold_change_approval"),
    path("thresholds/changes/<int:pk>/return/", change_pages.giving_back, name="threshold_change_return"),
    path("thresholds/changes/<int:pk>/withdrawal/", change_pages.withdrawal, name="threshold_change_withdrawal"),
    path("thresholds/<int:pk>/mode/", change_pages.mode, name="threshold_mode"),
    path("thresholds/<int:pk>/confirmation/", change_pages.confirmation, name="threshold_confirmation"),
    path("breaches/", breach_list.breaches, name="breaches"),
    path("breaches/<int:pk>/verdict/", breach_pages.verdict, name="verdict"),
    path("sources/", source_pages.sources, name="sources"),
    path("sources/new/", source_steps.source_new, name="source_new"),
    path("sources/<int:pk>/", source_pages.source, name="source"),
    path("sources/<int:pk>/settings/", source_steps.source_settings, name="source_settings"),
    path("sources/<int:pk>/tokens/", source_steps.source_tokens, name="source_tokens"),
    path(
        "sources/<int:pk>/tokens/<str:token>/revocation/",
        source_steps.source_token_revocation,
        name="source_token_revocation",
    ),
    path("sources/<int:pk>/test/", source_steps.source_test, name="source_test"),
    path("breaches/<int:pk>/", breach_pages.breach, name="breach"),
    path("breaches/<int:pk>/intervention/", breach_pages.intervention, name="intervention"),
    path("breaches/<int:pk>/hold/", breach_pages.hold, name="hold"),
    path("breaches/<int:pk>/dismissal/", breach_pages.dismissal, name="dismissal"),
]
