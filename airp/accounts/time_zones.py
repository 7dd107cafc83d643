"""The time zones that this machine knows."""

from functools import cache
from zoneinfo import available_timezones


@cache
def known_time_zones() -> frozenset[str]:
    """Their names. Looking through the zone files takes as long as a dozen queries, so it is done once."""
    return frozenset(available_timezones())
