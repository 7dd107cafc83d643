"""The policy that a new installation starts with: the owner at once, then the deputy, then all managers."""

from airp.accounts.roles import Role
from incidents.notification.policies.aims import Target
from incidents.notification.policies.choosing import Rung
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice, PolicyLevel

NAME = "Owner, deputy, managers"
PURPOSE = "Whoever answers for the system is called at once, the next after the time for acknowledging."


def install() -> EscalationPolicy:
    """Add the policy and choose it for everything, where neither is there."""
    policy, is_new = EscalationPolicy.objects.get_or_create(name=NAME, defaults={"purpose": PURPOSE})
    if is_new:
        for level in _levels(policy):
            level.save()
    PolicyChoice.objects.get_or_create(system=None, severity=None, defaults={"policy": policy})
    return policy


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
