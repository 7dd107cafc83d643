"""The AI systems of Halden Travel, who answers for them, and the versions in force."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from airp.local.seed.people import People
from incidents.systems.models import AISystem, Component, ComponentVersion, Ownership, OwnershipRole, UseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One system. Roles name people by first name, versions are (component, label, days ago)."""

    slug: str
    name: str
    purpose: str
    use_class: UseClass
    owner: str
    deputy: str
    roles: tuple[tuple[OwnershipRole, str], ...]
    versions: tuple[tuple[Component, str, int], ...]


PLANS = (
    Plan(
        slug="support-assistant",
        name="Support assistant",
        purpose="Answers customers' questions about bookings and refunds in chat, in five languages.",
        use_class=UseClass.LIMITED,
        owner="ingrid",
        deputy="tomas",
        roles=((OwnershipRole.LEGAL, "helene"), (OwnershipRole.COMMUNICATIONS, "kofi"), (OwnershipRole.POLICY, "yara")),
        versions=(
            (Component.MODEL, "v12", 380),
            (Component.MODEL, "v13", 210),
            (Component.MODEL, "v14", 64),
            (Component.PROMPT, "30", 380),
            (Component.PROMPT, "31", 90),
            (Component.GUARDRAIL, "refund-policy 7", 200),
            (Component.INDEX, "help-2026-10-30", 24),
        ),
    ),
    Plan(
        slug="candidate-ranker",
        name="Candidate ranker",
        purpose="Ranks applications for seasonal jobs; a person decides about each.",
        use_class=UseClass.HIGH_RISK,
        owner="priya",
        deputy="jonas",
        roles=((OwnershipRole.LEGAL, "helene"), (OwnershipRole.POLICY, "yara")),
        versions=(
            (Component.MODEL, "r7", 380),
            (Component.MODEL, "r8", 160),
            (Component.INDEX, "features-2026-09", 75),
        ),
    ),
    Plan(
        slug="travel-brief",
        name="Travel brief",
        purpose="Summarises partner articles for the editorial site Halden Journal; the text is published.",
        use_class=UseClass.LIMITED,
        owner="marta",
        deputy="owen",
        roles=((OwnershipRole.TECHNICAL, "tomas"), (OwnershipRole.EDITORIAL, "owen")),
        versions=((Component.MODEL, "v14", 64), (Component.PROMPT, "11", 380), (Component.PROMPT, "12", 120)),
    ),
)


def install(people: People, *, now: datetime) -> dict[str, AISystem]:
    """Create what is missing; return the systems by slug."""
    return {plan.slug: _system(plan, people, now=now) for plan in PLANS}


def _system(plan: Plan, people: People, *, now: datetime) -> AISystem:
    fields = {"name": plan.name, "purpose": plan.purpose, "use_class": plan.use_class}
    system, is_new = AISystem.objects.get_or_create(slug=plan.slug, defaults=fields)
    if not is_new:
        return system
    Ownership.objects.create(system=system, person=people[plan.owner], deputy=people[plan.deputy])
    for role, name in plan.roles:
        Ownership.objects.create(system=system, role=role, person=people[name])
    for component, label, days in plan.versions:
        ComponentVersion.deploy(system=system, component=component, label=label, at=now - timedelta(days=days))
    return system
