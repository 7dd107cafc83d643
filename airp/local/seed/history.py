"""Telling the stories through the real verbs, at the times when they happened.

The consequences that call people are not drawn: nobody is alerted today about last spring. Reviews are opened by
the same function that the reaction calls.
"""

from datetime import datetime, timedelta

from airp.accounts.models import User
from airp.local.seed.assessing import assess
from airp.local.seed.handoffs import hand_over
from airp.local.seed.lanes import DAYS_OF_LANES, LanesTold, leave_in_the_middle
from airp.local.seed.people import People
from airp.local.seed.reviews import write_review
from airp.local.seed.stories import STORIES, Ending, Story, Twist
from airp.local.seed.tasks import TasksTold, leave_half_done
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.declaring import Declaration, declare
from incidents.response.kinds import Occasion
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.states import State
from incidents.response.timeline import PendingReaction
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem
from reviews.postmortem.opening import open_for

LOWER = {"SEV1": "SEV2", "SEV2": "SEV3", "SEV3": "SEV4", "SEV4": "SEV4"}


class Telling:
    """One story on its way: the incident, the people in it and the time that has come."""

    def __init__(self, story: Story, people: People, system: AISystem, *, today: datetime) -> None:
        hour = 7 + story.days * 5 % 10
        start = (today - timedelta(days=story.days)).replace(hour=hour, minute=story.days * 7 % 60, second=0)
        self.story = story
        self.today = today
        self.people = people
        self.system = system
        self.declared_at = min(start, today - timedelta(hours=12))
        self.lead: User = people["marta"] if story.system == "travel-brief" else people["tomas"]
        self.worker: User = people["tomas"]
        self.triager: User = people["sara"]
        self.incident = self._declare()
        self.tasks = TasksTold(self.incident, people)
        self.lanes = LanesTold(self.incident, people, is_recent=story.days <= DAYS_OF_LANES)

    def at(self, minutes: float) -> datetime:
        return self.declared_at + timedelta(minutes=minutes)

    def tell(self) -> Incident:
        """From the declaration to where the story has come by now."""
        story, incident = self.story, self.incident
        acknowledged, contained, resolved = story.minutes
        if story.ending == Ending.DISMISSED:
            incident.dismiss(by=self.triager, now=self.at(45), reason=story.learned)
            return incident
        incident.acknowledge(by=self.triager, now=self.at(acknowledged))
        self._triage(acknowledged + 5)
        self.tasks.begin(now=self.at(acknowledged + 6))
        if story.twist == Twist.RAISED:
            level = SeverityLevel.objects.get(slug=story.severity)
            if level.rank < incident.terms["rank"]:
                incident.raise_severity(
                    to=level,
                    by=self.triager,
                    now=self.at(acknowledged + 12),
                    reason="More people than the first reports said.",
                )
        incident.post_update(text=story.happened, by=self.lead, now=self.at(acknowledged + 20))
        contained = max(contained, acknowledged + 25)
        self.tasks.finish_before(State.CONTAINED, now=self.at(contained - 3))
        incident.contain(by=self.worker, now=self.at(contained), reason=story.contained)
        if story.ending == Ending.CONTAINED:
            leave_half_done(incident, self.people, now=self.at(contained + 10))
            leave_in_the_middle(incident, self.people, now=self.at(contained + 15))
            incident.post_update(text="Editors read along until the fix is out.", by=self.lead, now=self.at(600))
            hand_over(incident, self.people, then=self.at(610), now=self.today)
            return incident
        self._finish(resolved)
        return incident

    def _declare(self) -> Incident:
        story = self.story
        first_guess = LOWER[story.severity] if story.twist == Twist.RAISED else story.severity
        declaration = Declaration(
            title=story.title,
            system=self.system,
            severity=SeverityLevel.objects.get(slug=first_guess),
            harm_kind=HarmKind.objects.get(slug=story.harm),
            summary=story.happened,
            visibility=Visibility.RESTRICTED if story.twist == Twist.RESTRICTED else Visibility.NORMAL,
            started_at=self.at(-story.lag),
            detected_at=self.at(-min(story.lag, 20) / 2),
            reported_at=self.at(-5),
        )
        return declare(declaration, by=self.triager, now=self.declared_at)

    def _triage(self, minutes: int) -> None:
        incident, story = self.incident, self.story
        harm = HarmKind.objects.get(slug=story.harm)
        level = SeverityLevel.objects.get(slug=incident.severity_slug)
        incident.triage(severity=level, harm_kind=harm, by=self.triager, now=self.at(minutes))
        assess(incident, story.title, by=self.triager, now=self.at(minutes + 1))
        incident.hand_over(to=self.lead, by=self.triager, now=self.at(minutes + 2), note="You know this system best.")
        if story.severity in {"SEV1", "SEV2"}:
            for role, name in ((IncidentRole.LEGAL, "helene"), (IncidentRole.COMMUNICATIONS, "kofi")):
                incident.assign_role(role=role, person=self.people[name], by=self.triager, now=self.at(minutes + 4))
        if story.twist == Twist.RESTRICTED:
            for role, name in ((IncidentRole.OBSERVER, "lars"), (IncidentRole.TECHNICAL, "tomas")):
                incident.assign_role(role=role, person=self.people[name], by=self.triager, now=self.at(minutes + 5))

    def _finish(self, resolved: int) -> None:
        incident, story = self.incident, self.story
        self.lanes.begin(now=self.at(self.story.minutes[0] + 6))
        self.tasks.finish_before(State.RESOLVED, now=self.at(resolved - 5))
        incident.resolve(by=self.worker, now=self.at(resolved), reason=story.fixed)
        if story.twist == Twist.REOPENED:
            incident.reopen(by=self.triager, now=self.at(resolved + 300), reason="It came back for one language.")
            again = "The same lever, for all languages this time."
            incident.contain(by=self.worker, now=self.at(resolved + 340), reason=again)
            incident.resolve(by=self.worker, now=self.at(resolved + 900), reason=story.fixed)
            resolved += 900
        review = open_for(incident, now=self.at(resolved + 1))
        if review is not None:
            write_review(review, story, lead=self.lead, manager=self.people["lars"], people=self.people)
        if story.ending == Ending.CLOSED:
            self.lanes.settle(now=self.at(resolved + 24 * 60))
            closed_at = self.at(resolved + 4 * 24 * 60)
            self.tasks.finish_before(State.CLOSED, now=closed_at - timedelta(minutes=30))
            incident.close(by=self.people["lars"], now=closed_at, note="" if review else "Nothing further to do.")


def install(people: People, systems: dict[str, AISystem], *, now: datetime) -> int:
    """Tell all stories, oldest first, unless there are incidents already; returns how many were told."""
    if Incident.objects.exists():
        return 0
    ordered = sorted(STORIES, key=lambda story: -story.days)
    told = [Telling(story, people, systems[story.system], today=now).tell().pk for story in ordered]
    PendingReaction.objects.filter(entry__incident__in=told).delete()
    PendingReaction.objects.filter(kind=Occasion.HANDOFF_MOVED).delete()
    return len(told)
