"""Burn rates: how many times too fast an error budget goes, in the window and in its last twelfth.

Two windows, after the SRE workbook, chapter 5: the long one says that it matters, the short one that it still lasts.
"""

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

_SCALE = 1_000_000_000
_LONG, _SHORT = f"(bad::numeric * {_SCALE})", f"(short_bad::numeric * {_SCALE})"


def _line(amount: str, n: str) -> str:
    return f"({amount}::numeric * budget_ppm * {n})"


def _of(top: str, below: str, column: str) -> str:
    return f"coalesce(CASE WHEN v.denominator_kind = '' THEN {top}.{column} ELSE {below}.{column} END, 0)"


def _bad(top: str) -> str:
    return f"coalesce(CASE WHEN v.kind IN ({COUNTED}) THEN {top}.n ELSE {top}.bad END, 0)"


BURNS = statement(
    Family(
        metrics=("burn",),
        tables=(
            totals("numerator"),
            denominators("denominator"),
            totals("short_numerator", span="short_"),
            denominators("short_denominator", span="short_"),
        ),
        joins="LEFT JOIN numerator a USING (threshold_id) LEFT JOIN denominator d USING (threshold_id)"
        " LEFT JOIN short_numerator sa USING (threshold_id) LEFT JOIN short_denominator sd USING (threshold_id)",
        sums={
            "bad": _bad("a"),
            "n": _of("a", "d", "n"),
            "n_raw": _of("a", "d", "n_raw"),
            "short_bad": _bad("sa"),
            "short_n": _of("sa", "sd", "n"),
            "short_raw": _of("sa", "sd", "n_raw"),
        },
        clear_default=f"CASE WHEN {IS_FLOOR} THEN amount * 10 / 8 ELSE amount * 8 / 10 END",
        bound=f"CASE WHEN {HAS_WILSON} AND budget_ppm > 0"
        f" THEN {WILSON} * 1000000::float8 * 1000::float8 / budget_ppm END",
        unknown=f"CASE WHEN budget_ppm = 0 THEN 'invalid' WHEN {WHY_NO_SHARE} <> '' THEN {WHY_NO_SHARE}"
        " WHEN short_raw = 0 OR short_n = 0 THEN 'below_minimum' WHEN short_bad > short_n THEN 'invalid' ELSE '' END",
        is_over=f"{beyond(_LONG, _line('amount', 'n'))} AND {beyond(_SHORT, _line('amount', 'short_n'))}"
        f" AND {surely_beyond('bound')}",
        is_clear=f"({safe(_LONG, _line('clear_amount', 'n'))} OR {safe(_SHORT, _line('clear_amount', 'short_n'))})",
    )
)
