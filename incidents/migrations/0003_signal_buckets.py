"""Minute buckets by day and hour buckets, with covering keys: what Django's models cannot express.

The default partition takes any minute for which no day was made ahead, so nothing is ever refused.
"""

from django.db import migrations

COLUMNS = """
    series_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    n bigint NOT NULL,
    bad bigint NOT NULL,
    n_raw bigint NOT NULL,
    value_n bigint NOT NULL,
    value_sum double precision NOT NULL,
    value_sumsq double precision NOT NULL,
    value_min double precision,
    value_max double precision,
    first_received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    CONSTRAINT {table}_counts CHECK (bad >= 0 AND bad <= n AND n_raw >= 0),
    PRIMARY KEY (series_id, ts) INCLUDE (n, bad, n_raw)
"""

CREATE = f"""
CREATE TABLE incidents_signalbucket ({COLUMNS.format(table="incidents_signalbucket")}) PARTITION BY RANGE (ts);
CREATE TABLE incidents_signalbucket_default PARTITION OF incidents_signalbucket DEFAULT;
CREATE TABLE incidents_hourbucket ({COLUMNS.format(table="incidents_hourbucket")}) WITH (fillfactor = 70);
"""
DROP = "DROP TABLE incidents_hourbucket; DROP TABLE incidents_signalbucket;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_detection")]
    operations = [migrations.RunSQL(CREATE, DROP)]
