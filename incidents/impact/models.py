"""The tables of harm and exposure, gathered for `incidents.models`."""

from incidents.impact.exposure import Exposure, ExposureWords
from incidents.impact.samples import HarmSample, SampleOriginal, SampleReveal

__all__ = ["Exposure", "ExposureWords", "HarmSample", "SampleOriginal", "SampleReveal"]
