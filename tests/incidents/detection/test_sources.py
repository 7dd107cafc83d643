"""Pages of sources: how each stands, its tokens, its clock, what was refused, and a test that counts nowhere."""

import json
import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.urls import resolve, reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.detection.activity import SourceActivity, SourceMinute
from incidents.detection.bars import draw
from incidents.detection.client_setup import Place, snippets
from incidents.detection.ingestion import take
from incidents.detection.series import Receipt, SignalSeries
from incidents.detection.silence import watch
from incidents.detection.source_reading import rate_of, skew_of
from incidents.detection.sources import MAX_SERIES, Rhythm, SignalSource, SourceKind, SourceState, SourceToken
from incidents.detection.states import ThresholdState
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON

TOKEN = re.compile(r"airp_[a-z0-9]{8}_[\w-]{43}")


@pytest.fixture
def source(db) -> SignalSource:
    return makers.source(system=makers.system())


def page(client, source: SignalSource, query: str = "") -> str:
    return client.get(reverse("incidents:source", args=[source.pk]) + query).content.decode()


def seen(source: SignalSource, *, at, **fields: object) -> None:
    SourceActivity.objects.update_or_create(source=source, defaults={"last_seen_at": at, **fields})


class TestList:
    @pytest.fixture
    def five(self, db) -> dict[str, SignalSource]:
        now = timezone.now()
        found = {name: makers.source(name) for name in ("Heard", "Silent", "Never", "Refusing", "Retired")}
        seen(found["Heard"], at=now, series_count=9_000)
        seen(found["Silent"], at=now - timedelta(hours=1))
        seen(found["Refusing"], at=now, last_refused_at=now)
        SignalSource.objects.filter(name="Retired").update(state=SourceState.RETIRED)
        return found

    def names(self, client, query: str = "") -> list[str]:
        text = client.get(reverse("incidents:sources") + query).content.decode()
        return re.findall(r'class="title" data-open href="[^"]+">([^<]+)<', text)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["Heard", "Never", "Refusing", "Silent"]),
            ("?state=heard", ["Heard", "Refusing"]),
            ("?state=silent", ["Silent"]),
            ("?state=never", ["Never"]),
            ("?state=refusing", ["Refusing"]),
            ("?state=retired", ["Retired"]),
            ("?state=full", ["Heard"]),
            ("?q=sil", ["Silent"]),
            ("?sort=heard", ["Never", "Silent", "Heard", "Refusing"]),
            ("?sort=refused", ["Refusing", "Heard", "Silent", "Never"]),
            ("?sort=series", ["Heard", "Silent", "Never", "Refusing"]),
            ("?q=zzz", []),
            ("?state=bogus&sort=bogus&after=bogus", ["Heard", "Never", "Refusing", "Silent"]),
        ],
    )
    def test_the_url_filters_and_sorts(self, client_for, uma, five, query, expected):
        assert self.names(client_for(uma), query) == expected

    def test_it_warns_near_the_cap_and_says_how_each_stands(self, client_for, uma, five):
        text = client_for(uma).get(reverse("incidents:sources")).content.decode()
        assert "90 % of the cap" in text
        for label in ("Heard", "Silent", "Never heard", "Refusing"):
            assert re.search(rf"badge[^>]*>(<i[^>]*></i>)?{label}", text)

    @pytest.mark.parametrize("sort", ["name", "heard", "refused", "series"])
    def test_pages_go_by_key_and_show_each_source_once(self, client_for, uma, db, sort, django_assert_max_num_queries):
        SignalSource.objects.bulk_create(SignalSource(name=f"S{number:03}") for number in range(120))
        client, query, shown = client_for(uma), f"?sort={sort}", []
        while query:
            with django_assert_max_num_queries(10):
                text = client.get(reverse("incidents:sources") + query).content.decode()
            shown += re.findall(r'class="title" data-open href="[^"]+">([^<]+)<', text)
            older = re.search(r'rel="next" href="([^"]+)"', text)
            query = older.group(1).replace("&amp;", "&") if older else ""
        assert sorted(shown) == [f"S{number:03}" for number in range(120)]
        assert len(shown) == 120


