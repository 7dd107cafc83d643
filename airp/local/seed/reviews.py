"""The reviews of the stories: written by the lead, signed off by the manager, with actions that follow."""

from datetime import datetime, timedelta

from airp.accounts.models import User
from airp.local.seed.people import People
from airp.local.seed.stories import Ending, Story
from reviews.postmortem.actions import Action, ActionKind, Assignment
from reviews.postmortem.drafting import Texts
from reviews.postmortem.models import Review

SLOWED = (
    "The first report went to a shared mailbox that nobody reads at night.",
    "Nobody knew who may change the index, so we asked three people.",
    "The figures had to be counted by hand before anybody could decide.",
    "Nothing slowed us that we would change.",
)
FOLLOWING = (
    ("Add questions like these to the safe set and the unsafe set", ActionKind.DETECTIVE),
    ("Name an owner for the sources that this answer rests on", ActionKind.PREVENTIVE),
    ("Write to everybody who got the wrong answer", ActionKind.CORRECTIVE),
)
# Stories, by days ago, whose action is still open, and in how many days it is due.
OPEN_ACTIONS = {117: -12, 104: 9, 92: 14, 80: -3, 53: 6, 23: 20, 5: 12}


def write_review(review: Review, story: Story, *, lead: User, manager: User, people: People) -> None:
    """Fill in and, where the story has come so far, submit and sign off."""
    opened_at = review.opened_at
    texts = Texts(
        summary=f"{story.happened} {story.contained}",
        what_happened=review.what_happened or story.happened,
        impact=story.happened,
        what_slowed_us=SLOWED[story.days % len(SLOWED)],
    )
    review.save_draft(texts=texts, by=lead, now=opened_at + timedelta(hours=20), expected=review.version)
    review.add_factor(text=story.learned, by=lead, now=opened_at + timedelta(hours=21))
    review.add_factor(
        text="The check before the release did not contain such a case.", by=lead, now=opened_at + timedelta(hours=21)
    )
    _add_action(review, story, lead=lead, people=people, now=opened_at + timedelta(hours=22))
    if story.ending == Ending.IN_REVIEW:
        return
    review.submit(by=lead, now=opened_at + timedelta(hours=30))
    if story.ending == Ending.AWAITS_SIGN_OFF:
        return
    signed_at = opened_at + timedelta(hours=50)
    review.sign_off(by=manager, now=signed_at, expected=review.version, note="Clear and fair to everybody.")


def _add_action(review: Review, story: Story, *, lead: User, people: People, now: datetime) -> None:
    what, kind = FOLLOWING[story.days % len(FOLLOWING)]
    due = now.date() + timedelta(days=21)
    if story.days in OPEN_ACTIONS:
        due = now.date() + timedelta(days=story.days + OPEN_ACTIONS[story.days])
    owner = people["tomas"] if story.severity == "SEV1" else lead
    assignment = Assignment(what=what, kind=kind, owner=owner, due_date=due)
    action = Action.add(review, assignment=assignment, by=lead, now=now)
    if story.days not in OPEN_ACTIONS:
        action.complete(evidence="Checked a month later: no such case since.", by=owner, now=now + timedelta(days=14))
