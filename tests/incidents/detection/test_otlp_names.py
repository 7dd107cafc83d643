"""One test for each foreign name: what OpenTelemetry's metrics and events become. The parsers alone, no database."""

from datetime import timedelta

import pytest

from incidents.detection.parsers.naming import Naming
from incidents.detection.parsers.otlp_logs import read_logs
from incidents.detection.parsers.otlp_metrics import read_metrics
from incidents.detection.parsers.own_naming import BadNaming, read_naming
from tests.fuzz.targets import BOUNDS
from tests.incidents.detection import otlp_makers as otlp
from tests.incidents.detection.makers import NOON

AT = NOON - timedelta(seconds=30)
START = AT - timedelta(seconds=60)
STANDARD = read_naming({})


def metric(naming: Naming = STANDARD, *, resource: dict | None = None, **point) -> list:
    body = otlp.metrics({"at": AT, "start": START} | point, resource=resource).SerializeToString()
    parsed = read_metrics(body, naming, BOUNDS, is_json=False)
    assert parsed.refused == []
    return [signal for _index, signal in parsed.signals]


def event(name: str, *, naming: Naming = STANDARD, **record) -> list:
    parsed = read_logs(otlp.logs({"event": name, "at": AT} | record).SerializeToString(), naming, BOUNDS, is_json=False)
    assert parsed.refused == []
    return [signal for _index, signal in parsed.signals]


def refusal(read, body) -> list[str]:
    return [
        code
        for _index, code, _detail, _shown in read(body.SerializeToString(), STANDARD, BOUNDS, is_json=False).refused
    ]


def test_operation_duration_is_traffic_with_the_model_and_who_served_it():
    labels = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.response.model": "m-2"}
    (signal,) = metric(name="gen_ai.client.operation.duration", shape="histogram", value=7, attributes=labels)
    assert (signal.kind, signal.n, signal.bad, signal.n_raw) == ("traffic", 7, 0, 7)
    assert signal.labels == (("label.operation", "chat"), ("label.provider", "openai"), ("version.model", "m-2"))


def test_an_operation_with_an_error_type_is_bad():
    (signal,) = metric(
        name="gen_ai.client.operation.duration", shape="histogram", value=3, attributes={"error.type": "timeout"}
    )
    assert (signal.n, signal.bad) == (3, 3)


def test_older_emitters_name_the_provider_as_system_and_only_the_requested_model():
    labels = {"gen_ai.system": "azure", "gen_ai.request.model": "m-1"}
    (signal,) = metric(name="gen_ai.client.operation.duration", shape="exponential_histogram", attributes=labels)
    assert signal.labels == (("label.provider", "azure"), ("version.model", "m-1"))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("ok", [("traffic", "", 5, 0)]),
        ("error", [("traffic", "", 5, 5)]),
        ("refused", [("traffic", "", 5, 0), ("guardrail", "refused", 5, 5)]),
        ("blocked", [("traffic", "", 5, 0), ("guardrail", "blocked", 5, 5)]),
    ],
)
def test_requests_are_traffic_and_what_was_stopped_is_guardrail(outcome, expected):
    found = metric(name="airp.requests", value=5, attributes={"airp.outcome": outcome})
    assert [(signal.kind, signal.category, signal.n, signal.bad) for signal in found] == expected


def test_violations_carry_category_and_policy():
    labels = {"airp.policy": "refunds", "airp.category": "refund_promise"}
    (signal,) = metric(name="airp.violations", value=2, attributes=labels)
    assert (signal.kind, signal.category, signal.n, signal.bad) == ("violation", "refund_promise", 2, 0)
    assert signal.labels == (("policy", "refunds"),)


def test_complaints_carry_their_category():
    (signal,) = metric(name="airp.complaints", attributes={"airp.category": "rude"})
    assert (signal.kind, signal.category) == ("complaint", "rude")


def test_token_usage_and_other_metrics_are_not_kept():
    body = otlp.metrics({"name": "gen_ai.client.token.usage", "at": AT}, {"name": "http.server.duration", "at": AT})
    parsed = read_metrics(body.SerializeToString(), STANDARD, BOUNDS, is_json=False)
    assert (parsed.dropped, parsed.signals, parsed.refused) == (2, [], [])


