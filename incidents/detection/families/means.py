"""Mean scores, from their sum, the sum of their squares and their number."""

from incidents.detection.families.verdicts import IS_FLOOR, Family, beyond, safe, statement, surely_beyond
from incidents.detection.families.windows import SCORES, totals

_TOTAL = "round(value_sum * 1000000::float8)"
_ERROR = "sqrt(greatest(0.0::float8, (value_sumsq - value_sum * value_sum / value_n) / (value_n - 1)) / value_n)"
_SIDE = f"CASE WHEN {IS_FLOOR} THEN 1.0::float8 ELSE -1.0::float8 END"

MEANS = statement(
    Family(
        metrics=("mean",),
        tables=(totals("scored", columns=SCORES),),
        joins="LEFT JOIN scored a USING (threshold_id)",
        sums={
            "value_n": "coalesce(a.value_n, 0)",
            "value_sum": "coalesce(a.value_sum, 0)",
            "value_sumsq": "coalesce(a.value_sumsq, 0)",
        },
        clear_default="amount",
        bound=f"CASE WHEN z IS NOT NULL AND value_n > 1"
        f" THEN (value_sum / value_n + {_SIDE} * (z * {_ERROR})) * 1000000::float8 END",
        unknown="CASE WHEN value_n = 0 THEN 'no_data'"
        " WHEN value_n < greatest(min_samples, CASE WHEN z IS NULL THEN 1 ELSE 2 END) THEN 'below_minimum' ELSE '' END",
        is_over=f"{beyond(_TOTAL, 'amount::float8 * value_n')} AND {surely_beyond('bound')}",
        is_clear=safe(_TOTAL, "clear_amount::float8 * value_n"),
    )
)
