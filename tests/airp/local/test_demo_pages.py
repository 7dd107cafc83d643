"""The demo's own pages: its mailbox, and the version that the product reports."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from airp.local import remote_product
from airp.local.product.levers import Flag
from airp.local.remote_product import Standing
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem

pytestmark = pytest.mark.django_db
NAME = "20261112T130000000000-0123abcd"


@pytest.fixture
def mailbox(tmp_path, settings):
    settings.STATE_DIR = tmp_path
    folder = tmp_path / "mail"
    folder.mkdir()
    text = "Subject: AIR-2026-0001 SEV2: incident declared\nTo: ravi@example.com\n\nPlease look <b>now</b>.\n"
    (folder / f"{NAME}.eml").write_text(text)
    return folder


def test_the_mailbox_lists_mails_and_shows_one_as_text(mailbox, client_for, tess) -> None:
    listed = client_for(tess).get("/dev/mail/")
    shown = client_for(tess).get(f"/dev/mail/{NAME}/")

    assert "AIR-2026-0001 SEV2: incident declared" in listed.content.decode()
    assert "Please look &lt;b&gt;now&lt;/b&gt;." in shown.content.decode()


def test_other_files_and_strangers_get_nothing(mailbox, client_for, tess) -> None:
    assert client_for(tess).get("/dev/mail/product-token/").status_code == 404
    assert client_for(None).get("/dev/mail/").status_code == 302


def test_the_levers_page_says_when_the_product_is_away(tmp_path, settings, client_for, tess) -> None:
    settings.STATE_DIR = tmp_path
    assert "The product is not running" in client_for(tess).get("/dev/product/").content.decode()


def test_the_levers_page_says_where_their_effect_is_seen(monkeypatch, client_for, tess) -> None:
    monkeypatch.setattr(remote_product, "standing", lambda: Standing("v15", Flag.ON, "http://127.0.0.1:9"))
    page = client_for(tess).get("/dev/product/").content.decode()

    assert "Model in production" in page
    assert f'href="{reverse("incidents:thresholds")}">the threshold' in page
    assert f'href="{reverse("incidents:board")}">the board' in page


def test_the_product_reports_its_version_once(client_for) -> None:
    now = datetime.now(UTC)
    system = AISystem.objects.create(slug="assistant", name="Assistant", purpose="Answers.")
    token = SignalSource.objects.create(name="Product", system=system).issue_token(by=None, now=now)
    news = json.dumps({"component": "model", "to": "v15", "at": now.isoformat()})
    head = {"Authorization": f"Bearer {token}"}

    answers = [
        client_for(None).post("/dev/changes/", news, content_type="application/json", headers=head)
        for _turn in range(2)
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert [version.label for version in system.versions_at(datetime.now(UTC))] == ["v15"]
    assert client_for(None).post("/dev/changes/", news, content_type="application/json").status_code == 401
    bad = client_for(None).post("/dev/changes/", "[]", content_type="application/json", headers=head)
    assert bad.status_code == 400