class TestMaking:
    fields = {
        "name": "Gateway in Oslo",
        "kind": "otlp",
        "system": "",
        "state": "active",
        "expected_interval_seconds": 30,
        "lateness_seconds": 60,
        "max_future_seconds": 60,
        "max_age_days": 7,
        "note": "Call the platform team.",
    }

    def test_an_admin_makes_and_changes_a_source_on_its_pages(self, client_for, ada):
        client = client_for(ada)
        answer = client.post(reverse("incidents:source_new"), self.fields)
        made = SignalSource.objects.get()
        assert answer.headers["Location"] == reverse("incidents:source", args=[made.pk])
        assert (made.kind, made.expected_interval_seconds) == (SourceKind.OTLP, 30)
        client.post(reverse("incidents:source_settings", args=[made.pk]), self.fields | {"kind": "native"})
        made.refresh_from_db()
        assert made.kind == SourceKind.NATIVE

    def test_the_second_of_two_who_change_a_source_is_told_and_keeps_what_was_typed(self, client_for, ada, source):
        client, address = client_for(ada), reverse("incidents:source_settings", args=[source.pk])
        seen = client.get(address).context["form"]["seen"].value()
        first = client.post(address, self.fields | {"seen": seen, "note": "First."})
        assert first.status_code == 302
        second = client.post(address, self.fields | {"seen": seen, "note": "My long note.", "lateness_seconds": 90})
        page = second.content.decode()
        assert second.status_code == 409
        assert ("My long note." in page, "First." in page) == (True, True)
        source.refresh_from_db()
        assert (source.note, source.lateness_seconds) == ("First.", 60)
        again = self.fields | {"seen": second.context["form"]["seen"].value(), "note": "My long note."}
        assert client.post(address, again).status_code == 302
        source.refresh_from_db()
        assert source.note == "My long note."

    @pytest.mark.parametrize(("kind", "rhythm"), [("otlp", Rhythm.REGULAR), ("pagerduty", Rhythm.IRREGULAR)])
    def test_what_is_left_open_becomes_what_is_usual_for_the_kind(self, client_for, ada, kind, rhythm):
        fields = self.fields | {"kind": kind, "rhythm": "", "expected_interval_seconds": ""}
        client, address = client_for(ada), reverse("incidents:source_new")
        assert "As usual for its kind" in client.get(address).content.decode()
        client.post(address, fields)
        made = SignalSource.objects.get()
        assert (made.rhythm, made.expected_interval_seconds) == (rhythm, 60)
        explained = "No heartbeat expected: it speaks only when" in page(client, made)
        assert explained is (rhythm == Rhythm.IRREGULAR)
        client.post(reverse("incidents:source_settings", args=[made.pk]), fields | {"rhythm": "regular", "note": "x"})
        made.refresh_from_db()
        assert (made.rhythm, made.note) == (Rhythm.REGULAR, "x")

    def test_an_emptied_mapping_maps_nothing(self, client_for, ada, source):
        fields = self.fields | {"mapping": ""}
        assert client_for(ada).post(reverse("incidents:source_settings", args=[source.pk]), fields).status_code == 302
        source.refresh_from_db()
        assert source.mapping == {}

    def test_what_is_wrong_is_said_at_the_field_and_the_text_stays(self, client_for, ada):
        wrong = self.fields | {"name": "", "expected_interval_seconds": 1, "note": "My long note."}
        answer = client_for(ada).post(reverse("incidents:source_new"), wrong)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert "greater than or equal to 10" in text
        assert "My long note." in text
        assert not SignalSource.objects.exists()


