"""What each source's series of Prometheus mean, remembered in this process between requests.

In process memory on purpose: it can be forgotten at any time, and then is read again from the labels.
"""

from threading import Lock

from incidents.detection.parsers.prometheus import MAX_REMEMBERED, Vocabulary
from incidents.detection.parsers.signals import Bounds
from incidents.detection.sources import SignalSource

MAX_SOURCES = 16


class Vocabularies:
    """One for each source, anew when its mapping or the systems change."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[str, Vocabulary]] = {}
        self._lock = Lock()

    def of(self, source: SignalSource, bounds: Bounds) -> Vocabulary:
        """The vocabulary of a source. Together they remember a bounded number of series."""
        meant = repr((source.mapping, source.system_id, sorted(bounds.systems.items())))
        with self._lock:
            held = self._held.get(source.pk)
            if held is not None and held[0] == meant:
                return held[1]
            if len(self._held) >= MAX_SOURCES or self._count() > MAX_REMEMBERED:
                self._held.clear()
            self._held[source.pk] = (meant, Vocabulary(source.naming, bounds))
            return self._held[source.pk][1]

    def _count(self) -> int:
        return sum(len(vocabulary.known) for _meant, vocabulary in self._held.values())


vocabularies = Vocabularies()
