"""Shares and numbers: bad ones out of all, and bad ones. The hot path: one statement for all of them."""

from incidents.detection.families.verdicts import (
    COUNTED,
    HAS_WILSON,
    IS_FLOOR,
    WHY_NO_SHARE,
    WILSON,
    Family,
    beyond,
    safe,
    statement,
    surely_beyond,
)
from incidents.detection.families.windows import denominators, totals
from incidents.detection.statistics import MILLION

_IS_COUNT = "metric = 'count'"
_PART = f"(CASE WHEN {_IS_COUNT} THEN bad::numeric ELSE bad::numeric * {MILLION} END)"
_LINE = f"(CASE WHEN {_IS_COUNT} THEN amount::numeric ELSE amount::numeric * n END)"
_CLEAR = f"(CASE WHEN {_IS_COUNT} THEN clear_amount::numeric ELSE clear_amount::numeric * n END)"

SHARES = statement(
    Family(
        metrics=("ratio", "count"),
        tables=(totals("numerator"), denominators("denominator")),
        joins="LEFT JOIN numerator a USING (threshold_id) LEFT JOIN denominator d USING (threshold_id)",
        sums={
            "bad": f"coalesce(CASE WHEN v.kind IN ({COUNTED}) THEN a.n ELSE a.bad END, 0)",
            "n": "coalesce(CASE WHEN v.denominator_kind = '' THEN a.n ELSE d.n END, 0)",
            "n_raw": "coalesce(CASE WHEN v.denominator_kind = '' THEN a.n_raw ELSE d.n_raw END, 0)",
        },
        clear_default=f"CASE WHEN {_IS_COUNT} THEN amount WHEN {IS_FLOOR}"
        f" THEN {MILLION} - ({MILLION} - amount) * 8 / 10 ELSE amount * 8 / 10 END",
        bound=f"CASE WHEN NOT {_IS_COUNT} AND {HAS_WILSON} THEN {WILSON} * {MILLION}::float8 END",
        unknown=f"CASE WHEN {_IS_COUNT} THEN '' ELSE {WHY_NO_SHARE} END",
        is_over=f"{beyond(_PART, _LINE)} AND {surely_beyond('bound')}",
        is_clear=safe(_PART, _CLEAR),
    )
)