@pytest.mark.parametrize(
    ("resource", "naming"),
    [
        ({"service.name": "support-assistant"}, {}),
        ({"service.name": "Support Assistant"}, {}),
        ({"service.name": "team/support_assistant"}, {}),
        ({"service.name": "flow-7"}, {"systems": {"flow-7": "support-assistant"}}),
        ({"service.name": "flow-7"}, {"default_system": "support-assistant"}),
        ({"deployment": "support-assistant", "service.name": "x"}, {"system_from": ["deployment"]}),
        ({"airp.system": "support-assistant", "service.name": "gateway"}, {}),
    ],
)
def test_the_system_is_found_by_name_by_mapping_or_by_default(resource, naming):
    (signal,) = metric(read_naming(naming), resource=resource)
    assert signal.system_id == 1


def test_a_name_that_no_system_has_is_refused_with_that_name():
    body = otlp.metrics({"at": AT}, resource={"service.name": "unheard-of"})
    (refused,) = read_metrics(body.SerializeToString(), STANDARD, BOUNDS, is_json=False).refused
    assert refused[1] == "unknown_system"
    assert "unheard-of" in refused[2]


def test_an_own_mapping_keeps_other_metrics_and_labels():
    naming = read_naming(
        {
            "metrics": {"http.requests": {"kind": "traffic", "category": "web", "bad_when": {"http.status": ["500"]}}},
            "labels": {"deployment.region": "region"},
        }
    )
    attributes = {"http.status": 500, "deployment.region": "no"}
    (signal,) = metric(naming, name="http.requests", value=4, attributes=attributes)
    assert (signal.kind, signal.category, signal.bad) == ("traffic", "web", 4)
    assert signal.labels == (("label.region", "no"),)


def test_an_empty_list_drops_a_metric_that_is_kept_by_default():
    body = otlp.metrics({"at": AT}).SerializeToString()
    assert read_metrics(body, read_naming({"metrics": {"airp.requests": []}}), BOUNDS, is_json=False).dropped == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "the mapping"),
        ({"system": {}}, "system is not known"),
        ({"systems": {"a": 1}}, "systems, a"),
        ({"metrics": {"x": {"kind": "rumour"}}}, "metrics, x: kind must be one of"),
        ({"metrics": {"x": {"kind": "traffic", "bad": {}}}}, "bad is not known"),
        ({"metrics": {"x": {"kind": "traffic", "bad_when": {"code": 5}}}}, "bad_when"),
        ({"labels": {f"l{number}": "x" for number in range(17)}}, "at most 16"),
        ({"failing": [1]}, "failing"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where_and_why(given, words):
    with pytest.raises(BadNaming, match=words):
        read_naming(given)


EVALUATION = {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.25}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"gen_ai.evaluation.score.label": "pass"}, (1, 0, 0.25)),
        ({"gen_ai.evaluation.score.label": "FAIL"}, (1, 1, 0.25)),
        ({}, (1, 0, 0.25)),
        ({"error.type": "timeout", "gen_ai.evaluation.score.label": "fail"}, (0, 0, None)),
    ],
)
def test_an_evaluation_result_is_good_bad_or_with_an_error_neither(more, expected):
    (signal,) = event("gen_ai.evaluation.result", attributes=EVALUATION | more)
    assert (signal.kind, signal.category) == ("evaluation", "relevance")
    assert (signal.n, signal.bad, signal.value) == expected


def test_failing_labels_are_the_sources_own():
    naming = read_naming({"failing": ["Not_OK"]})
    for label, bad in (("not_ok", 1), ("fail", 0)):
        (signal,) = event(
            "gen_ai.evaluation.result", naming=naming, attributes=EVALUATION | {"gen_ai.evaluation.score.label": label}
        )
        assert signal.bad == bad


def test_an_evaluation_is_itself_by_span_or_response_name_and_time():
    named = EVALUATION | {"gen_ai.evaluation.explanation": "The answer was rude."}
    first = event("gen_ai.evaluation.result", attributes=named, trace_id=b"t" * 16, span_id=b"s" * 8)
    again = event("gen_ai.evaluation.result", attributes=EVALUATION, trace_id=b"t" * 16, span_id=b"s" * 8)
    other = event("gen_ai.evaluation.result", attributes=EVALUATION, trace_id=b"t" * 16, span_id=b"x" * 8)
    assert first[0].id == again[0].id != other[0].id
    assert "rude" not in repr(first)