class TestTokens:
    def test_a_token_is_shown_once_and_a_second_one_explains_the_rotation(self, client_for, ada, source):
        client, address = client_for(ada), reverse("incidents:source_tokens", args=[source.pk])
        first = client.post(address).content.decode()
        assert "without a gap" not in first
        assert SourceToken.prove(TOKEN.search(first).group()) == source
        second = client.post(address).content.decode()
        assert "without a gap" in second
        assert SourceToken.prove(TOKEN.search(second).group()) == source
        assert not TOKEN.search(page(client, source))
        assert AuditEntry.objects.filter(act="source.token_issued", actor=ada).count() == 2

    def test_a_third_one_is_refused_and_ends_none(self, client_for, ada, source):
        tokens = [source.issue_token(by=ada, now=NOON) for _time in range(2)]
        answer = client_for(ada).post(reverse("incidents:source_tokens", args=[source.pk]))
        assert answer.status_code == 409
        assert "Two tokens are live" in answer.content.decode()
        assert [SourceToken.prove(token) for token in tokens] == [source, source]

    def test_a_revoked_one_ends_at_once_and_only_that_one(self, client_for, ada, source):
        old, new = (source.issue_token(by=ada, now=NOON + number * MINUTE) for number in range(2))
        other = makers.source("Other").issue_token(by=ada, now=NOON)
        client = client_for(ada)
        for token in (old, other):
            address = reverse("incidents:source_token_revocation", args=[source.pk, token.split("_")[1]])
            assert client.post(address).status_code == 302
        assert SourceToken.prove(old) is None
        assert SourceToken.prove(new) == source
        assert SourceToken.prove(other) is not None
        assert AuditEntry.objects.filter(act="source.token_revoked", actor=ada).count() == 1

    def test_its_last_use_is_written_at_most_once_a_minute(self, source, client_for, uma):
        token = source.issue_token(by=None, now=NOON)
        assert "never used" in page(client_for(uma), source)
        uses = []
        for seconds in (0, 59, 60, 61):
            SourceActivity.note(SourceToken.prove(token), now=NOON + timedelta(seconds=seconds))
            uses.append(SourceToken.objects.get().last_used_at)
        assert uses == [NOON, NOON, NOON + MINUTE, NOON + MINUTE]
        assert "last used" in page(client_for(uma), source)


class TestRateAndClock:
    def test_the_rate_is_what_each_minute_accepted(self, source):
        for minutes, count in ((2, 5), (1, 3)):
            items = [makers.item(minutes * 10 + n, at=NOON - minutes * MINUTE) for n in range(count)]
            take(source, items, now=NOON - minutes * MINUTE)
        rate = rate_of(source, now=NOON)
        assert rate["words"].startswith("8 accepted in the last hour: 0.1 a minute on average, at most 5 at")
        assert [bar.height for bar in rate["chart"].bars] == [84.0, 50.4]
        assert SourceMinute.objects.count() == 2

    def test_no_bar_is_drawn_for_nothing_and_the_smallest_is_seen(self):
        assert draw([0, 0]).bars == ()
        assert [bar.height for bar in draw([10_000, 1]).bars] == [84.0, 1.0]

    @pytest.mark.parametrize(
        ("ahead", "words", "is_off"),
        [
            (0, "in step: newest events arrive within 0 s of their time", False),
            (-20, "in step: newest events arrive within 20 s of their time", False),
            (45, "45 s ahead of our clock", True),
            (3_600, "1 h ahead of our clock", True),  # beyond what is accepted: refused, and still seen
            (-300, "5 min behind: its clock is slow, or it sends that late", True),
        ],
    )
    def test_a_wrong_clock_is_told_from_the_newest_events(self, source, client_for, uma, ahead, words, is_off):
        now = timezone.now()
        for minute in range(3):
            at = now - minute * MINUTE
            event = at + timedelta(seconds=ahead)
            take(source, [makers.item(minute, at=event), makers.item(minute + 10, at=event - MINUTE)], now=at)
        skew = skew_of(source, now=now)
        assert (skew.words, skew.is_off) == (words, is_off)
        assert ("The clock of the sender" in page(client_for(uma), source)) is is_off

    def test_one_stray_event_is_no_wrong_clock(self, source):
        for minute in range(5):
            at = NOON - minute * MINUTE
            take(source, [makers.item(minute, at=at + (timedelta(hours=2) if minute == 2 else MINUTE * 0))], now=at)
        assert not skew_of(source, now=NOON).is_off


