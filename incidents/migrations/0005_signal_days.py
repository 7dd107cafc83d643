"""Making and dropping the days of the minute buckets, as functions of the tables' owner.

Worker and beat sign in as a role that owns no table, so they cannot do either by themselves. The functions run
with their owner's rights and do these two things only; days that are still needed cannot be dropped through them.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION airp_make_signal_day(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text := 'incidents_signalbucket_' || to_char(day, 'YYYYMMDD');
    starts timestamptz := day::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('airp/partitions', 0));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE %I (LIKE incidents_signalbucket INCLUDING ALL)'
        ' WITH (fillfactor = 70, autovacuum_vacuum_insert_scale_factor = 0.02)', part);
    -- Attaching locks the default partition anyway; locking it first keeps arriving signals from a deadlock.
    LOCK TABLE incidents_signalbucket_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format(
        'WITH moved AS (DELETE FROM incidents_signalbucket_default WHERE ts >= $1 AND ts < $2 RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', part) USING starts, ends;
    EXECUTE format(
        'ALTER TABLE incidents_signalbucket ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, starts, ends);
    RETURN true;
END $$;

CREATE FUNCTION airp_drop_signal_days(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text;
    dropped integer := 0;
BEGIN
    IF before > current_date - 30 THEN
        RAISE EXCEPTION 'signals of the last 30 days are kept';
    END IF;
    FOR part IN
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
         WHERE inhparent = 'incidents_signalbucket'::regclass
           AND child.relname ~ '^incidents_signalbucket_[0-9]{8}$'
           AND right(child.relname, 8) < to_char(before, 'YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""
DROP = "DROP FUNCTION airp_make_signal_day(date); DROP FUNCTION airp_drop_signal_days(date);"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_notification")]
    operations = [migrations.RunSQL(CREATE, DROP)]
