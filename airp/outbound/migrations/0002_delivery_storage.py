"""Room for updates in place, and early vacuuming: rows of the outbox change three times in a second of life."""

from django.db import migrations

SET = """
ALTER TABLE outbound_delivery SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02
)
"""
RESET = """
ALTER TABLE outbound_delivery RESET (
    fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor
)
"""


class Migration(migrations.Migration):
    dependencies = [("outbound", "0001_initial")]

    operations = [migrations.RunSQL(SET, RESET)]
