"""Who is to be called. Never silently nobody: where the named person is missing, the managers are called."""

from collections.abc import Iterable

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.response.models import Incident, RoleHolding
from incidents.systems.models import AISystem, Ownership, OwnershipRole


def owner_of(system: AISystem) -> User | None:
    """The owner of the system if that person works here, else the deputy."""
    ownership = ownership_of(system)
    return able_one_of(ownership) if ownership is not None else None


def able_one_of(ownership: Ownership) -> User | None:
    """The person of an ownership if that person works here, else the deputy."""
    return next((person for person in (ownership.person, ownership.deputy) if can_answer(person)), None)


def ownership_of(system: AISystem) -> Ownership | None:
    return system.responsible(OwnershipRole.OWNER)


def can_answer(person: User | None) -> bool:
    """Somebody who can sign in and work on incidents."""
    return person is not None and person.can(Capability.READ_INCIDENTS)


def managers() -> list[User]:
    """All active managers, else the admins who could name one."""
    return list(User.objects.active_with_role(Role.MANAGER)) or list(User.objects.active_with_role(Role.ADMIN))


def with_role(role: Role) -> list[User]:
    """Everybody active with a role. A role that nobody holds is the managers' business."""
    return list(User.objects.active_with_role(role)) or managers()


def admins() -> list[User]:
    """All active admins, else the managers who could call one."""
    return list(User.objects.active_with_role(Role.ADMIN)) or list(User.objects.active_with_role(Role.MANAGER))


def reachable(incident: Incident, people: Iterable[User | None]) -> list[User]:
    """Those of `people` who can answer, each once; if none can, whoever else may see the incident.

    A restricted incident is unknown to people outside it, managers too. Only when nobody at all is inside are
    the managers called, with reference and level and nothing else, because somebody must be.
    """
    return (
        _inside(incident, people)
        or _inside(incident, managers())
        or _inside(incident, _working_on(incident))
        or managers()
    )


def may_be_told(incident: Incident, person: User) -> bool:
    """Whether this person may still hear of the incident: they see it, or nobody who does can be called."""
    return person in reachable(incident, [person])


def _inside(incident: Incident, people: Iterable[User | None]) -> list[User]:
    able = list(dict.fromkeys(person for person in people if person is not None and can_answer(person)))
    if not incident.is_restricted:
        return able
    same = Incident.objects.filter(pk=incident.pk)
    return [person for person in able if same.visible_to(person).exists()]


def _working_on(incident: Incident) -> list[User | None]:
    ownership = ownership_of(incident.system)
    named = [ownership.person, ownership.deputy] if ownership else []
    holders = [holding.person for holding in RoleHolding.objects.filter(incident=incident).select_related("person")]
    return [incident.lead, *named, incident.declared_by, *holders]