def test_older_emitters_put_the_events_name_into_an_attribute():
    (signal,) = event("", attributes=EVALUATION | {"event.name": "gen_ai.evaluation.result"})
    assert signal.category == "relevance"


def test_violation_and_complaint_events_count_as_in_our_own_format_and_name_people_apart():
    labels = {"airp.category": "refund", "airp.policy": "p1", "airp.n": 2, "user.id": "u-1"}
    (violation,) = event("airp.violation", attributes=labels, body="I promise you a refund")
    assert (violation.kind, violation.category, violation.n, violation.subject) == ("violation", "refund", 2, "u-1")
    assert violation.labels == (("policy", "p1"),)
    assert "promise" not in repr(violation)
    (complaint,) = event("airp.complaint", attributes={"airp.id": "c-1", "gen_ai.conversation.id": "k-1"})
    assert (complaint.kind, complaint.n, complaint.conversation) == ("complaint", 1, "k-1")
    assert complaint.id == event("airp.complaint", attributes={"airp.id": "c-1"})[0].id


def test_other_log_records_are_not_kept():
    parsed = read_logs(otlp.logs({"at": AT, "body": "hello"}).SerializeToString(), STANDARD, BOUNDS, is_json=False)
    assert (parsed.dropped, parsed.signals) == (1, [])


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ({"temporality": 0}, "no_temporality"),
        ({"is_monotonic": False}, "not_a_counter"),
        ({"shape": "gauge"}, "not_a_counter"),
        ({"value": float("nan")}, "bad_number"),
        ({"value": float("inf")}, "bad_number"),
        ({"value": -1}, "bad_number"),
        ({"value": 2**40}, "bad_number"),
        ({"value": None}, "missing_field"),
        ({"at": NOON + timedelta(minutes=5)}, "clock_skew"),
        ({"at": NOON - timedelta(days=9)}, "too_old"),
        ({"attributes": {"gen_ai.response.model": "m" * 300}}, "too_long"),
        ({"attributes": {"gen_ai.response.model": "m\x00"}}, "bad_text"),
        ({"attributes": {"x": "y" * 70_000}}, "too_long"),
        ({"attributes": {f"a{number}": "x" for number in range(200)}}, "too_long"),
    ],
)
def test_a_flawed_point_is_refused_with_a_code(point, code):
    assert refusal(read_metrics, otlp.metrics({"at": AT} | point)) == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"gen_ai.evaluation.name": ""}, "missing_field"),
        ({"gen_ai.evaluation.score.value": "much"}, "bad_number"),
        ({"gen_ai.evaluation.score.value": float("nan")}, "bad_number"),
        ({"user.id": "u" * 300}, "too_long"),
    ],
)
def test_a_flawed_evaluation_is_refused_with_a_code(change, code):
    body = otlp.logs({"event": "gen_ai.evaluation.result", "at": AT, "attributes": EVALUATION | change})
    assert refusal(read_logs, body) == [code]


def test_a_point_without_a_value_is_a_gap_and_counts_nothing():
    assert metric(flags=1) == []


def test_what_ends_with_the_minute_counts_in_that_minute():
    (signal,) = metric(at=NOON)
    assert f"{signal.minute:%H:%M}" == "11:59"


def test_json_says_the_same_as_protobuf():
    body = otlp.metrics({"at": AT, "start": START, "value": 5, "attributes": {"airp.outcome": "blocked"}})
    binary = read_metrics(body.SerializeToString(), STANDARD, BOUNDS, is_json=False)
    text = read_metrics(otlp.as_json(body), STANDARD, BOUNDS, is_json=True)
    assert binary.signals == text.signals != []
    record = {"event": "gen_ai.evaluation.result", "at": AT, "attributes": EVALUATION, "trace_id": b"\x01" * 16}
    events = otlp.logs(record)
    binary = read_logs(events.SerializeToString(), STANDARD, BOUNDS, is_json=False)
    assert binary.signals == read_logs(otlp.as_json(events), STANDARD, BOUNDS, is_json=True).signals != []
