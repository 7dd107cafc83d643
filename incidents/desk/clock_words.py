"""What the clocks of an incident are called, on its page and on the board."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.response.clocks import Clock, ClockName

# In a row of the board, before the distance.
SHORT = {
    ClockName.ACKNOWLEDGE: gettext_lazy("acknowledge"),
    ClockName.CONTAIN: gettext_lazy("contain"),
    ClockName.NEXT_UPDATE: gettext_lazy("update"),
    ClockName.REASSESS: gettext_lazy("assess again"),
    ClockName.LANE: gettext_lazy("engage"),
    ClockName.HANDOFF: gettext_lazy("handoff"),
    ClockName.SIGN_OFF: gettext_lazy("sign-off"),
    ClockName.REVIEW: gettext_lazy("review"),
}


def clock_label(clock: Clock) -> str:
    """On the page of the incident."""
    words = {
        ClockName.ACKNOWLEDGE: _("Acknowledge"),
        ClockName.CONTAIN: _("Contain"),
        ClockName.NEXT_UPDATE: _("Next update"),
        ClockName.REASSESS: _("Assess again"),
        ClockName.LANE: _("Engage the lane: %(about)s"),
        ClockName.HANDOFF: _("Handoff to answer: %(about)s"),
        ClockName.SIGN_OFF: _("Sign-off: %(about)s"),
        ClockName.REVIEW: _("Review signed off"),
    }[clock.name]
    return words % {"about": clock.about} if clock.about else words
