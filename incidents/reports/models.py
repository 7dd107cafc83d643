"""The tables of reports, gathered for `incidents.models`."""

from incidents.reports.report import Report, ReportEntry, ReportOriginal

__all__ = ["Report", "ReportEntry", "ReportOriginal"]
