"""The form by which anybody may complain about a system: whether it is open, and what it offers."""

import re
from dataclasses import dataclass

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.systems.models import AISystem

LINE = re.compile(r"([a-z0-9]+(?:[_-][a-z0-9]+)*)\s*:\s*(\S.{0,119})")
MOST_TOPICS = 20
USUAL_TOPICS = """wrong_answer: The answer was wrong or made up
promise: I was promised something that was not kept
unfair: I was treated unfairly
personal_data: It showed or asked for personal data
offensive: It was offensive or frightening
other: Something else"""


class FormState(models.TextChoices):
    CLOSED = "closed", _("Closed: the address answers like an unknown one")
    OPEN = "open", _("Open: anybody who knows the address may complain, without signing in")


@dataclass(frozen=True, slots=True)
class Topic:
    """A category in the complainant's words."""

    category: str
    words: str


def read_topics(text: str) -> list[Topic]:
    """One topic a line, `category: words`. Raises ValidationError that names the line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    topics = []
    for number, line in enumerate(lines, start=1):
        if (found := LINE.fullmatch(line)) is None or len(found[1]) > 80:
            raise ValidationError(_("Line %(number)d: write it as category: words.") % {"number": number})
        topics.append(Topic(found[1], found[2]))
    if not 0 < len(topics) <= MOST_TOPICS or len({topic.category for topic in topics}) < len(topics):
        raise ValidationError(_("Give 1 to %(most)d topics, each category once.") % {"most": MOST_TOPICS})
    return topics


def check_topics(text: str) -> None:
    read_topics(text)


@pghistory.track()
class PublicForm(models.Model):
    """Without a row here, the form of a system is closed."""

    system = models.OneToOneField(
        AISystem, on_delete=models.PROTECT, related_name="public_form", verbose_name=_("AI system")
    )
    state = models.CharField(_("state"), max_length=6, choices=FormState, default=FormState.CLOSED)
    known_as = models.CharField(
        _("called"),
        max_length=120,
        help_text=_("What its users call it, for example “the chat on our website”. Stands in the form's title."),
    )
    topics = models.TextField(
        _("topics"),
        default=USUAL_TOPICS,
        validators=[check_topics],
        help_text=_("One a line, as category: words. Thresholds count by category; complainants read the words."),
    )
    promise = models.CharField(
        _("what happens next"),
        max_length=300,
        help_text=_("Shown below the form, for example: We read each complaint within one working day."),
    )

    class Meta:
        verbose_name = _("public complaint form")
        verbose_name_plural = _("public complaint forms")

    def __str__(self) -> str:
        return f"{self.system}: {self.state}"

    @property
    def offered(self) -> list[Topic]:
        return read_topics(self.topics)
