"""Versions of the severity matrix: each one is written once and stays; the newest is in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import append_only, record
from incidents.classification.matrix import Matrix, MatrixInvalid, read


class MatrixOutdated(MatrixInvalid):
    """Somebody published another version since the form was opened."""


class SeverityMatrix(models.Model):
    """One version. Assessments name the version they were made with, so an old level can always be explained."""

    version = models.PositiveIntegerField(gettext_lazy("version"), primary_key=True)
    content = models.JSONField(gettext_lazy("content"))
    why = models.CharField(gettext_lazy("why"), max_length=300)
    published_at = models.DateTimeField(gettext_lazy("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("published by"),
    )

    class Meta:
        verbose_name = gettext_lazy("severity matrix")
        verbose_name_plural = gettext_lazy("severity matrices")
        triggers = append_only()

    def __str__(self) -> str:
        return _("Severity matrix, version %(version)d") % {"version": self.version}

    @property
    def matrix(self) -> Matrix:
        return read(self.content)

    @classmethod
    def current(cls) -> Self | None:
        """The version in force; None on an installation without any."""
        return cls.objects.order_by("-version").first()

    @classmethod
    @transaction.atomic
    def publish(
        cls,
        content: Mapping[str, Any],
        *,
        ranks: Mapping[str, int],
        by: User | None,
        now: datetime,
        why: str,
        seen_version: int,
    ) -> Self:
        """A new version, in force at once. `seen_version` is the one it was made from; 0 for the first.

        `by` None installs what airp ships. Raises MatrixInvalid, or MatrixOutdated when another version came between.
        """
        if by is not None and not by.can(Capability.CONFIGURE):
            raise MatrixInvalid(_("Your roles do not allow publishing the severity matrix."))
        if not why.strip():
            raise MatrixInvalid(_("Say why you change the matrix. People will ask later."))
        read(content, ranks=ranks)
        _one_at_a_time()
        newest = cls.current()
        if (newest.version if newest else 0) != seen_version:
            raise MatrixOutdated(_("Somebody published a newer version meanwhile. Compare it, then publish again."))
        if newest is not None and newest.content == content:
            raise MatrixInvalid(_("Nothing differs from the version in force."))
        made = cls.objects.create(
            version=seen_version + 1, content=content, why=why.strip(), published_at=now, published_by=by
        )
        record(act="severity_matrix_published", at=now, by=by, object_label=str(made), facts={"version": made.version})
        return made


def _one_at_a_time() -> None:
    """Locking the newest row would take the right to update it, which the processes do not have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('airp/severity-matrix', 0))")
