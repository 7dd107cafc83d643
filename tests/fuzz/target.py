"""One parser under fire."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One parser under fire."""

    seeds: list[bytes]
    read: Callable[[bytes], tuple[int, int]]
    refusals: tuple[type[Exception], ...]
