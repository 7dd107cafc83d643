"""The state machine of a threshold: one pure function, the same live, in shadow, in catch-up and in back-tests.

ok -> pending -> firing -> recovering -> ok, beside them insufficient, no_data, error and archived. Times are data
time: `at` is the end of the judged window, never the clock, so late or caught-up ticks give the same verdicts.
Four changes between firing and ok within an hour are flapping: it is held firing until half an hour was quiet.
No Django, no clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    INSUFFICIENT = "insufficient"
    NO_DATA = "no_data"
    ERROR = "error"
    ARCHIVED = "archived"


class Truth(StrEnum):
    """What one evaluation found. Unknown never opens and never clears anything."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class NoData(StrEnum):
    """What an empty window means: keep the state, take it as fine, or take it as over the limit."""

    HOLD = "hold"
    OK = "ok"
    ALERT = "alert"


class Reason(StrEnum):
    """Why a state changed, or why an evaluation is unknown."""

    OVER_LIMIT = "over_limit"
    HELD_LONG_ENOUGH = "held_long_enough"
    BACK_UNDER_LIMIT = "back_under_limit"
    UNDER_CLEAR_LIMIT = "under_clear_limit"
    NOT_CLEAR_YET = "not_clear_yet"
    CLEARED = "cleared"
    THRESHOLD_CHANGED = "threshold_changed"
    BELOW_MINIMUM = "below_minimum"
    NO_DATA = "no_data"
    SHORT_BASELINE = "short_baseline"
    INVALID = "invalid"
    ERROR = "error"
    DATA_RETURNED = "data_returned"
    WITHDRAWN = "withdrawn"
    SENDER_RESOLVED = "sender_resolved"
    LATE_DATA = "late_data"


BREACHING = frozenset({Status.FIRING, Status.RECOVERING})
TIMED = frozenset({Status.PENDING, Status.RECOVERING})
ASIDE = frozenset({Status.INSUFFICIENT, Status.NO_DATA, Status.ERROR})
FLIPS = 4
FLAPPING_WITHIN = timedelta(hours=1)
QUIET = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Rule:
    """The timers of a threshold version."""

    for_time: timedelta
    keep_firing: timedelta
    no_data: NoData


@dataclass(frozen=True, slots=True)
class Held:
    """Where a threshold stands. `held_from` is the state to return to from insufficient, no_data and error.

    `since` is when the timer of pending or recovering started, moved forward by time that did not count.
    `judged_to` is the last data time that `step` saw. `flips` are the changes between firing and ok within the last
    hour; `flapping_since` is set from too many of them until it was quiet.
    """

    status: Status = Status.OK
    held_from: Status | None = None
    since: datetime | None = None
    judged_to: datetime | None = None
    flips: tuple[datetime, ...] = ()
    flapping_since: datetime | None = None

    @property
    def is_breaching(self) -> bool:
        """Whether a breach is open, whatever data or evaluation went missing since."""
        return self.status is not Status.ARCHIVED and (self.held_from or self.status) in BREACHING


@dataclass(frozen=True, slots=True)
class Finding:
    """One evaluation: over the limit or not, whether it lies beyond the clear limit, and why it is unknown."""

    truth: Truth
    is_clear: bool = False
    reason: Reason | None = None


def step(rule: Rule, held: Held, finding: Finding, *, at: datetime) -> tuple[Held, Reason | None]:
    """The state after judging data up to `at`, and why it changed; the reason is None when it did not."""
    if finding.reason is Reason.ERROR:
        return _aside(held, Status.ERROR, Reason.ERROR, at)
    meant = _meaning(rule, held, finding)
    if meant.truth is Truth.UNKNOWN:
        reason = meant.reason or Reason.INVALID
        status = Status.NO_DATA if reason is Reason.NO_DATA else Status.INSUFFICIENT
        return _aside(held, status, reason, at)
    start = _returned(held)
    after, reason_found = _judge(rule, start, meant, at)
    if after.status is not held.status and reason_found is None:
        reason_found = Reason.DATA_RETURNED
    return replace(after, judged_to=at), reason_found


def withdraw(held: Held, *, at: datetime) -> Held:
    """The threshold was paused or retired while it was not ok: nobody is told that anything was resolved."""
    return Held(status=Status.ARCHIVED, held_from=_returned(held).status, judged_to=at)


