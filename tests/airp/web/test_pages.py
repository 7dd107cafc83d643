"""Frame, error pages, vendored files."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import RequestFactory

from airp.web.outage import OutageMiddleware

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
IDIOMORPH = "5811b9a7eda14878b7dab4378bf60432e1bb6f11fcfb970cc26540642650181e"


def test_the_vendored_script_is_the_one_we_checked():
    found = hashlib.sha256((STATIC / "vendor/idiomorph/idiomorph-ext.min.js").read_bytes()).hexdigest()
    assert found == IDIOMORPH


@pytest.mark.parametrize("folder", ["vendor/idiomorph/LICENSE", "vendor/inter/LICENSE", "img/icons.LICENSE.txt"])
def test_foreign_work_keeps_its_licence_beside_it(folder):
    assert len((STATIC / folder).read_text()) > 400


def test_every_icon_that_a_template_names_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img/icons.svg").read_text()))
    named = {name for page in TEMPLATES.rglob("*.html") for name in re.findall(r'{% icon "([^"]+)"', page.read_text())}
    assert named - drawn == set()


@pytest.mark.parametrize("page", ["403.html", "404.html", "500.html", "503.html", "403_csrf.html"])
def test_an_error_page_needs_neither_request_nor_database(page):
    drawn = render_to_string(page)
    assert drawn.count("<h1>") == 1
    assert 'href="/"' in drawn


@pytest.mark.django_db
def test_a_missing_page_carries_the_reference_of_the_log(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert re.search(rb"<code>[0-9a-f-]{36}</code>", response.content)


def test_a_lost_database_is_answered_without_asking_it(rf: RequestFactory):
    middleware = OutageMiddleware(lambda request: pytest.fail("not called"))
    response = middleware.process_exception(rf.get("/"), OperationalError("gone"))
    assert response is not None
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


@pytest.mark.django_db
def test_the_frame_carries_no_inline_script_style_or_handler(client, django_user_model):
    tess = django_user_model.objects.create_user(email="tess@example.com", name="Tess Triager")
    client.force_login(tess)
    drawn = client.get("/profile/").content.decode()
    assert re.findall(r"<script(?![^>]* src=)", drawn) == []
    assert re.findall(r"<[^>]+\s(?:style|on\w+)=", drawn) == []
    assert 'hx-headers=\'{"X-CSRFToken": "' in drawn
