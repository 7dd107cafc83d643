"""Addresses of reports; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.reports import pages

patterns = [
    path("report/", pages.report, name="report"),
    path("report/follow/", pages.follow, name="report_follow"),
    path("reports/<int:report>/", pages.human_report, name="human_report"),
    path("reports/<int:report>/original/", pages.original, name="human_report_original"),
]
