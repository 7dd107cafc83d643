"""What each address demands. An address that is not here answers 404 to everybody, and a test fails."""

from airp.accounts.registry import Access, ObjectRule
from airp.accounts.roles import Capability as Can

REGISTRY: dict[str, Access] = {
    # Without sign-in
    "health_live": Access(read=Can.PUBLIC),
    "health_ready": Access(read=Can.PUBLIC),
    "account_login": Access(read=Can.PUBLIC, change=Can.PUBLIC),
    "account_logout": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN),
    # The person's own pages
    "accounts:profile": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "accounts:theme": Access(read=None, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "account_change_password": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    # What leaves
    "outbound:deliveries": Access(read=Can.READ_DELIVERIES),
    "outbound:delivery": Access(read=Can.READ_DELIVERIES, object_rule=ObjectRule.OPEN),
    "outbound:retry": Access(read=None, change=Can.RETRY_DELIVERIES, object_rule=ObjectRule.OPEN),
    "outbound:discard": Access(read=None, change=Can.RETRY_DELIVERIES, object_rule=ObjectRule.OPEN),
    # Machines
    "incidents:ingest_signals": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_heartbeat": Access(read=None, change=Can.TOKEN),
    # Detection
    "incidents:thresholds": Access(read=Can.READ_INCIDENTS),
    "incidents:threshold": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:sources": Access(read=Can.READ_INCIDENTS),
    "incidents:source": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:breach": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:intervention": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:hold": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:dismissal": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_BREACH),
    # Only on a developer's machine and in the demo
    "dev_components": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN),
    # Configuration
    "admin:*": Access(read=Can.CONFIGURE, change=Can.CONFIGURE),
}
