"""Attaching a file: inspected, kept under a random name, its hash on the timeline. And reading it whole again."""

import hashlib
import secrets
from datetime import datetime

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.impact.attachments import Attachment, store
from incidents.impact.images import NotAcceptable
from incidents.impact.inspecting import Accepted, inspect
from incidents.impact.recording import lock
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, Refusal
from incidents.response.timeline import append

log = structlog.get_logger(__name__)
ATTACH = Capability.ANNOTATE
MOST_FILES = 20


class TooManyFiles(Refusal):
    """The incident holds as many files as it may."""


class FileRefused(Refusal):
    """The file is of no kind that is kept, or not what it is called."""


class FileErased(Exception):
    """The content ended with its term."""


class FileLost(Exception):
    """The store does not hold what was attached."""


def attach(incident: Incident, *, name: str, raw: bytes, by: User, now: datetime) -> Attachment:
    """Keep a file. Raises FileRefused, TooManyFiles, AlreadyDone or NotPermitted."""
    try:
        _scan(raw)
        accepted = inspect(name, raw)
    except NotAcceptable as reason:
        raise FileRefused(str(reason)) from None
    stored_as = store().save(secrets.token_hex(24), ContentFile(accepted.content))
    try:
        return _note(incident, accepted, hashlib.sha256(raw).hexdigest(), stored_as, by=by, now=now)
    except BaseException:
        store().delete(stored_as)
        raise


@transaction.atomic
def _note(
    incident: Incident, accepted: Accepted, received_sha256: str, stored_as: str, *, by: User, now: datetime
) -> Attachment:
    locked = lock(incident, by=by, capability=ATTACH)
    there = dict(locked.attachments.values_list("received_sha256", "number"))
    if received_sha256 in there:
        raise AlreadyDone(_("This file is attached already, as number %(n)d.") % {"n": there[received_sha256]})
    if len(there) >= MOST_FILES:
        raise TooManyFiles(_("%(most)d files are attached, which is the limit.") % {"most": MOST_FILES})
    attachment = Attachment.objects.create(
        incident=locked,
        number=max(there.values(), default=0) + 1,
        name=accepted.name,
        kind=accepted.kind,
        size_bytes=len(accepted.content),
        sha256=hashlib.sha256(accepted.content).hexdigest(),
        received_sha256=received_sha256,
        stored_as=stored_as,
        at=now,
        by=by,
    )
    facts = {
        "attachment": attachment.number,
        "kind": attachment.kind,
        "sha256": attachment.sha256,
        "received_sha256": received_sha256,
        "size_bytes": attachment.size_bytes,
    }
    append(locked, kind=Kind.ATTACHMENT_ADDED, by=by, now=now, facts=facts, text=attachment.name)
    return attachment


def content_of(attachment: Attachment) -> bytes:
    """The file as it was kept. Raises FileErased, or FileLost when the store lost or changed it, which the log says."""
    if attachment.is_erased:
        raise FileErased(str(attachment))
    try:
        with store().open(attachment.stored_as) as found:
            content: bytes = found.read()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        log.error("attachment_lost_or_changed", attachment=attachment.pk)
        raise FileLost(str(attachment))
    return content


def _scan(raw: bytes) -> None:
    """Ask the scanner of this installation, if it has one. What cannot be checked is refused."""
    if not settings.ATTACHMENT_SCANNER:
        return
    try:
        finding = import_string(settings.ATTACHMENT_SCANNER)(raw)
    except Exception as error:
        log.exception("attachment_scanner_failed")
        raise NotAcceptable(_("The file could not be checked for malware. Try again, or tell an admin.")) from error
    if finding:
        raise NotAcceptable(_("The scanner refuses the file: %(finding)s") % {"finding": finding})
