"""Single events by day, and the functions of the tables' owner that make and drop the days.

As with minute buckets, Django's models cannot express the partitions, and worker and beat own no table.
"""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE TABLE incidents_occurrence (
    series_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    person bytea,
    conversation bytea,
    n integer NOT NULL CONSTRAINT incidents_occurrence_n CHECK (n > 0),
    received_at timestamptz NOT NULL
) PARTITION BY RANGE (ts);
CREATE INDEX occurrences_by_series ON incidents_occurrence (series_id, ts);
CREATE TABLE incidents_occurrence_default PARTITION OF incidents_occurrence DEFAULT;

CREATE FUNCTION airp_make_occurrence_day(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text := 'incidents_occurrence_' || to_char(day, 'YYYYMMDD');
    starts timestamptz := day::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('airp/partitions', 0));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE incidents_occurrence INCLUDING ALL)', part);
    -- Attaching locks the default partition anyway; locking it first keeps arriving signals from a deadlock.
    LOCK TABLE incidents_occurrence_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format(
        'WITH moved AS (DELETE FROM incidents_occurrence_default WHERE ts >= $1 AND ts < $2 RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', part) USING starts, ends;
    EXECUTE format(
        'ALTER TABLE incidents_occurrence ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, starts, ends);
    RETURN true;
END $$;

CREATE FUNCTION airp_drop_occurrence_days(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text;
    dropped integer := 0;
BEGIN
    IF before > current_date - 38 THEN
        RAISE EXCEPTION 'events of the last 38 days are kept';
    END IF;
    FOR part IN
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
         WHERE inhparent = 'incidents_occurrence'::regclass
           AND child.relname ~ '^incidents_occurrence_[0-9]{8}$'
           AND right(child.relname, 8) < to_char(before, 'YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""
DROP = """
DROP FUNCTION airp_make_occurrence_day(date);
DROP FUNCTION airp_drop_occurrence_days(date);
DROP TABLE incidents_occurrence;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_routing_key_use")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.CreateModel(
            name="Occurrence",
            fields=[
                ("pk", models.CompositePrimaryKey("series_id", "ts", blank=True, editable=False, primary_key=True, serialize=False)),
                ("ts", models.DateTimeField()),
                ("person", models.BinaryField(max_length=16, null=True)),
                ("conversation", models.BinaryField(max_length=16, null=True)),
                ("n", models.IntegerField()),
                ("received_at", models.DateTimeField()),
                ("series", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="incidents.signalseries")),
            ],
            options={"db_table": "incidents_occurrence", "managed": False},
        ),
        migrations.AddIndex(
            model_name="thresholdversion",
            index=models.Index(
                condition=models.Q(("metric__in", ("distinct", "event_count", "value_count", "temporal", "temporal_ordered", "zero_tolerance"))),
                fields=["threshold"],
                name="versions_of_single_events",
            ),
        ),
    ]
