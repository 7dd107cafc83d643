"""Attachments: what they are called and what they hold must agree; nothing runs; only insiders get them."""

import hashlib
import io
import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from airp.audit.models import AuditEntry
from incidents.impact.attaching import FileRefused, TooManyFiles, attach
from incidents.impact.attachments import Attachment, store
from incidents.impact.images import NotAcceptable
from incidents.impact.inspecting import MAX_BYTES, clean_name, inspect
from incidents.impact.retention import erase_attachments
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents import cases

CANARY = b"zitronenfalter"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(form="PNG", size=(8, 6), mode="RGB", **how):
    written = io.BytesIO()
    Image.new(mode, size).save(written, form, **how)
    return written.getvalue()


def archive():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as found:
        found.writestr("a.js", "alert(1)")
    return written.getvalue()


@pytest.fixture
def folder(settings, tmp_path):
    """A store of this test's own."""
    there = tmp_path / "attachments"
    backend = settings.STORAGES["attachments"]
    own = {**backend, "OPTIONS": {**backend["OPTIONS"], "location": str(there)}}
    settings.STORAGES = {**settings.STORAGES, "attachments": own}
    return there


def test_pictures_are_written_anew_and_carry_nothing_else():
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", CANARY.decode())
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    for name, raw in (
        ("a.png", picture(pnginfo=told)),
        ("a.PNG", picture(mode="P") + b"<script>" + CANARY + archive()),
        ("a.jpeg", picture("JPEG", exif=exif, comment=CANARY)),
        ("a.jpg", picture("JPEG", mode="CMYK") + CANARY),
        ("a.png", picture(mode="RGBA")),
        ("a.png", picture(mode="I;16")),
    ):
        kept = inspect(name, raw)
        assert CANARY not in kept.content
        assert b"script" not in kept.content
        assert Image.open(io.BytesIO(kept.content)).size == (8, 6)


def test_what_is_not_what_it_is_called_is_refused(monkeypatch):
    good = {"a.pdf": PDF, "a.txt": "Grüße".encode(), "a.json": b'{"a": [1]}', "a.csv": b"a,b\n=1+1,2\n"}
    assert {name: inspect(name, raw).content for name, raw in good.items()} == good
    bad = [
        ("a.svg", b"<svg/>"),
        ("a.html", b"<p>x"),
        ("a.zip", archive()),
        ("a", b"x"),
        ("a.png.exe", b"MZ"),
        ("a.txt", b""),
        ("a.png", b"<svg onload=alert(1)>"),
        ("a.png", picture("JPEG")),
        ("a.jpg", picture()),
        ("a.png", picture()[:40]),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 90),
        ("a.pdf", b" " + PDF),
        ("a.pdf", PDF + archive()),
        ("a.pdf", archive() + PDF),
        ("a.pdf", PDF.replace(b"<<>>", b"<</S/JavaScript>>")),
        ("a.pdf", picture()),
        ("a.txt", b" <!DOCTYPE html><p>"),
        ("a.txt", b"\xef\xbb\xbf<script>"),
        ("a.txt", b"<?xml version='1.0'?><svg/>"),
        ("a.txt", archive()),
        ("a.txt", b"a\0b"),
        ("a.txt", "Grüße".encode("latin-1")),
        ("a.json", b"{"),
        ("a.json", b"NaN"),
        ("a.json", b"[" * 200_000),
        ("a.csv", b'a,"b\n'),
        ("a.csv", PDF),
        ("a.txt", b"x" * (MAX_BYTES + 1)),
    ]
    for name, raw in bad:
        with pytest.raises(NotAcceptable):
            inspect(name, raw)
            pytest.fail(f"{name} {raw[:30]!r}")
    monkeypatch.setattr("incidents.impact.images.MAX_PIXELS", 47)
    with pytest.raises(NotAcceptable, match="40 million pixels"):
        inspect("a.png", picture())


def test_names_lead_nowhere_and_pretend_nothing():
    assert [
        clean_name(name, "txt")
        for name in (
            "../../etc/passwd.txt",
            "C:\\x\\..\\evil.txt",
            "a\r\nSet-Cookie: b.txt",
            "\u202egpj.txt",
            ".txt",
            "a\0b.txt",
            '"; filename=x.html.txt',
            "%2e%2e%2f.txt",
            "long" * 99 + ".txt",
        )
    ] == [
        "passwd.txt",
        "evil.txt",
        "aSet-Cookie_ b.txt",
        "gpj.txt",
        "file.txt",
        "ab.txt",
        "__ filename=x.html.txt",
        "_2e_2e_2f.txt",
        "long" * 25 + ".txt",
    ]


