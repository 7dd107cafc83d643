"""Log events of OTLP that are signals: results of evaluations, violations, complaints. Other logs are not kept. Pure.

Texts of people and models in them (the body, an explanation) are not read at all.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from incidents.detection.parsers.naming import FAILING, Naming, Rule, first_of
from incidents.detection.parsers.otlp_binary import binary_records
from incidents.detection.parsers.otlp_body import Records, texts_of
from incidents.detection.parsers.otlp_json import json_records
from incidents.detection.parsers.placing import Parsed, Place, identity, moment, places, plain_labels, signal, whole
from incidents.detection.parsers.signals import MAX_ID, Bounds, Signal, SignalKind, Unacceptable

SUBJECTS = ("airp_subject", "user_id", "enduser_id")
CONVERSATIONS = ("airp_conversation", "gen_ai_conversation_id")
LARGEST_SCORE = 1e100  # its square must stay finite

Labels = Mapping[str, str]


def read_logs(raw: bytes, naming: Naming, bounds: Bounds, *, is_json: bool) -> Parsed:
    """The signals among a request's log records. Raises NotOtlp or TooMany when nothing of it can be taken."""
    parsed = Parsed()
    for records in json_records(raw) if is_json else binary_records(raw):
        for piece in records.records:
            index = parsed.items
            parsed.items += 1
            try:
                found = _read_record(records, piece, naming, bounds)
            except Unacceptable as error:
                parsed.refuse(index, error, {"resource": records.resource})
                continue
            parsed.dropped += found is None
            if found is not None:
                parsed.signals.append((index, found))
    return parsed


def _read_record(records: Records, piece: Any, naming: Naming, bounds: Bounds) -> Signal | None:
    record = records.read(piece, LogRecord())
    attributes = texts_of(record.attributes)
    name = record.event_name or attributes.get("event.name", "")
    event = EVENTS.get(name)
    if event is None:
        return None
    labels = plain_labels([*records.resource.items(), *attributes.items()])
    found = event(record, labels, naming, bounds)
    return replace(found, subject=_reference(labels, SUBJECTS), conversation=_reference(labels, CONVERSATIONS))


def _evaluation(record: LogRecord, labels: Labels, naming: Naming, bounds: Bounds) -> Signal:
    """One answer judged. With an error nothing was judged: it is neither good nor bad and has no score."""
    name = labels.get("gen_ai_evaluation_name", "")
    if not name:
        raise Unacceptable("missing_field", "gen_ai.evaluation.name is required")
    verdict = labels.get("gen_ai_evaluation_score_label", "").lower()
    is_judged = not labels.get("error_type")
    failing = {"gen_ai_evaluation_score_label": frozenset({labels.get("gen_ai_evaluation_score_label", "")})}
    is_bad = is_judged and verdict in (naming.failing or FAILING)
    place = _place(
        Rule(SignalKind.EVALUATION, category=name, bad_when=failing if is_bad else {}), labels, naming, bounds
    )
    answer = record.span_id.hex() or labels.get("gen_ai_response_id", "")
    key = identity("evaluation", record.trace_id.hex(), answer, name, _time(record))
    score = _score(labels) if is_judged else None
    return signal(place, key=key, at=moment(_time(record), bounds), n=int(is_judged), bounds=bounds, value=score)


def _counted(kind: SignalKind) -> Callable[[LogRecord, Labels, Naming, Bounds], Signal]:
    """A violation or a complaint, as in our own format. Its identity is airp.id, else all that it says."""

    def read(record: LogRecord, labels: Labels, naming: Naming, bounds: Bounds) -> Signal:
        rule = Rule(kind, category_from=("airp_category", "category"))
        place = _place(rule, labels, naming, bounds)
        named = labels.get("airp_id", "")
        key = identity(kind.value, named) if named else identity(kind.value, sorted(labels.items()), _time(record))
        return signal(place, key=key, at=moment(_time(record), bounds), n=_n(labels), bounds=bounds)

    return read


EVENTS: dict[str, Callable[[LogRecord, Labels, Naming, Bounds], Signal]] = {
    "gen_ai.evaluation.result": _evaluation,
    "airp.violation": _counted(SignalKind.VIOLATION),
    "airp.complaint": _counted(SignalKind.COMPLAINT),
}


def _place(rule: Rule, labels: Labels, naming: Naming, bounds: Bounds) -> Place:
    (place,) = places(naming, (rule,), labels, bounds)
    return place


def _time(record: LogRecord) -> int:
    return record.time_unix_nano or record.observed_time_unix_nano


def _score(labels: Labels) -> float | None:
    given = labels.get("gen_ai_evaluation_score_value", "")
    if not given:
        return None
    try:
        score = float(given)
    except ValueError:
        score = math.nan
    if not abs(score) <= LARGEST_SCORE:
        raise Unacceptable("bad_number", "gen_ai.evaluation.score.value must be a number below 1e100")
    return score


def _n(labels: Labels) -> int:
    try:
        return whole(float(labels.get("airp_n", "1")))
    except ValueError:
        raise Unacceptable("bad_number", "airp.n must be a whole number") from None


def _reference(labels: Labels, names: tuple[str, ...]) -> str:
    found = first_of(names, labels)
    if len(found) > MAX_ID or "\x00" in found:
        raise Unacceptable("too_long", f"{names[0].replace('_', '.', 1)} may have {MAX_ID} characters and no NUL")
    return found
