"""Finding a browser, and saying what to do without one."""

from pathlib import Path

import pytest

from airp.local import chromium as finding
from airp.local.failures import CannotStart


@pytest.fixture
def machine_without_browser(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AIRP_CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setattr(finding.shutil, "which", lambda _name: None)
    monkeypatch.setattr(finding, "_attempt", lambda command: f"{command[-1]}: refused")


def test_a_browser_named_by_the_environment_wins(monkeypatch, tmp_path: Path) -> None:
    program = tmp_path / "my browser"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o700)
    monkeypatch.setenv("AIRP_CHROMIUM", str(program))

    assert finding.chromium() == str(program)


def test_one_in_playwrights_cache_is_found(machine_without_browser, tmp_path: Path) -> None:
    program = tmp_path / "chromium-1234/chrome-linux/chrome"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o700)

    assert finding.chromium() == str(program)


def test_the_shell_without_windows_is_taken_where_both_are_installed(machine_without_browser, monkeypatch, tmp_path):
    for name in ("chromium", "chromium-headless-shell"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setattr(finding.shutil, "which", lambda name: str(tmp_path / name))

    assert finding.chromium() == str(tmp_path / "chromium-headless-shell")


def test_without_any_it_fails_with_what_was_tried_and_the_cure(machine_without_browser) -> None:
    with pytest.raises(CannotStart) as refusal:
        finding.chromium()

    assert "refused" in str(refusal.value)
    assert "apt-get install chromium" in str(refusal.value)
