"""What was planned and must not leave, or not be read by everybody any more. In the transaction of its cause."""

from django.contrib.postgres.functions import RandomUUID

from airp.outbound.models import Clearance, Delivery, DeliveryQuerySet, DeliveryState


def withhold(deliveries: DeliveryQuerySet) -> list[int]:
    """Those that nobody has begun to send stay here for good; returns their ids.

    They give their keys up, so that the same fact can be planned again in other words.
    """
    waiting = deliveries.filter(state=DeliveryState.PENDING).select_for_update(of=("self",)).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids).update(
        state=DeliveryState.SUPERSEDED, due_at=None, idem_key=RandomUUID(), body="", enclosure=""
    )
    return ids


def restrict(deliveries: DeliveryQuerySet) -> None:
    """From now on their subject and text are for their recipients only."""
    deliveries.filter(visibility=Clearance.NORMAL).update(visibility=Clearance.RESTRICTED)
