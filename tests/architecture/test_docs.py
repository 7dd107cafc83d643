"""What the docs name exists, and what operators may set is named in the docs."""

import re

import pytest

from airp.local.state import CHECKOUT

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
VARIABLE = re.compile(r"\b(?:AIRP_[A-Z_]+|DATABASE_URL|REDIS_URL)\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page):
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert broken == []


def test_every_setting_of_the_environment_is_explained():
    read = set(VARIABLE.findall((CHECKOUT / "airp" / "settings.py").read_text()))
    explained = set(VARIABLE.findall((CHECKOUT / "docs" / "configuration.md").read_text()))
    assert read - explained == set()
    assert read
