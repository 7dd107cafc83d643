"""Configuration of what leaves: allowed hosts and webhook endpoints. Deliveries have their own pages."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from airp.accounts.models import User
from airp.audit.models import record
from airp.outbound.endpoints import EVENT_TYPES, PING, AllowedHost, Endpoint
from airp.outbound.planning import plan_webhook, webhook_body

SECRET_PAGE = "outbound/endpoint_secret.html"  # noqa: S105 - a template


class _RecordedAdmin(admin.ModelAdmin):
    """Each change of configuration is recorded with who and which fields."""

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001 - Django's signature
        super().save_model(request, obj, form, change)
        act = "changed" if change else "added"
        _record(request, f"{obj._meta.model_name}_{act}", obj, fields=list(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        _record(request, f"{obj._meta.model_name}_removed", obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)


def _record(request: HttpRequest, act: str, row: Any, **facts: Any) -> None:
    by = request.user if isinstance(request.user, User) else None
    label = f"{row._meta.model_name}/{row.pk}"
    record(act=act, at=timezone.now(), by=by, object_label=label, facts=facts)


@admin.register(AllowedHost)
class AllowedHostAdmin(_RecordedAdmin):
    """Which hosts requests may go to."""

    list_display = ("name", "reason")
    search_fields = ("name", "reason")
    fields = ("name", "reason")


class EndpointForm(ModelForm):
    """Types as ticks."""

    types = MultipleChoiceField(
        label=gettext_lazy("Types"),
        choices=[(name, name) for name in EVENT_TYPES],
        widget=CheckboxSelectMultiple,
        help_text=gettext_lazy("Which events are sent."),
    )

    class Meta:
        model = Endpoint
        fields = ("name", "url", "types", "state", "clearance")


@admin.register(Endpoint)
class EndpointAdmin(_RecordedAdmin):
    """Where signed webhooks go. The secret is shown once; afterwards only its end."""

    form = EndpointForm
    list_display = ("name", "url", "state", "clearance", "secret_ending")
    list_filter = ("state", "clearance")
    search_fields = ("name", "url")
    fields = ("name", "url", "types", "state", "clearance", "secret_ending")
    readonly_fields = ("secret_ending",)
    actions = ("send_ping", "change_secret")

    @admin.display(description=gettext_lazy("signing secret"))
    def secret_ending(self, endpoint: Endpoint) -> str:
        return f"…{endpoint.secret[-4:]}" if endpoint.pk else _("Made when you save, and shown once.")

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001 - Django's signature
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deliveries name their endpoint for good: it is disabled, never removed."""
        return False

    def response_add(self, request: HttpRequest, obj: Endpoint, post_url_continue: Any = None) -> HttpResponse:
        return self._show_secret(request, obj)

    @admin.action(description=gettext_lazy("Send a test event"))
    def send_ping(self, request: HttpRequest, endpoints: QuerySet[Endpoint]) -> None:
        now = timezone.now()
        body = webhook_body(type=PING, at=now, data={"sent_by": "admin"})
        for endpoint in endpoints:
            plan_webhook(endpoint, cause=f"ping/{uuid.uuid4()}", type=PING, body=body, due_at=now, now=now)
            _record(request, "endpoint_pinged", endpoint)
        sent = endpoints.count()
        text = ngettext("%(n)d test event is on its way.", "%(n)d test events are on their way.", sent) % {"n": sent}
        self.message_user(request, text)

    @admin.action(description=gettext_lazy("Change the signing secret (the old one signs along for 7 days)"))
    def change_secret(self, request: HttpRequest, endpoints: QuerySet[Endpoint]) -> HttpResponse | None:
        if endpoints.count() != 1:
            self.message_user(request, _("Choose one endpoint: its new secret is shown once."), messages.ERROR)
            return None
        endpoint = endpoints.get()
        endpoint.change_secret(now=timezone.now())
        _record(request, "endpoint_secret_changed", endpoint)
        return self._show_secret(request, endpoint)

    def _show_secret(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "endpoint": endpoint, "title": _("Signing secret")}
        return TemplateResponse(request, SECRET_PAGE, context)
