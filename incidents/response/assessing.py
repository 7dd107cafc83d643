"""Assessing an incident: answers become a level that explains itself, and stay in the record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.formula import Answers, TooLittleAnswered
from incidents.classification.judging import Judgement, judge
from incidents.classification.matrix import AxisName
from incidents.classification.models import SeverityLevel, SeverityMatrix
from incidents.response.assessments import Assessment, AssessmentWords
from incidents.response.clocks import reassess_due
from incidents.response.grading import Grading
from incidents.response.kinds import Kind
from incidents.response.refusals import NoSuchLevel, ReasonMissing, Refusal
from incidents.response.states import Verb
from incidents.response.timeline import TimelineEntry, append


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What somebody answered by which version of the matrix, and why they choose another level, if they do."""

    matrix: SeverityMatrix
    answers: Answers
    evidence: Mapping[AxisName, str] = field(default_factory=dict)
    override_reason: str = ""

    @property
    def judgement(self) -> Judgement:
        """Raises Refusal when too little was answered."""
        try:
            return judge(self.matrix.matrix, self.answers)
        except TooLittleAnswered:
            raise Refusal(_("Answer at least what the harm is, or who is concerned.")) from None

    def check_choice(self, level: SeverityLevel) -> None:
        """Another level than the computed one needs a reason. Raises ReasonMissing."""
        if level.slug != (computed := self.judgement.level) and not self.override_reason.strip():
            raise ReasonMissing(
                _("why you choose %(chosen)s although the answers give %(computed)s")
                % {"chosen": level.slug, "computed": computed}
            )

    @property
    def words(self) -> str:
        """Everything that people said and the matrix made of it, for the timeline."""
        titles = {name: self.matrix.matrix.axes[name].title for name in AxisName}
        lines = [self.judgement.why]
        if self.override_reason.strip():
            lines.append(_("Another level was chosen: %(reason)s") % {"reason": self.override_reason.strip()})
        lines += [f"{titles[name]}: {words}" for name, words in _in_order(self.evidence)]
        return "\n\n".join(lines)


class Assessing(Grading):
    """Levels that follow from answers."""

    class Meta(Grading.Meta):
        abstract = True

    @transaction.atomic
    def assess(
        self,
        *,
        answered: Answered,
        by: User | None,
        now: datetime,
        to: SeverityLevel | None = None,
        expected: int | None = None,
    ) -> TimelineEntry:
        """Answer anew. Without `to` the computed level counts; one that is not the present one is raised or lowered to.

        Raises NotPermitted when it would lower the level and `by` may not, and ReasonMissing for another level than
        the computed one without a reason.
        """
        self.begin(Verb.ASSESS, by=by, expected=expected)
        level = to or level_called(answered.judgement.level)
        reason = answered.override_reason.strip() or answered.judgement.why
        self.check_lowering(level, by=by, reason=reason)
        before = self.terms["rank"]
        entry = self.record_assessment(answered, level=level, by=by, now=now)
        if level.rank != before:
            kind = Kind.SEVERITY_RAISED if level.rank < before else Kind.SEVERITY_LOWERED
            self.regrade(level, kind=kind, by=by, now=now, reason=reason)
        return entry

    def record_assessment(
        self, answered: Answered, *, level: SeverityLevel, by: User | None, now: datetime
    ) -> TimelineEntry:
        """Keep the answers beside the level, in the caller's transaction, and start or stop the re-assessment clock."""
        answered.check_choice(level)
        incident, judgement = self._incident, answered.judgement
        due = self._reassess_due(level, now=now) if judgement.is_provisional else None
        facts = self._facts(
            matrix=answered.matrix.version,
            computed=judgement.level,
            chosen=level.slug,
            answers=answered.answers.as_stored,
            reassess_due_at=due,
        )
        entry = append(incident, kind=Kind.SEVERITY_ASSESSED, by=by, now=now, facts=facts, text=answered.words)
        incident.assessment = Assessment.objects.create(
            incident=incident,
            entry=entry,
            matrix=answered.matrix,
            materialisation=answered.answers.materialisation,
            answers=answered.answers.as_stored,
            computed=judgement.level,
            chosen=level.slug,
            why=judgement.why,
            by=by,
            at=now,
            reassess_due_at=due,
        )
        evidence = {name.value: words for name, words in _in_order(answered.evidence)}
        AssessmentWords.objects.create(
            assessment=incident.assessment, evidence=evidence, override_reason=answered.override_reason.strip()
        )
        incident.reassess_due_at = due
        self.commit("assessment", "reassess_due_at")
        return entry

    def _reassess_due(self, level: SeverityLevel, *, now: datetime) -> datetime:
        """By the terms of the level as they were frozen, or as they are for one that was created later."""
        terms = self._incident.policy["levels"].get(level.slug) or level.terms
        return reassess_due(terms, at=now, zone=timezone.get_default_timezone())


def level_called(slug: str) -> SeverityLevel:
    """The level that a matrix names. Raises NoSuchLevel when an admin removed it meanwhile."""
    found = SeverityLevel.objects.filter(slug=slug).first()
    if found is None:
        raise NoSuchLevel(
            _("The matrix names %(level)s, which is no severity level any more. Pick a level yourself.")
            % {"level": slug}
        )
    return found


def _in_order(evidence: Mapping[AxisName, str]) -> Iterable[tuple[AxisName, str]]:
    return [(name, evidence[name].strip()) for name in AxisName if evidence.get(name, "").strip()]
