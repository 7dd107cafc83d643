"""That we could not hear, in words: for the pages of sources, while it lasts and for a day."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from airp.web import times
from incidents.detection import wording
from incidents.detection.hearing import recent

SHOWN_FOR = timedelta(days=1)


def deaf_notice(*, now: datetime) -> dict[str, str] | None:
    """Tone and text of the notice; None where there is nothing to say. One query."""
    found = recent(now=now, within=SHOWN_FOR)
    if found is None:
        return None
    if found.ended_at is None:
        text = _(
            "airp has received nothing from anybody since %(since)s: no web process gives a sign of life. Start them,"
            " and check that they reach the database. Until then no source is asked about."
        ) % {"since": times.absolute(found.began_at)}
        return {"tone": "critical", "text": text}
    text = _(
        "airp could not receive from %(since)s to %(until)s (%(length)s). In that time no source was asked about and"
        " thresholds had no data. Clients that keep what they cannot send fill the gap."
    ) % {
        "since": times.absolute(found.began_at),
        "until": times.absolute(found.ended_at),
        "length": wording.rough_duration(int((found.ended_at - found.began_at).total_seconds())),
    }
    return {"tone": "moderate", "text": text}
