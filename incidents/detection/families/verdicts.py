"""A family's whole statement: the sums of the windows, the verdict on each band, and which of them may change a state.

The verdicts repeat the formulas of `measuring.py` operation by operation. They decide only which thresholds come
back; what these mean is said by `judge` once more, and a property test holds both to the same answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.detection.families.windows import versions
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.statistics import Z

IS_FLOOR = "op IN ('lt', 'lte')"
COUNTED = ", ".join(f"'{kind}'" for kind in sorted(COUNTED_KINDS))
SUMS = ("bad", "n", "n_raw", "value_n", "value_sum", "value_sumsq", "short_bad", "short_n", "short_raw")
_Z = " ".join(f"WHEN '{confidence}' THEN {z!r}::float8" for confidence, z in Z.items())
Z_OF_CONFIDENCE = f"CASE confidence {_Z} END"


@dataclass(frozen=True, slots=True)
class Family:
    """The metrics that one statement judges, as parts of SQL.

    `tables` are named totals; `joins` and `sums` bring them to the versions. `clear_default` is where a limit `x`
    clears; `bound`, `unknown`, `is_over` and `is_clear` read the sums, `amount` and `clear_amount`.
    """

    metrics: tuple[str, ...]
    tables: Sequence[str]
    joins: str
    sums: dict[str, str]
    clear_default: str
    bound: str
    unknown: str
    is_over: str
    is_clear: str


def beyond(left: str, right: str) -> str:
    """`statistics.is_beyond`."""
    return (
        f"CASE op WHEN 'gt' THEN {left} > {right} WHEN 'gte' THEN {left} >= {right}"
        f" WHEN 'lt' THEN {left} < {right} ELSE {left} <= {right} END"
    )


def safe(left: str, right: str) -> str:
    """Beyond the clear line, on its safe side."""
    return (
        f"CASE op WHEN 'gt' THEN {left} <= {right} WHEN 'gte' THEN {left} < {right}"
        f" WHEN 'lt' THEN {left} >= {right} ELSE {left} > {right} END"
    )


def surely_beyond(bound: str, amount: str = "amount") -> str:
    return f"({bound} IS NULL OR {beyond(bound, f'{amount}::float8')})"


# `statistics._wilson` of bad / n seen n_raw times: the lower end for ceilings, the upper one for floors.
WILSON = f"""(bad::float8 / n + z * z / (2.0::float8 * n_raw)
    + CASE WHEN {IS_FLOOR} THEN 1.0::float8 ELSE -1.0::float8 END
      * (z * sqrt(bad::float8 / n * (1.0::float8 - bad::float8 / n) / n_raw + z * z / (4.0::float8 * n_raw * n_raw))))
    / (1.0::float8 + z * z / n_raw)"""
HAS_WILSON = "z IS NOT NULL AND n > 0 AND n_raw > 0 AND bad <= n"
WHY_NO_SHARE = """CASE WHEN n = 0 AND bad = 0 THEN 'no_data'
    WHEN n = 0 OR bad > n THEN 'invalid'
    WHEN n_raw < greatest(min_samples, 1) THEN 'below_minimum' ELSE '' END"""
# Every source of the numerator's series is silent. Silent ones are few; without any, nothing is looked up.
IS_HEARD = """(cardinality(%(silent)s::bigint[]) = 0
    OR NOT EXISTS (SELECT 1 FROM incidents_signalseries s WHERE s.system_id = v.system_id AND s.kind = v.kind
                    AND (v.category = '' OR s.category = v.category))
    OR EXISTS (SELECT 1 FROM incidents_signalseries s WHERE s.system_id = v.system_id AND s.kind = v.kind
                AND (v.category = '' OR s.category = v.category) AND s.source_id <> ALL(%(silent)s::bigint[])))"""
MAY_CHANGE = """CASE coalesce(s.status, 'ok')
    WHEN 'ok' THEN CASE f.unknown WHEN '' THEN f.is_over WHEN 'no_data' THEN f.no_data <> 'ok' ELSE true END
    WHEN 'firing' THEN CASE f.unknown WHEN '' THEN f.is_clear WHEN 'no_data' THEN f.no_data <> 'alert' ELSE true END
    WHEN 'no_data' THEN f.unknown <> 'no_data' OR f.no_data <> 'hold' OR s.held_from IN ('pending', 'recovering')
    WHEN 'insufficient' THEN f.unknown IN ('', 'no_data') OR s.held_from IN ('pending', 'recovering')
    ELSE true END"""


def statement(family: Family) -> str:
    tables = ", ".join([versions(family.metrics), *family.tables])
    sums = ", ".join(f"{family.sums.get(name, '0')} AS {name}" for name in SUMS)
    act, warn = (family.clear_default.replace("amount", name) for name in ("act_limit", "warn_limit"))
    return f"""WITH {tables}, counted AS (
        SELECT v.*, {sums}, {IS_HEARD} AS is_heard, {Z_OF_CONFIDENCE} AS z FROM version v {family.joins}
    ), lined AS (
        SELECT c.*, b.* FROM counted c CROSS JOIN LATERAL (
            SELECT 'act' AS band, act_limit AS amount, coalesce(clear_limit, {act}) AS clear_amount
            UNION ALL SELECT 'warn', warn_limit, {warn} WHERE warn_limit IS NOT NULL
        ) b
    ), bounded AS (
        SELECT l.*, {family.bound} AS bound FROM lined l
    ), found AS (
        SELECT b.*, CASE WHEN is_heard THEN {family.unknown} ELSE 'no_data' END AS unknown,
               {family.is_over} AS is_over, {family.is_clear} AS is_clear
          FROM bounded b
    )
    SELECT f.threshold_id, f.version_id, f.judged_to, f.band, f.metric, f.op, f.act_limit, f.clear_limit,
           f.warn_limit, f.min_samples, f.confidence, f.budget_ppm, f.floor_count,
           {", ".join(f"f.{name}" for name in SUMS)}, f.is_heard, f.unknown, f.is_over, f.is_clear
      FROM found f
      LEFT JOIN incidents_thresholdstate s
             ON s.threshold_id = f.threshold_id AND s.group_key = '' AND s.band = f.band
     WHERE %(only)s::bigint[] IS NOT NULL OR {MAY_CHANGE}
     ORDER BY f.threshold_id, f.band"""  # noqa: S608 - built from constants
