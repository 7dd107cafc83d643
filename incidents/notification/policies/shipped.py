"""The policy of a new installation, which a migration installs: the owner at once, the deputy, then all managers."""

from airp.accounts.roles import Role
from incidents.notification.policies.aims import Target
from incidents.notification.policies.choosing import Rung
from incidents.notification.policies.records import EscalationPolicy, PolicyLevel

NAME = "Owner, deputy, managers"


def fallback() -> tuple[EscalationPolicy, list[Rung]]:
    """The same without rows, for where nothing is chosen or what is chosen was retired: somebody is called always."""
    policy = EscalationPolicy(name=NAME)
    return policy, [Rung(level.number, None, (level,)) for level in _levels(policy)]


def _levels(policy: EscalationPolicy) -> list[PolicyLevel]:
    return [
        PolicyLevel(policy=policy, number=0, target=Target.OWNER),
        PolicyLevel(policy=policy, number=1, target=Target.DEPUTY),
        PolicyLevel(policy=policy, number=2, target=Target.ROLE, role=Role.MANAGER),
    ]
