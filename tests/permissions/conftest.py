"""One scene for a whole file of tests: what everybody sees, and two restricted incidents beside it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from incidents.detection.quality import measure
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.permissions import scene
from tests.permissions.hiding import Hidden, draw, endpoint, hide
from tests.permissions.scene import NOW, Scene


@dataclass(frozen=True)
class World:
    """`hidden` by how they came to be restricted; `lines` is what was logged since they were."""

    stage: Scene
    hidden: dict[str, Hidden]
    lines: list[str]


class Lines(logging.Handler):
    """Everything that is logged, with its structured facts."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__()
        self.kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(f"{record.name} {record.msg} {record.args} {record.exc_text or ''}")


@pytest.fixture(scope="module")
def undone(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[None]:
    """One transaction around a file of tests, taken back at its end, at one moment. Nothing answers the process."""
    given = override_settings(STATE_DIR=tmp_path_factory.mktemp("state"), BASE_URL="http://127.0.0.1:1")
    with given, django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        scene.keep_a_mail()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def stage(undone: None) -> Scene:
    """What everybody sees who may see anything."""
    cases.assistant()
    built = scene.build(Visibility.NORMAL)
    draw()
    measure(built.threshold, now=NOW)
    return built


@pytest.fixture(scope="module")
def world(stage: Scene) -> Iterator[World]:
    """With two incidents that outsiders must not see."""
    lines: list[str] = []
    handler = Lines(lines)
    logging.getLogger().addHandler(handler)
    hears = endpoint()
    hidden = {"restricted": hide(stage, hears, later=False), "restricted later": hide(stage, hears, later=True)}
    measure(stage.threshold, now=NOW)
    yield World(stage, hidden, lines)
    logging.getLogger().removeHandler(handler)
