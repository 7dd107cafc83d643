"""The tables of harm and exposure, gathered for `incidents.models`."""

from incidents.impact.exposure import Exposure, ExposureWords

__all__ = ["Exposure", "ExposureWords"]
