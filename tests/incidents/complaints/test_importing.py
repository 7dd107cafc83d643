"""Bringing complaints in: written down by a colleague, or from a CSV file that is looked at first."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.complaints.complaint import Complaint
from incidents.complaints.csv_reading import NotCsv, read_csv
from incidents.complaints.importing import packed, unpacked
from incidents.complaints.persons import new_ticket
from tests.incidents import cases
from tests.incidents.complaints.makers import CANARY, TEXT, counted
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
IMPORT, INTAKE = "/complaints/import/", "/complaints/new/"
HEAD = "received_at;system;channel;category;complainant;text\n"


@pytest.fixture
def day():
    cases.assistant()
    makers.system()
    return f"{timezone.now():%Y-%m-%d}"


def upload(client, text, name="c.csv"):
    raw = text if isinstance(text, bytes) else text.encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, raw, "text/csv")})


def confirm(client, answer):
    content = re.search(r'name="content" value="([^"]+)"', answer.content.decode())[1]
    return client.post(IMPORT, {"content": content})


def test_a_file_is_shown_line_by_line_and_stored_only_when_confirmed(client_for, tess, day):
    client = client_for(tess)
    rows = [
        f'{day} 00:01;support-assistant;E-Mail;refund;eva@example.com;"=cmd|A1; {CANARY}@example.com"',
        f"{day} 00:02;support-assistant;;refund;;Second",
        f"{day} 00:03;elsewhere;phone;refund;;Third",
        "yesterday;support-assistant;phone;refund;;Fourth",
        f"{day} 00:05;support-assistant;phone;refund;;",
    ]
    text = "\ufeff" + HEAD + "\n".join(rows)

    answer = upload(client, text)
    shown = answer.content.decode()
    assert "2 new · 0 stored already · 3 refused" in shown
    assert "Line 4" in shown
    assert "no system of that name" in shown
    assert "Line 5" in shown
    assert "received_at must be a time such as 2026-03-01 12:00" in shown
    assert "text is empty" in shown
    assert CANARY not in re.sub(r'value="[^"]+"', "", shown)
    assert not Complaint.objects.exists()

    assert "2 stored, 0 were stored already" in confirm(client, answer).content.decode()
    assert counted("refund") == (2, 2)
    first, second = Complaint.objects.order_by("pk")
    assert first.original.text == f"=cmd|A1; {CANARY}@example.com"
    assert (first.channel, second.channel, second.is_anonymous) == ("email", "csv", True)
    assert AuditEntry.objects.get(act="complaints.imported").facts["accepted"] == 2

    again = upload(client, text)
    assert "0 new · 2 stored already" in again.content.decode()
    corrected = upload(client, text.replace("elsewhere", "support-assistant"))
    assert "1 new · 2 stored already · 2 refused" in corrected.content.decode()
    confirm(client, corrected)
    confirm(client, answer)
    assert counted("refund") == (3, 3)
    assert Complaint.objects.count() == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe", "not UTF-8"),
        ("", "empty"),
        ("a,b\n1,2\n", "Missing: received_at, system, text"),
        ("received_at,system,text\n", "there are no rows"),
        ("received_at,system,text,text\n1,2,3,4\n", "stand twice: text"),
        ('received_at,system,text\n"a"b,2,3\n', "no CSV"),
        ("received_at,system,text\n" + "a,b,c\n" * 2_001, "more than 2000 rows"),
        (b"received_at,system,text\n" + b"x" * 600_000, "larger than 512 KiB"),
    ],
)
def test_a_file_that_is_no_table_of_complaints_is_refused_with_the_cure(client_for, tess, text, words):
    answer = upload(client_for(tess), text)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_preview_that_was_tampered_with_stores_nothing(client_for, tess, day):
    assert unpacked(packed(b"abc")) == b"abc"
    assert unpacked("abcdefgh:" + packed(b"abc")[9:-4] + "AAAA") is None
    answer = client_for(tess).post(IMPORT, {"content": "nonsense"})
    assert answer.status_code == 422
    assert "Upload the file again" in answer.content.decode()


def test_commas_semicolons_and_tabs_are_told_apart_and_lines_keep_their_numbers():
    for delimiter in (",", ";", "\t"):
        names = delimiter.join(["Received at", "system", "text", "colour"])
        cells = delimiter.join(["2026-01-01", "s", '"two\nlines"', "red"])
        sheet = read_csv(f"{names}\n\n{cells}\n{cells}\n".encode())
        assert (sheet.delimiter, sheet.unknown) == (delimiter, ["colour"])
        assert [row.line for row in sheet.rows] == [3, 5]
        assert sheet.rows[0].item["text"] == "two\nlines"
    with pytest.raises(NotCsv):
        read_csv(b"\x00")


def test_a_colleague_writes_one_down_and_gets_the_code_for_the_caller(client_for, edie, day):
    client = client_for(edie)
    data = {
        "ticket": new_ticket(), "system": makers.system().pk, "channel": "press", "text": TEXT, "category": "refund",
        "received_at": f"{day}T00:01", "contact": "+47 912 34 567", "contact_allowed": "yes",
    }  # fmt: skip

    answers = [client.post(INTAKE, data) for _press in range(2)]

    stored = Complaint.objects.get()
    assert (stored.priority_contact, counted("press_contact")) == ("press", (1, 1))
    for answer in answers:
        assert stored.reference in answer.content.decode()
        assert client.get(reverse("incidents:complaint_follow", args=[answer.context["code"]])).status_code == 200
    assert stored.entries.get().by == edie


def test_what_is_missing_is_named_and_what_was_typed_stays(client_for, edie, day):
    answer = client_for(edie).post(
        INTAKE, {"ticket": "t", "text": TEXT, "category": "<b>", "received_at": "2999-01-01T00:00"}
    )
    assert answer.status_code == 422
    for words in ("lies in the future", "letters, digits", TEXT[:30], "This field is required"):
        assert words in answer.content.decode()
    assert not Complaint.objects.exists()
