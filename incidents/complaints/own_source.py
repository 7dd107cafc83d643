"""The source under which complaints count that come by our own pages: web form, staff, CSV."""

from django.db import models, transaction

from incidents.detection.sources import Rhythm, SignalSource, SourceKind

NAME = "airp: complaints by form, staff and CSV"
ONLY = 1


class OwnSource(models.Model):
    """The one row that names it, so that a new name in admin makes no second one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    source = models.OneToOneField(SignalSource, on_delete=models.PROTECT, related_name="own")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="one_source_of_our_own")]

    def __str__(self) -> str:
        return f"own source {self.source_id}"


@transaction.atomic
def own_source() -> SignalSource:
    """The source, made when it is first needed. Racing callers get the same one."""
    found = OwnSource.objects.select_related("source").filter(pk=ONLY).first()
    if found is not None:
        return found.source
    source, _is_new = SignalSource.objects.get_or_create(
        name=NAME,
        defaults={
            "kind": SourceKind.MANUAL,
            "rhythm": Rhythm.IRREGULAR,  # a day without a complaint is a good day, not a silent source
            "note": "People enter these complaints on airp's own pages. No token is needed.",
        },
    )
    OwnSource.objects.get_or_create(pk=ONLY, defaults={"source": source})
    return source
