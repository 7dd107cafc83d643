"""What is held up in the record of an incident, and for whom."""

from incidents.attention.mentions import Mention
from incidents.attention.pins import Pin

__all__ = ["Mention", "Pin"]
