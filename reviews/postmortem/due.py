"""How a due date stands on a given day, as a tone and as words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SOON_DAYS = 2


@dataclass(frozen=True, slots=True)
class DueWords:
    """What a list shows: the tone of the badge, the words, and whether the date has passed."""

    tone: str
    words: str
    is_overdue: bool = False


def due_words(due: date | None, *, today: date) -> DueWords:
    """Due today, in 3 days, overdue by 2 days. A date without a promise says so."""
    if due is None:
        return DueWords("info", _("no due date until the incident is resolved again"))
    days = (due - today).days
    if days < 0:
        late = ngettext("overdue by %(n)d day", "overdue by %(n)d days", -days) % {"n": -days}
        return DueWords("critical", late, is_overdue=True)
    if days == 0:
        return DueWords("moderate", _("due today"))
    ahead = ngettext("due in %(n)d day", "due in %(n)d days", days) % {"n": days}
    return DueWords("moderate" if days <= SOON_DAYS else "info", ahead)


def end_of(day: date) -> datetime:
    """The last moment of the day, in the person's zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) - timedelta(seconds=1)


def written(due: date | None) -> str:
    """The date as people read it, a dash without one."""
    return date_format(due, "j M Y") if due else "—"
