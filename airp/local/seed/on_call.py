"""Who is on call at Halden Travel: a rota in the middle of its turns, somebody standing in, a week nobody has, and the
policy that calls them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from airp.accounts.roles import Role
from airp.local.seed.people import ZONE, People
from incidents.classification.models import SeverityLevel
from incidents.notification.policies.aims import Target
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice
from incidents.notification.rota.arranging import arrange_order, take_span
from incidents.notification.rota.records import Rota, Weekday
from incidents.systems.models import AISystem, OwnershipRole

NAME = "AI first line"
TURNS = ("ingrid", "tomas", "priya", None, "jonas")
WEEKS_BEHIND = 6


def install(people: People, *, now: datetime) -> Rota:
    """Add the rota where it is missing."""
    rota, is_new = Rota.objects.get_or_create(
        name=NAME, defaults={"purpose": "First call for harm by any AI system, day and night.", "time_zone": ZONE}
    )
    if is_new:
        _arrange(rota, people, now=now)
        _call_first(rota, people)
    return rota


def _call_first(rota: Rota, people: People) -> None:
    """The candidate ranker judges people: whoever is on call and legal hear of its worst incidents at once."""
    policy = EscalationPolicy.objects.create(
        name="High-risk systems",
        purpose="Systems that decide about people: legal is called beside the first line.",
        repeat_count=1,
    )
    add = policy.levels.create
    add(number=0, target=Target.ON_CALL, rota=rota)
    add(number=0, target=Target.SYSTEM_ROLE, system_role=OwnershipRole.LEGAL)
    add(number=1, delay_minutes=10, target=Target.OWNER)
    add(number=2, delay_minutes=10, target=Target.DEPUTY)
    add(number=3, target=Target.ROLE, role=Role.MANAGER)
    ranker = AISystem.objects.get(slug="candidate-ranker")
    for level in SeverityLevel.objects.filter(rank__lte=2):
        PolicyChoice.objects.create(system=ranker, severity=level, policy=policy)


def _arrange(rota: Rota, people: People, *, now: datetime) -> None:
    """Six weeks of history; this week is Tomas's, tomorrow evening somebody stands in, and a later week has nobody."""
    monday = _last_handover(now)
    begins_at = monday - timedelta(weeks=WEEKS_BEHIND)
    arrange_order(
        rota,
        seats=[people[name] if name else None for name in TURNS],
        weekday=Weekday.MONDAY,
        handover=time(9),
        begins_at=begins_at,
        by=people["mina"],
        now=begins_at,
    )
    evening = (now.astimezone(ZoneInfo(ZONE)) + timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)
    # On a Sunday tomorrow evening is Priya's own already.
    taker, away = ("priya", "Tomas") if evening < monday + timedelta(weeks=1) else ("jonas", "Priya")
    take_span(
        rota,
        person=people[taker],
        starts_at=evening,
        ends_at=evening + timedelta(hours=14),
        reason=f"{away} is at a concert of the school.",
        by=people[taker],
        now=now,
    )


def _last_handover(now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(ZONE))
    monday = (local - timedelta(days=local.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    return monday if monday <= now else monday - timedelta(weeks=1)
