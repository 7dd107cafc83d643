"""Admin of sources and thresholds. A threshold's rule is never edited in place: a new version takes its place."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from incidents.detection.changing import change_mode, change_rule
from incidents.detection.choices import Mode
from incidents.detection.dialect_admin import DialectInline
from incidents.detection.proposals import Proposal
from incidents.detection.queries import sentence_of
from incidents.detection.source_forms import RhythmForm
from incidents.detection.sources import SignalSource, SourceToken
from incidents.detection.states import ThresholdState
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.response.refusals import Refusal


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _author(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class TokenInline(admin.StackedInline):
    """Live tokens, to read: they are issued and revoked by buttons and shown once."""

    model = SourceToken
    fields = readonly_fields = ("public_id", "slot", "issued_at", "last_used_at")
    extra = 0
    can_delete = False
    verbose_name_plural = gettext_lazy("live tokens")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(SignalSource)
class SignalSourceAdmin(admin.ModelAdmin):
    """Who may send signals. A source that sent something is retired, not deleted."""

    form = RhythmForm
    list_display = ("name", "kind", "system", "state", "rhythm", "last_seen", "refused")
    list_filter = ("state", "kind", "rhythm", "system")
    list_select_related = ("system", "activity")
    search_fields = ("name", "note")
    inlines = (TokenInline, DialectInline)
    actions = ("issue_tokens", "revoke_tokens")
    fields = (
        *("name", "kind", "system", "state", "rhythm", "expected_interval_seconds", "lateness_seconds"),
        *("max_future_seconds", "max_age_days", "mapping", "note"),
    )

    @admin.display(description=gettext_lazy("last seen"))
    def last_seen(self, source: SignalSource) -> object:
        return source.activity.last_seen_at if hasattr(source, "activity") else "—"

    @admin.display(description=gettext_lazy("refused"))
    def refused(self, source: SignalSource) -> int:
        return source.activity.refused_count if hasattr(source, "activity") else 0

    def save_model(self, request: HttpRequest, obj: SignalSource, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        super().save_model(request, obj, form, change)
        if not change:
            self._issue(request, obj)

    @admin.action(description=gettext_lazy("Issue a new token (the older of two ends)"))
    def issue_tokens(self, request: HttpRequest, queryset: Any) -> None:
        for source in queryset:
            self._issue(request, source)

    @admin.action(description=gettext_lazy("Revoke all tokens at once"))
    def revoke_tokens(self, request: HttpRequest, queryset: Any) -> None:
        for source in queryset:
            for token in source.tokens.all():
                source.revoke_token(token.public_id, by=_actor(request), now=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _issue(self, request: HttpRequest, source: SignalSource) -> None:
        token = source.issue_token(by=_actor(request), now=timezone.now())
        words = _("Token of {source}, shown only now: {token}")
        messages.warning(request, format_html(words, source=source.name, token=token))


class VersionForm(forms.ModelForm):
    """A new version, filled in with the one in force."""

    class Meta:
        model = ThresholdVersion
        fields = ThresholdVersion.FORM_FIELDS

    def __init__(self, *args: Any, threshold: Threshold, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.threshold = threshold


class ModeForm(forms.Form):
    """Another mode, with the reason."""

    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Mode)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500)


@admin.register(Threshold)
class ThresholdAdmin(admin.ModelAdmin):
    """Owner, mode and what a breach forces; the rule itself through "new version"."""

    list_display = ("name", "system", "owner", "mode", "on_breach", "rule")
    list_filter = ("mode", "system", "on_breach")
    list_select_related = ("system", "owner")
    search_fields = ("name", "system__name", "owner__name")
    fields = (
        *("name", "system", "owner", "on_breach", "decision_due_seconds", "on_unanswered", "review_every_days"),
        *("mode", "rule", "change_links"),
    )
    readonly_fields = ("mode", "rule", "change_links")

    def get_readonly_fields(self, request: HttpRequest, obj: Threshold | None = None) -> tuple[str, ...]:
        """The system is part of what was measured: it never changes afterwards."""
        return (*self.readonly_fields, "system") if obj else tuple(self.readonly_fields)

    @admin.display(description=gettext_lazy("rule in force"))
    def rule(self, threshold: Threshold) -> str:
        version = threshold.version_at(timezone.now()) if threshold.pk else None
        return f"v{version.number}: {sentence_of(version)}" if version else _("none yet: nothing is judged")

    @admin.display(description=gettext_lazy("change"))
    def change_links(self, threshold: Threshold) -> SafeString | str:
        if not threshold.pk:
            return _("Save first, then add a version and set the mode to active.")
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:incidents_threshold_version", args=[threshold.pk]),
            _("New version"),
            reverse("admin:incidents_threshold_mode", args=[threshold.pk]),
            _("Change the mode"),
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/version/", wrap(self.new_version), name="incidents_threshold_version"),
            path("<int:pk>/mode/", wrap(self.change_mode), name="incidents_threshold_mode"),
        ]
        return [*own, *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: Threshold, post_url_continue: str | None = None) -> HttpResponse:
        """A threshold without a version judges nothing, so its version comes next."""
        return redirect("admin:incidents_threshold_version", obj.pk)

    def new_version(self, request: HttpRequest, pk: int) -> HttpResponse:
        threshold = get_object_or_404(Threshold, pk=pk)
        now = timezone.now()
        before = threshold.version_at(now)
        shown = {name: getattr(before, name) for name in ThresholdVersion.FORM_FIELDS} if before else {}
        form = VersionForm(request.POST or None, threshold=threshold, initial=shown | {"reason": ""})
        if request.method == "POST" and form.is_valid() and self._change_rule(request, threshold, form, now=now):
            return redirect("admin:incidents_threshold_change", pk)
        return self._form_page(request, threshold, form, _("New version of %(name)s") % {"name": threshold.name})

    def change_mode(self, request: HttpRequest, pk: int) -> HttpResponse:
        threshold = get_object_or_404(Threshold, pk=pk)
        form = ModeForm(request.POST or None, initial={"mode": threshold.mode})
        if request.method == "POST" and form.is_valid() and self._change_mode(request, threshold, form):
            return redirect("admin:incidents_threshold_change", pk)
        return self._form_page(request, threshold, form, _("Mode of %(name)s") % {"name": threshold.name})

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _change_rule(self, request: HttpRequest, threshold: Threshold, form: VersionForm, *, now: datetime) -> bool:
        """Whether the change was taken; else the form says why not."""
        reason = form.cleaned_data["reason"]
        try:
            made = change_rule(threshold, form.instance, by=_author(request), now=now, reason=reason)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return False
        if isinstance(made, Proposal):
            self._say_proposed(request)
        else:
            words = _("Version %(number)s is in force from the next minute.") % {"number": made.number}
            self.message_user(request, words)
        return True

    def _change_mode(self, request: HttpRequest, threshold: Threshold, form: ModeForm) -> bool:
        mode, reason = Mode(form.cleaned_data["mode"]), form.cleaned_data["reason"]
        try:
            made = change_mode(threshold, mode, by=_author(request), now=timezone.now(), reason=reason)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return False
        if made is not None:
            self._say_proposed(request)
        return True

    def _say_proposed(self, request: HttpRequest) -> None:
        words = _("This loosens the threshold, so it waits for a second person. Approvers were told.")
        self.message_user(request, words, level=messages.WARNING)

    def _form_page(self, request: HttpRequest, threshold: Threshold, form: forms.BaseForm, title: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": title,
            "form": form,
            "opts": Threshold._meta,  # noqa: SLF001 - Django's documented way
            "original": threshold,
        }
        return render(request, "incidents/thresholds_admin.html", context)


@admin.register(ThresholdState)
class ThresholdStateAdmin(admin.ModelAdmin):
    """Where each threshold stands: to read only, the tick writes it."""

    list_display = ("threshold", "status", "held_from", "changed_at", "error")
    list_filter = ("status",)
    list_select_related = ("threshold",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