def test_a_file_is_kept_aside_with_its_hash_in_the_record(now, tess, folder, db):
    case, raw = cases.incident(now=now), picture()
    kept = attach(case, name="shot.png", raw=raw, by=tess, now=now)
    (there,) = folder.iterdir()
    assert there.name == kept.stored_as != "shot.png"
    assert stat.S_IMODE(there.stat().st_mode) == 0o600
    assert hashlib.sha256(there.read_bytes()).hexdigest() == kept.sha256
    entry = case.timeline.get(kind=Kind.ATTACHMENT_ADDED)
    assert (entry.actor, entry.facts["sha256"], entry.words) == (tess, kept.sha256, "shot.png")
    assert entry.facts["received_sha256"] == hashlib.sha256(raw).hexdigest()


def test_refusals_leave_no_file_and_no_entry(now, tess, uma, mo, folder, settings, monkeypatch, db):
    case = cases.incident(now=now)
    hidden = cases.incident(now=now, visibility=Visibility.RESTRICTED, by=mo)
    attach(case, name="a.txt", raw=b"one", by=tess, now=now)
    monkeypatch.setattr("incidents.impact.attaching.MOST_FILES", 1)
    for incident, name, raw, by, refusal in (
        (case, "b.txt", b"one", tess, AlreadyDone), (case, "b.txt", b"two", tess, TooManyFiles),
        (case, "b.svg", b"two", tess, FileRefused), (case, "b.txt", b"two", uma, NotPermitted),
        (hidden, "b.txt", b"two", tess, NotPermitted),
    ):  # fmt: skip
        with pytest.raises(refusal):
            attach(incident, name=name, raw=raw, by=by, now=now)
    for scanner in ("tests.incidents.impact.test_attachments.finds", "tests.incidents.impact.test_attachments.breaks"):
        settings.ATTACHMENT_SCANNER = scanner
        with pytest.raises(FileRefused):
            attach(hidden, name="b.txt", raw=b"two", by=mo, now=now)
    assert len(list(Path(folder).iterdir())) == Attachment.objects.count() == 1
    assert not hidden.timeline.filter(kind=Kind.ATTACHMENT_ADDED).exists()


def finds(raw):
    return "a test file"


def breaks(raw):
    raise OSError("The scanner is away.")


def test_the_page_takes_a_file_and_gives_it_back_as_a_download(now, client_for, tess, uma, mo, folder):
    case, client = cases.incident(now=now), client_for(tess)
    page = f"/incidents/{case.reference}/attachments/"
    assert client.post(page, {"file": SimpleUploadedFile("a.html", b"<p>x")}).status_code == 422
    assert client.post(page, {"file": SimpleUploadedFile("a.txt", b"x" * (MAX_BYTES + 1))}).status_code == 422
    assert not Attachment.objects.exists()
    typed = SimpleUploadedFile("Ørsta\u202e <b>.csv", b"a,b\n", content_type="text/html")
    assert client.post(page, {"file": typed}).status_code == 302
    assert "1 attachment" in client.get(f"/incidents/{case.reference}/").content.decode()
    answer = client_for(uma).get(f"{page}1/")
    assert answer.content == b"a,b\n"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%C3%98rsta")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (folder / Attachment.objects.get().stored_as).write_bytes(b"changed")
    assert client.get(f"{page}1/").status_code == 404
    hidden = cases.incident(now=now, visibility=Visibility.RESTRICTED, by=mo)
    attach(hidden, name="a.txt", raw=b"secret", by=mo, now=now)
    for address in ("", "1/"):
        assert client.get(f"/incidents/{hidden.reference}/attachments/{address}").status_code == 404
    assert store().listdir("")[1]


def held():
    return Incident.objects.filter(title="Held")


HOLDS = (held,)


def test_files_end_with_their_term_after_the_incident_unless_held(now, client_for, tess, folder, settings):
    settings.EVIDENCE_HOLDS = "tests.incidents.impact.test_attachments.HOLDS"
    settings.ATTACHMENTS_KEPT = timedelta(days=400)
    ended = {"now": now, "state": State.CLOSED, "severity": "SEV4"}
    over = cases.incident(**ended)
    files = [
        attach(case, name="a.txt", raw=CANARY, by=tess, now=now)
        for case in (over, cases.incident(now=now), cases.incident(**ended, title="Held"))
    ]
    attach(over, name="later.txt", raw=b"Later", by=tess, now=now + timedelta(days=60))
    assert erase_attachments(now=now + timedelta(days=399)) == 0
    assert erase_attachments(now=now + timedelta(days=401)) == 1
    assert erase_attachments(now=now + timedelta(days=401)) == 0
    assert not store().exists(files[0].stored_as)
    assert len([path for path in folder.iterdir()]) == 3
    assert Attachment.objects.count() == 4
    assert AuditEntry.objects.get(act="attachments.erased").facts == {"count": 1, "attachments": [files[0].pk]}

    client, reference = client_for(tess), over.reference
    page = client.get(f"/incidents/{reference}/attachments/").content.decode()
    assert page.count("erased at the end of its term") == 1
    assert [client.get(f"/incidents/{reference}/attachments/{n}/").status_code for n in (1, 2)] == [404, 200]