def _meaning(rule: Rule, held: Held, finding: Finding) -> Finding:
    """Apply the policy for empty windows. While a breach is open, none of them may clear it."""
    if finding.reason is not Reason.NO_DATA or rule.no_data is NoData.HOLD:
        return finding
    if rule.no_data is NoData.ALERT:
        return Finding(Truth.TRUE, reason=Reason.NO_DATA)
    is_breaching = _returned(held).status in BREACHING
    return finding if is_breaching else Finding(Truth.FALSE, reason=Reason.NO_DATA)


def _returned(held: Held) -> Held:
    """The state as it was before data or evaluation went missing; an archived one starts anew."""
    if held.status is Status.ARCHIVED:
        return Held()
    if held.status in ASIDE:
        return replace(held, status=held.held_from or Status.OK, held_from=None)
    return held


def _aside(held: Held, status: Status, reason: Reason, at: datetime) -> tuple[Held, Reason | None]:
    """Step aside, remembering where from. Time there does not count."""
    start = _returned(held)
    after = replace(start, status=status, held_from=start.status, since=_frozen(start, at), judged_to=at)
    return after, (reason if held.status is not status else None)


def _frozen(held: Held, at: datetime) -> datetime | None:
    if held.since is None or held.judged_to is None:
        return held.since
    return held.since + (at - held.judged_to)


def _judge(rule: Rule, held: Held, finding: Finding, at: datetime) -> tuple[Held, Reason | None]:
    is_true = finding.truth is Truth.TRUE
    match held.status:
        case Status.PENDING:
            return _judge_pending(rule, held, at) if is_true else (_at_rest(held), Reason.BACK_UNDER_LIMIT)
        case Status.FIRING:
            return (held, None) if is_true or not finding.is_clear else _recover(rule, held, at)
        case Status.RECOVERING:
            return _judge_recovering(rule, held, finding, at)
        case _:
            return _enter_pending(rule, held, at) if is_true else (held, None)


def _at_rest(held: Held) -> Held:
    return replace(held, status=Status.OK, since=None)


def _enter_pending(rule: Rule, held: Held, at: datetime) -> tuple[Held, Reason]:
    if rule.for_time <= timedelta(0):
        return _fire(held, at), Reason.OVER_LIMIT
    return replace(held, status=Status.PENDING, since=at), Reason.OVER_LIMIT


def _judge_pending(rule: Rule, held: Held, at: datetime) -> tuple[Held, Reason | None]:
    since = held.since or at
    if at - since >= rule.for_time:
        return _fire(held, at), Reason.HELD_LONG_ENOUGH
    return replace(held, since=since), None


def _fire(held: Held, at: datetime) -> Held:
    return replace(_flipped(held, at), status=Status.FIRING, since=None)


def _recover(rule: Rule, held: Held, at: datetime) -> tuple[Held, Reason]:
    recovering = replace(held, status=Status.RECOVERING, since=at)
    if (ended := _ended(rule, recovering, at)).status is Status.OK:
        return ended, Reason.CLEARED
    return ended, Reason.UNDER_CLEAR_LIMIT


def _judge_recovering(rule: Rule, held: Held, finding: Finding, at: datetime) -> tuple[Held, Reason | None]:
    if finding.truth is Truth.TRUE:
        return replace(held, status=Status.FIRING, since=None), Reason.OVER_LIMIT
    if not finding.is_clear:
        return replace(held, status=Status.FIRING, since=None), Reason.NOT_CLEAR_YET
    ended = _ended(rule, replace(held, since=held.since or at), at)
    return ended, Reason.CLEARED if ended.status is Status.OK else None


def _ended(rule: Rule, recovering: Held, at: datetime) -> Held:
    """Ok once it was clear for long enough. A breach that would flap by ending is held until it was quiet."""
    clear_for = at - (recovering.since or at)
    if recovering.flapping_since is not None:
        return recovering if clear_for < max(QUIET, rule.keep_firing) else Held()
    if clear_for < rule.keep_firing:
        return recovering
    flipped = _flipped(recovering, at)
    return flipped if flipped.flapping_since is not None else _at_rest(flipped)


def _flipped(held: Held, at: datetime) -> Held:
    """One more change between firing and ok; too many within an hour are flapping."""
    recent = (*(flip for flip in held.flips if at - flip < FLAPPING_WITHIN), at)
    return replace(held, flips=recent, flapping_since=at if len(recent) >= FLIPS else held.flapping_since)
