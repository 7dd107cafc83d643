"""The tables of complaints, gathered for `incidents.models`."""

from incidents.complaints.complaint import Complaint, ComplaintCounter, ComplaintEntry, ComplaintOriginal
from incidents.complaints.own_source import OwnSource
from incidents.complaints.public_form import PublicForm

__all__ = ["Complaint", "ComplaintCounter", "ComplaintEntry", "ComplaintOriginal", "OwnSource", "PublicForm"]