class TestRefusals:
    def test_they_show_code_reason_and_a_sample_without_what_somebody_wrote(self, source, client_for, uma):
        token = source.issue_token(by=None, now=timezone.now())
        secret = "Anna Berg, anna.berg@example.com, says the bot insulted her"
        flawed = {"id": "x1", "ts": timezone.now().isoformat(), "system": "support-assistant", "kind": "rumour"}
        makers.post(token, [flawed | {"text": secret, "category": "rude", "labels": {"call": "+47 22 33 44 55"}}])
        makers.post(token, b"{broken " + secret.encode())
        text = page(client_for(uma), source)
        assert "unknown_kind" in text
        assert "rumour" in text
        assert "rude" in text
        assert "whole_body" in text
        assert "67 bytes, sha256" in text
        for private in ("Anna", "anna.berg", "insulted", "22 33"):
            assert private not in text

    def test_they_are_filtered_by_code_and_paged_by_key(self, source, client_for, uma):
        now = timezone.now()
        for number in range(5):
            at = now - number * MINUTE
            take(source, [makers.item(n, at=at, kind="rumour") for n in range(10)], now=at)
            take(source, [{"id": "broken"}], now=at)
        client = client_for(uma)
        first = page(client, source, "?code=unknown_kind")
        assert first.count("<code>unknown_kind</code>") == 25
        older = re.search(r'rel="next" href="([^"#]+)', first).group(1).replace("&amp;", "&")
        second = page(client, source, older)
        assert second.count("<code>unknown_kind</code>") == 25
        assert 'rel="next"' not in second
        assert "Nothing was refused with this code" in page(client, source, "?code=conflict")


