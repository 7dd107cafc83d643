"""What the gate in front of the views refuses, and what the logs keep of a request."""

import pytest
from django.urls import reverse

from airp.logs import without_query
from tests.factories import PASSWORD


@pytest.mark.parametrize(
    "url", ["/?severity=%00", "/live/?system=%00", "/thresholds/?q=%00", "/incidents/AIR%00/", "/reviews/a%00b/"]
)
def test_a_nul_in_an_address_is_refused_and_never_a_server_error(url, tess, client_for):
    assert client_for(tess).get(url).status_code in {400, 404}


def test_a_nul_in_a_form_is_refused(tess, client_for):
    assert client_for(tess).post(reverse("incidents:acknowledge_chosen"), {"chosen": "\0"}).status_code == 400


def test_a_huge_number_in_a_form_is_read_as_none(tess, client_for):
    url = reverse("incidents:take_lead", args=["AIR-2026-9999"])
    assert client_for(tess).post(url, {"version": "9" * 5_000}).status_code == 404


@pytest.mark.parametrize("key", ["9999-12-31T23:59:59-23:59~1", "0001-01-01T00:00:00%2B23:59~1"])
def test_a_paging_key_beyond_time_is_read_as_none(key, mo, client_for):
    assert client_for(mo).get(f"/reviews/?view=signed_off&before={key}").status_code == 200


def test_somebody_who_was_switched_off_is_told_no_more_than_somebody_who_mistyped(tess, client_for):
    tess.is_active = False
    tess.save()
    form = {"login": tess.email, "password": PASSWORD}
    response = client_for(None).post(reverse("account_login"), form, follow=True)
    assert response.status_code == 200
    assert "is not correct" in response.content.decode()


def test_logs_lose_what_stands_behind_the_question_mark():
    event = without_query(None, "info", {"request": "POST /ingest/v1/signals?token=airp_secret"})
    assert event == {"request": "POST /ingest/v1/signals"}


def test_static_files_carry_the_content_policy_too(client_for, db, settings):
    settings.WHITENOISE_USE_FINDERS = True
    response = client_for(None).get("/static/css/tokens.css")
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
