"""People in the admin: the one place where they are made, given roles and switched off."""

from typing import ClassVar

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Role

# Rights come from roles and sign-in addresses from people: these two would be switches without an effect.
admin.site.unregister([Group, EmailAddress])


class _RolesMixin(forms.ModelForm):
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Roles add up. Without one a person can sign in and see only the profile."),
    )  # fmt: skip


class NewPersonForm(_RolesMixin, BaseUserCreationForm):
    """A new person with a first password, to be changed on the profile page."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["email", "name", "roles"]


class PersonForm(_RolesMixin, UserChangeForm):
    """A person who is already there."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "name", "email", "password", "roles", "is_approver", "is_active", "time_zone", "theme", "has_shortcuts",
        ]  # fmt: skip


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Columns answer: who, with which roles, still active."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("name", "email", "role_words", "is_approver", "is_active")
    list_filter = ("is_active", "is_approver")
    search_fields = ("name", "email")
    ordering = ("name", "pk")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        (_("What this person may do"), {"fields": ("roles", "is_approver", "is_active")}),
        (_("Manners of the page"), {"fields": ("time_zone", "theme", "has_shortcuts")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "email", "roles", "password1", "password2")}),)

    @admin.display(description=_("roles"))
    def role_words(self, person: User) -> str:
        return ", ".join(str(Role(role).label) for role in person.roles) or "—"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return User.objects.all()

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """The record keeps the name: people are switched off, never deleted."""
        return False
