"""How often one token may knock: a bucket of 500 that refills with 100 a second, per process.

In process memory on purpose: losing a shared counter would either open or shut the gate.
"""

from dataclasses import dataclass, field
from math import ceil
from threading import Lock

PER_SECOND = 100.0
BURST = 500.0


@dataclass(slots=True)
class _Bucket:
    left: float
    seen_at: float


@dataclass(slots=True)
class Limiter:
    """Counts requests per key."""

    per_second: float = PER_SECOND
    burst: float = BURST
    _buckets: dict[int, _Bucket] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait_seconds(self, key: int, *, at: float) -> int:
        """0 when the request may pass, else after how many seconds to try again. `at` is a monotonic time."""
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(self.burst, at))
            bucket.left = min(self.burst, bucket.left + (at - bucket.seen_at) * self.per_second)
            bucket.seen_at = at
            if bucket.left >= 1:
                bucket.left -= 1
                return 0
            return ceil((1 - bucket.left) / self.per_second)
