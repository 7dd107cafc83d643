"""The sign of life of a web process: a thread that tells the database every few seconds that we could receive."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import connections

from incidents.detection.hearing import BEAT_EVERY, beat
from incidents.detection.ticks import database_now

log = structlog.get_logger(__name__)


def start() -> threading.Thread:
    """Begin to tell, until the process ends."""
    thread = threading.Thread(target=_tell, name="door", daemon=True)
    thread.start()
    return thread


def tell_once(clock: Callable[[], datetime] = database_now) -> bool:
    """One sign of life. Whatever goes wrong, the next one is tried: a thread that died would look like an outage."""
    try:
        beat(now=clock())
    except Exception as error:
        log.warning("no_sign_of_life", error=type(error).__name__)
        return False
    finally:
        connections.close_all()
    return True


def _tell() -> None:
    pause = threading.Event()
    while True:
        tell_once()
        pause.wait(BEAT_EVERY.total_seconds())
