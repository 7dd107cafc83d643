"""The tables of harm and exposure, gathered for `incidents.models`."""

from incidents.impact.attachments import Attachment, AttachmentErasure
from incidents.impact.exposure import Exposure, ExposureWords
from incidents.impact.samples import HarmSample, SampleOriginal, SampleReveal

__all__ = [
    "Attachment",
    "AttachmentErasure",
    "Exposure",
    "ExposureWords",
    "HarmSample",
    "SampleOriginal",
    "SampleReveal",
]