class TestLabels:
    def test_near_the_cap_the_page_names_the_label_that_explodes(self, source, client_for, uma, monkeypatch):
        items = [makers.item(n, at=timezone.now(), labels={"request": f"r{n}", "region": "north"}) for n in range(12)]
        take(source, items, now=timezone.now())
        text = page(client_for(uma), source)
        assert re.search(r"label.request.*?</code> 12</li>", text)
        assert re.search(r"label.region.*?</code> 1</li>", text)
        assert SourceActivity.objects.get().series_count == SignalSeries.objects.count() == 12
        assert "New ones are refused" not in text
        for count, words in ((MAX_SERIES * 8 // 10, "8,000 of 10,000 combinations"), (MAX_SERIES, "All 10,000")):
            SourceActivity.objects.update(series_count=count)
            assert words in page(client_for(uma), source)


class TestSendingATest:
    @pytest.fixture(autouse=True)
    def nobody_answers(self, settings) -> None:
        settings.BASE_URL = "http://127.0.0.1:1"

    def test_it_is_taken_and_counts_nowhere(self, source, client_for, ada):
        answer = client_for(ada).post(
            reverse("incidents:source_test", args=[source.pk]), headers={"HX-Request": "true"}
        )
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "It was taken" in text
        assert "does not reach its own address" in text
        activity = SourceActivity.objects.get()
        assert activity.last_test_at is not None
        assert (activity.last_seen_at, activity.accepted_count) == (None, 0)
        assert not Receipt.objects.exists()
        assert not SignalSeries.objects.exists()
        assert "Never heard" in page(client_for(ada), source)

    def test_it_goes_by_http_where_that_leads_back_here(self, source, client_for, ada, settings):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked.append((self.path, self.headers["Authorization"], body[0]["test"]))
                self.send_response(503)
                self.end_headers()
                self.wfile.write(b"<p>proxy</p>")

        asked: list[tuple[str, str, bool]] = []
        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.handle_request, daemon=True).start()
        settings.BASE_URL = f"http://127.0.0.1:{server.server_port}"
        text = client_for(ada).post(reverse("incidents:source_test", args=[source.pk])).content.decode()
        server.server_close()
        path, proof, is_test = asked[0]
        assert (path, is_test) == (makers.SIGNALS, True)
        assert SourceToken.prove(proof.removeprefix("Bearer ")) == source
        assert "It was not taken: answer 503" in text
        assert "<p>proxy</p>" not in text

    def test_a_client_may_send_tests_too_and_they_are_a_sign_of_life(self, source):
        token = source.issue_token(by=None, now=timezone.now())
        good, flawed = ({"test": True}, {"test": True, "kind": "rumour"})
        items = [makers.item(1, at=timezone.now(), **good), makers.item(2, at=timezone.now(), **flawed)]
        answer = makers.post(token, items)
        assert (answer.status_code, answer.json()["tests"], answer.json()["accepted"]) == (200, 1, 0)
        assert [refusal["code"] for refusal in answer.json()["refused"]] == ["unknown_kind"]
        assert SourceActivity.objects.get().last_seen_at is not None
        assert not Receipt.objects.exists()
        assert makers.post(token, [makers.item(1, at=timezone.now(), test=1)]).status_code == 422

    def test_it_opens_no_threshold(self, source):
        makers.version(makers.threshold(), now=NOON, metric="count", op="gte", limit=1, denominator_kind="")
        take(source, [makers.item(1, at=NOON, test=True)], now=NOON)
        watch(now=NOON)
        assert not ThresholdState.objects.exists()
        assert not SignalSeries.objects.exists()

    @pytest.mark.parametrize("forged", ["airp_selftest_1", "airp_selftest_1:abc:def", "airp_selftest_"])
    def test_a_forged_proof_is_none(self, source, forged):
        assert SourceToken.prove(forged) is None

    def test_the_proof_of_a_test_ends_after_a_minute_and_with_the_source(self, source, settings, monkeypatch):
        token = source.self_test_token
        assert SourceToken.prove(token).is_self_test
        SignalSource.objects.update(state=SourceState.RETIRED)
        assert SourceToken.prove(token) is None
        SignalSource.objects.update(state=SourceState.ACTIVE)
        monkeypatch.setattr("django.core.signing.time.time", lambda: timezone.now().timestamp() + 61)
        assert SourceToken.prove(token) is None


class TestSetUp:
    def test_each_kind_of_client_gets_texts_with_our_address_and_no_token(self, source, client_for, uma, settings):
        settings.BASE_URL = "https://airp.example.org"
        source.issue_token(by=None, now=NOON)
        for kind in SourceKind:
            text = page(client_for(uma), source, f"?client={kind}")
            assert not TOKEN.search(text)
            assert ("https://airp.example.org/" in text) is (kind is not SourceKind.MANUAL)

    def test_the_texts_are_well_formed(self):
        place = Place(base_url="https://airp.example.org", system="support-assistant")
        texts = [each.text for kind in SourceKind for each in snippets(kind, place)]
        python = [text for text in texts if "import " in text]
        assert len(python) == 3
        for text in python:
            compile(text, "snippet", "exec")
        assert [text for text in texts if "{{" in text] == []

    def test_every_address_in_the_texts_exists(self):
        place = Place(base_url="https://airp.example.org", system="support-assistant")
        paths = {
            path
            for kind in SourceKind
            for each in snippets(kind, place)
            for path in re.findall(r"https://airp\.example\.org(/[\w/]+)", each.text)
        }
        assert len(paths) == 8
        for path in paths:
            assert resolve(path if path != "/ingest/otlp" else "/ingest/otlp/v1/metrics").func
