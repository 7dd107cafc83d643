"""What no template may contain, and how long one may grow."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
# Mails are read by programs that know no stylesheet: they may carry style attributes.
DRAWN_IN_BROWSERS = [page for page in PAGES if "email" not in page.relative_to(TEMPLATES).parts]
LONGEST = 150

BANNED = {
    "hx-on needs eval": r"\shx-on[:=-]",
    "hx-vars needs eval": r"\shx-vars",
    "js: values need eval": r"=\s*[\"'](?:js|javascript):",
    "trigger filters need eval": r"hx-trigger\s*=\s*\"[^\"]*\[",
    "morph:{} needs eval": r"hx-swap(?:-oob)?\s*=\s*[\"']morph:\s*\{",
    "after a colon hx-swap-oob reads a selector": r"hx-swap-oob\s*=\s*[\"']morph:",
    "hx-vals reaches every form inside": r"\shx-vals",
    "inline style": r"<[^>{]*\sstyle\s*=",
    "inline style element": r"<style\b",
    "inline handler": r"<[^>{]*\son[a-z]+\s*=",
    "inline script": r"<script(?![^>]*\ssrc=)",
    "htmx 4": r"innerMorph|<hx-partial|:inherited|hx-status:|htmx:after:|version=4",
    "unescaped text": r"\|safe\b|{%\s*autoescape off",
    "colours come from tokens": r"(?:fill|stroke|color)=\"#",
}


def name_of(page: Path) -> str:
    return str(page.relative_to(TEMPLATES))


def test_there_are_templates_to_judge():
    assert len(PAGES) > 20


@pytest.mark.parametrize("reason", BANNED)
def test_no_template_contains_what_the_page_policy_forbids(reason):
    found = [name_of(page) for page in DRAWN_IN_BROWSERS if re.search(BANNED[reason], page.read_text(), re.I)]
    assert found == [], f"{reason}: {found}"


@pytest.mark.parametrize(
    "sample", ['<a hx-on:click="x">', '<div hx-trigger="click[ctrlKey]">', '<p style="x">', "<script>"]
)
def test_the_rules_catch_their_samples(sample):
    assert any(re.search(pattern, sample, re.I) for pattern in BANNED.values())


def test_no_template_decides_about_rights():
    asks = re.compile(r"\bperms\.|user\.(?:can|has_role|is_staff|is_superuser|capabilities|roles)\b")
    assert [name_of(page) for page in PAGES if asks.search(page.read_text())] == []


def test_no_template_asks_the_database():
    asks = re.compile(r"\.objects\b|\.all\b|\.exists\b|_set\b")
    ours = [page for page in PAGES if "admin" not in page.relative_to(TEMPLATES).parts]
    assert [name_of(page) for page in ours if asks.search(page.read_text())] == []


def test_templates_stay_short():
    long = {name_of(page): lines for page in PAGES if (lines := page.read_text().count("\n")) > LONGEST}
    assert long == {}
