"""Something to do, described in words."""

from django.utils.translation import gettext_lazy as _

from incidents.playbooks.step_kinds.base import StepKind


class Manual(StepKind):
    slug = "manual"
    label = _("To do")
    means = _("Somebody does it and says when it is done.")
    icon = "check"
