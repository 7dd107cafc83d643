"""How many complaints one network address may send: a few at once, then one after the other, per web process.

In process memory on purpose: a shared counter that is lost would either open or shut the gate. Addresses are kept as
keyed hashes, the newest ten thousand of them, and forgotten with the process.
"""

import hmac
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from math import ceil
from threading import Lock

from django.conf import settings
from django.http import HttpRequest

HOUR_SECONDS = 3_600
MOST_ADDRESSES = 10_000
IPV6_HOUSEHOLD_BITS = 64


@dataclass(slots=True)
class Knocks:
    """Buckets of tries that refill within an hour."""

    _left: OrderedDict[bytes, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait_seconds(self, address: bytes, *, most: int, at: float) -> int:
        """0 when one more may pass, else after how many seconds. `at` is a monotonic time."""
        per_second = most / HOUR_SECONDS
        with self._lock:
            left, seen_at = self._left.pop(address, (float(most), at))
            left = min(float(most), left + (at - seen_at) * per_second)
            passes = left >= 1
            self._left[address] = (left - passes, at)
            while len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)
            return 0 if passes else ceil((1 - left) / per_second)


knocks = Knocks()


def address_of(request: HttpRequest) -> bytes:
    """The visitor's network address as a keyed hash; of IPv6 the part that belongs to one household."""
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    trusted = settings.TRUSTED_PROXIES
    address = told[-trusted] if 0 < trusted <= len(told) else str(request.META.get("REMOTE_ADDR", ""))
    return hmac.digest(settings.PERSON_KEY.encode(), f"address/{_household(address)}".encode(), "sha256")


def _household(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{parsed}/{IPV6_HOUSEHOLD_BITS}", strict=False))
    return str(parsed)
