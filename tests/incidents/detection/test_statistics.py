"""The limit is exact, the bound is Wilson's, and SQL and Python give the same answers."""

import random
from math import sqrt

import pytest
from django.db import connection

from incidents.detection.statistics import (
    MILLION,
    Confidence,
    Op,
    Z,
    count_is_over,
    is_over,
    ratio_is_over,
    wilson_lower,
)

BOUND = """
SELECT (b::float8 / n + z * z / (2.0::float8 * r)
        - z * sqrt(b::float8 / n * (1.0::float8 - b::float8 / n) / r + z * z / (4.0::float8 * r * r)))
       / (1.0::float8 + z * z / r)
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[]) AS t(b, n, r, z)
"""


@pytest.mark.parametrize("z", Z.values())
@pytest.mark.parametrize(("bad", "n"), [(8, 100), (1, 50), (50, 50), (412, 10_000), (3, 4)])
def test_at_the_bound_the_score_test_is_just_significant(bad, n, z):
    """The bound is defined as the share at which (bad / n - share) / its standard error is z."""
    lower = wilson_lower(bad, n, seen=n, z=z)
    assert (bad / n - lower) / sqrt(lower * (1 - lower) / n) == pytest.approx(z)


def test_without_a_bad_one_the_bound_is_nothing():
    assert wilson_lower(0, 50, seen=50, z=Z[Confidence.C95]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("op", "bad", "n", "over"),
    [
        (Op.GT, 2, 100, False),
        (Op.GTE, 2, 100, True),
        (Op.GT, 3, 100, True),
        (Op.GT, 2 * 10**17 + 1, 10**19, True),
        (Op.GT, 2 * 10**17, 10**19, False),
    ],
)
def test_equality_at_the_limit_depends_on_no_float(op, bad, n, over):
    assert is_over(op, bad, n, limit_ppm=20_000) == over


def test_more_certainty_is_slower_to_fire():
    fires = [
        next(bad for bad in range(101) if ratio_is_over(Op.GT, bad, 100, seen=100, limit_ppm=20_000, confidence=level))
        for level in (Confidence.NONE, Confidence.C90, Confidence.C95, Confidence.C99)
    ]
    assert fires == sorted(fires)
    assert fires[0] == 3
    assert fires[-1] > fires[1]


def test_scaling_up_a_sample_adds_no_certainty():
    scaled = wilson_lower(80, 1_000, seen=100, z=Z[Confidence.C95])
    assert scaled == wilson_lower(8, 100, seen=100, z=Z[Confidence.C95])


def test_counts_compare_plainly():
    assert [count_is_over(Op.GT, 3, 3), count_is_over(Op.GTE, 3, 3), count_is_over(Op.GT, 4, 3)] == [False, True, True]


@pytest.mark.django_db
def test_sql_and_python_agree_to_the_last_bit():
    dice = random.Random(7)
    rows = []
    for _number in range(5_000):
        n = dice.choice([1, 2, 50, 51, dice.randrange(1, 10**6)])
        rows.append((dice.randrange(n + 1), n, dice.randrange(1, n + 1), dice.choice(list(Z.values()))))
    with connection.cursor() as cursor:
        cursor.execute(BOUND, [list(column) for column in zip(*rows, strict=True)])
        from_sql = [row[0] for row in cursor.fetchall()]
    from_python = [wilson_lower(bad, n, seen=seen, z=z) for bad, n, seen, z in rows]
    assert from_sql == from_python
    assert all(-1e-9 <= bound * MILLION <= MILLION for bound in from_python)
