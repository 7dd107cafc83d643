"""The form of a threshold's rule, in the units that people think in. It shows only what the chosen measure needs."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.detection import rule_fields, wording
from incidents.detection.choices import ConfidenceChoice, GroupBy, Metric, NoDataChoice, OpChoice, ValueOf
from incidents.detection.quantities import PERCENT, SCALES, NotUnderstood, scaled, seconds_of, typed
from incidents.detection.series import KIND_CHOICES
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion

STRETCHES = {
    "window": "window_seconds",
    "for_time": "for_seconds",
    "keep_firing": "keep_firing_seconds",
    "cooldown": "cooldown_seconds",
    "eval_delay": "eval_delay_seconds",
}
AMOUNTS = ("limit", "clear_limit", "warn_limit")
USUAL_BUDGET_PPM = 10_000
LIMIT_LABELS = {
    "ratio": gettext_lazy("Limit (%)"),
    "mean": gettext_lazy("Limit (score)"),
    "baseline": gettext_lazy("Limit (times the usual)"),
    "burn": gettext_lazy("Limit (times the budget)"),
}


class StretchField(forms.CharField):
    """A stretch of time as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return seconds_of(text) if text else 0
        except NotUnderstood as error:
            raise ValidationError(str(error)) from error


class AmountField(forms.CharField):
    """A number in the unit of the measure."""

    def __init__(self, *, scale: int = 1, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.scale = scale
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return scaled(text, self.scale) if text else None
        except NotUnderstood as error:
            raise ValidationError(str(error)) from error


class PatternField(forms.CharField):
    """Kinds of events, one a line, each with a category if only that one is meant."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        lines = [line.split(maxsplit=1) for line in super().clean(value).splitlines() if line.strip()]
        kinds = {kind for kind, _label in KIND_CHOICES}
        if unknown := [line[0] for line in lines if line[0] not in kinds]:
            words = _("%(word)s is no kind of signal. There are: %(kinds)s.")
            raise ValidationError(words % {"word": unknown[0], "kinds": ", ".join(sorted(kinds))})
        if len(lines) < 2:
            raise ValidationError(_("A pattern has at least two kinds, one a line."))
        return [{"kind": line[0], "category": line[1] if len(line) > 1 else ""} for line in lines]


class RuleForm(forms.Form):
    """A version's rule as people write it. `version` is the unsaved version, once nothing but the reason is missing."""

    metric = forms.ChoiceField(label=gettext_lazy("What is watched"), choices=Metric)
    kind = forms.ChoiceField(label=gettext_lazy("Signals of kind"), choices=KIND_CHOICES)
    category = forms.CharField(
        label=gettext_lazy("Category"), required=False, max_length=256, help_text=gettext_lazy("Empty: all of them.")
    )
    denominator_kind = forms.ChoiceField(
        label=gettext_lazy("Out of"), required=False, choices=[("", gettext_lazy("the same signals")), *KIND_CHOICES]
    )
    denominator_category = forms.CharField(label=gettext_lazy("Out of category"), required=False, max_length=256)
    value_of = forms.ChoiceField(label=gettext_lazy("Different"), choices=ValueOf)
    group_by = forms.ChoiceField(
        label=gettext_lazy("By"), required=False, choices=[("", gettext_lazy("everybody together")), *GroupBy.choices]
    )
    pattern = PatternField(
        label=gettext_lazy("Kinds of the pattern"),
        help_text=gettext_lazy("One a line: a kind, and its category if only that one is meant."),
    )
    budget = AmountField(
        label=gettext_lazy("Budget (%)"),
        scale=PERCENT,
        help_text=gettext_lazy("The share of bad answers that is acceptable in the long run."),
    )
    op = forms.ChoiceField(label=gettext_lazy("Fires at"), choices=OpChoice)
    limit = AmountField(label=gettext_lazy("Limit"))
    window = StretchField(label=gettext_lazy("Within"), help_text=gettext_lazy("For example 10 min, 2 h or 7 days."))
    min_samples = forms.IntegerField(
        label=gettext_lazy("At least this many answers"),
        min_value=0,
        max_value=2**31 - 1,
        help_text=gettext_lazy("Fewer are not judged: it neither fires nor clears."),
    )
    confidence = forms.ChoiceField(label=gettext_lazy("How sure"), choices=ConfidenceChoice)
    floor_count = forms.IntegerField(
        label=gettext_lazy("At least this many"),
        min_value=0,
        max_value=2**31 - 1,
        help_text=gettext_lazy("Fewer never fire: three times nothing is nothing."),
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        help_text=gettext_lazy("Whose clock says what the same hour is, for example Europe/Berlin."),
    )
    for_time = StretchField(
        label=gettext_lazy("For"), required=False, help_text=gettext_lazy("Without a break. 0: at the first time.")
    )
    clear_limit = AmountField(
        label=gettext_lazy("Ends beyond"),
        required=False,
        help_text=gettext_lazy("In the unit of the limit. Empty: a fifth nearer to the safe side for a share."),
    )
    keep_firing = StretchField(label=gettext_lazy("Ends after"), required=False)
    warn_limit = AmountField(
        label=gettext_lazy("Warn limit"),
        required=False,
        help_text=gettext_lazy("Beyond this the owner is told, and nobody has to decide."),
    )
    no_data = forms.ChoiceField(label=gettext_lazy("When data are missing"), choices=NoDataChoice)
    eval_delay = StretchField(
        label=gettext_lazy("Wait for late signals"), required=False, help_text=gettext_lazy("Whole minutes.")
    )
    severity = forms.ModelChoiceField(
        label=gettext_lazy("Severity"), queryset=SeverityLevel.objects.order_by("rank"), empty_label=None
    )
    harm_kind = forms.ModelChoiceField(
        label=gettext_lazy("Harm kind"), queryset=HarmKind.objects.order_by("name"), required=False
    )
    cooldown = StretchField(
        label=gettext_lazy("Cooldown"),
        required=False,
        help_text=gettext_lazy("Over again within this time: the same incident is reopened."),
    )
    dedup_template = forms.CharField(
        label=gettext_lazy("One incident per"),
        max_length=200,
        help_text=gettext_lazy("Breaches with the same key share an incident. Names: {system}, {kind}, {category}."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What the limit rests on. People who are woken by it will read this."),
    )

    def __init__(self, data: Any = None, *, threshold: Threshold, version: ThresholdVersion, asks_reason: bool) -> None:
        initial = typed_fields(version)
        given = (data.get("metric") if data is not None else "") or initial["metric"]
        self.chosen = Metric(given) if given in Metric.values else Metric.RATIO
        wanted = rule_fields.fields_for(self.chosen)
        super().__init__(_filled(data, wanted, initial), initial=initial, auto_id="rule-%s")
        self.threshold, self.before = threshold, version
        for name in set(self.fields) - set(wanted):
            del self.fields[name]
        self._measure_in(SCALES.get(self.chosen, 1))
        self.asks_reason = asks_reason

    def _measure_in(self, scale: int) -> None:
        """Limits are typed in the unit of the measure."""
        for name in AMOUNTS:
            if isinstance(field := self.fields.get(name), AmountField):
                field.scale = scale
        if "limit" in self.fields:
            self.fields["limit"].label = LIMIT_LABELS.get(self.chosen, self.fields["limit"].label)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.asks_reason:
            self.errors.pop("reason", None)  # it is asked for when the rule is saved, not while it is tried
        if not self.errors.keys() - {"reason"}:
            version = self._made(given)
            try:
                version.full_clean(exclude=["threshold", "number", "effective_from", "author", "reason"])
            except ValidationError as error:
                self._point_at_fields(error)
            else:
                self.version = version
        return given

    def group(self, name: str) -> list[forms.BoundField]:
        """The bound fields of one part of the form."""
        names: Iterable[str] = {
            "measured": rule_fields.measured_fields,
            "firing": rule_fields.firing_fields,
            "timing": rule_fields.timing_fields,
        }[name](self.chosen)
        return [self[each] for each in names if each != "metric"]

    def _made(self, given: dict[str, Any]) -> ThresholdVersion:
        """What was typed, over the defaults of a version: fields that this measure has not, are not carried along."""
        version = ThresholdVersion(threshold=self.threshold, metric=self.chosen)
        own = {field.name for field in ThresholdVersion._meta.get_fields()}
        for name, value in given.items():
            stored = STRETCHES.get(name, name)
            if stored in own and not (name == "reason" and not value):
                setattr(version, stored, value)
        if "budget" in given:
            version.budget_ppm = given["budget"]
        _fill_what_is_fixed(version)
        return version

    def _point_at_fields(self, error: ValidationError) -> None:
        """What the version refuses, at the field that people see for it."""
        shown = {stored: name for name, stored in STRETCHES.items()} | {"budget_ppm": "budget"}
        for stored, messages in error.message_dict.items():
            name = shown.get(stored, stored)
            self.add_error(name if name in self.fields else None, messages)


def _filled(data: Any, wanted: Iterable[str], initial: dict[str, Any]) -> Any:
    """After another measure was chosen, fields that were not on the page yet begin with usual values."""
    if data is None:
        return None
    filled = data.copy()
    for name in wanted:
        if name not in filled:
            filled[name] = "" if initial[name] is None else initial[name]
    return filled


def _fill_what_is_fixed(version: ThresholdVersion) -> None:
    """What some measures do not ask for."""
    metric = Metric(version.metric)
    if "limit" not in rule_fields.firing_fields(metric):
        version.op, version.limit = OpChoice.GTE, 1
    if "min_samples" not in rule_fields.firing_fields(metric):
        version.min_samples, version.confidence = 0, ConfidenceChoice.NONE
    if not rule_fields.timing_fields(metric):
        version.eval_delay_seconds = 120
    if metric in (Metric.TEMPORAL, Metric.TEMPORAL_ORDERED):
        version.kind = version.pattern[0]["kind"] if version.pattern else "violation"
    elif "kind" not in rule_fields.measured_fields(metric):
        version.kind = "traffic"


def typed_fields(version: ThresholdVersion) -> dict[str, Any]:
    """A version's rule as people would type it."""
    rule = {
        name: getattr(version, name) for name in ThresholdVersion.FORM_FIELDS if name not in ("severity", "harm_kind")
    }
    rule |= {"severity": version.severity_id, "harm_kind": version.harm_kind_id, "reason": ""}
    scale = SCALES.get(version.metric, 1)
    for name in AMOUNTS:
        rule[name] = typed(rule[name], scale) if rule[name] is not None else ""
    for name, stored in STRETCHES.items():
        rule[name] = wording.duration(rule[stored]) if rule[stored] else "0"
    rule["budget"] = typed(version.budget_ppm or USUAL_BUDGET_PPM, PERCENT)
    rule["pattern"] = "\n".join(f"{each['kind']} {each.get('category', '')}".strip() for each in version.pattern)
    return rule
