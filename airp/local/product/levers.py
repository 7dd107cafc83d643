"""What can be changed about the assistant while it runs: the model behind the alias, and a flag."""

import threading
from dataclasses import dataclass, field
from enum import StrEnum

MODEL = "support-assistant"
ALIAS = "production"
FLAG = "refund-answers"
GOOD, BAD = "v14", "v15"
VERSIONS = (GOOD, BAD)


class Flag(StrEnum):
    """On: the model answers refund questions. Off: customers get a fixed answer that promises nothing."""

    ON = "on"
    OFF = "off"


class UnknownVersion(ValueError):
    """Only a registered version can stand behind the alias."""


@dataclass
class Levers:
    """The present settings. The server's threads change them, the assistant reads them."""

    model: str = GOOD
    flag: Flag = Flag.ON
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def point_alias_at(self, version: str) -> None:
        """Move the alias. Raises UnknownVersion."""
        if version not in VERSIONS:
            raise UnknownVersion(f"{MODEL} has no version {version!r}; it has {', '.join(VERSIONS)}.")
        with self.lock:
            self.model = version

    def switch(self, flag: Flag) -> None:
        with self.lock:
            self.flag = flag

    @property
    def settings(self) -> tuple[str, Flag]:
        """Model and flag, read together."""
        with self.lock:
            return self.model, self.flag
