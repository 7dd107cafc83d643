"""What the log says of requests that nobody of ours sends."""

import io
import logging

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(monkeypatch):
    """What goes to the standard error of a process."""
    ours = [handler for handler in logging.getLogger().handlers if handler.get_name() == "stderr"]
    stream = io.StringIO()
    for handler in ours:
        monkeypatch.setattr(handler, "stream", stream)
    assert len(ours) == 1
    return stream


@pytest.mark.parametrize(
    ("address", "host"),
    [("/", "evil.example"), ("/?q=a%00b", "127.0.0.1"), ("/deliveries/?show=rumour", "127.0.0.1")],
)
def test_what_is_refused_for_its_form_is_one_line_of_warning(address, host, written, ada):
    client = Client(headers={"host": host})
    client.force_login(ada)
    assert client.get(address).status_code == 400
    lines = written.getvalue().splitlines()
    assert [line for line in lines if "Traceback" in line or "[error" in line] == []
    # Beside the two lines that every request leaves.
    refusals = [line for line in lines if "request_started" not in line and "request_finished" not in line]
    assert [("[warning" in line) for line in refusals] == [True]


def test_an_error_of_ours_keeps_its_traceback(written):
    try:
        raise RuntimeError("ours")
    except RuntimeError:
        logging.getLogger("airp.test").exception("broken")
    assert "Traceback" in written.getvalue()
