"""Texts of other packages that can become harm samples. `airp/reactions.py` names them; nobody here knows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from airp.accounts.models import User
from incidents.impact.keeping import Draft, keep_sample
from incidents.impact.samples import HarmSample
from incidents.response.models import Incident


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could be taken over. `excerpt` is redacted already."""

    key: str
    label: str
    excerpt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Provider:
    """`offers(incident, by=)` lists what `by` may take over; `take(incident, key, by=, now=)` gives one of them raw.

    `take` runs in the transaction that keeps the sample and raises Refusal for what `by` may not take.
    """

    offers: Callable[..., list[Offer]]
    take: Callable[..., Draft]


def providers() -> Mapping[str, Provider]:
    found: Mapping[str, Provider] = import_string(settings.SAMPLE_PROVIDERS)
    return found


def offers_of(incident: Incident, *, by: User) -> list[tuple[str, Offer]]:
    """All that this person could take over into the incident's vault, each with its name for `taken_from`."""
    every = [
        (origin(name, offer.key), offer) for name, each in providers().items() for offer in each.offers(incident, by=by)
    ]
    if not every:
        return []
    taken = set(incident.samples.exclude(taken_from="").values_list("taken_from", flat=True))
    return [(name, offer) for name, offer in every if name not in taken]


def origin(name: str, key: str) -> str:
    """How a sample names what it was taken over from."""
    return f"{name}/{key}"


@transaction.atomic
def take_over(incident: Incident, name: str, key: str, *, by: User, now: datetime) -> HarmSample | None:
    """Keep what was offered under that name, all of it or nothing. None when nobody of that name offers anything."""
    provider = providers().get(name)
    if provider is None:
        return None
    return keep_sample(incident, draft=provider.take(incident, key, by=by, now=now), by=by, now=now)
