"""Why a link or a merge was refused."""

from incidents.response.refusals import Refusal


class CannotLink(Refusal):
    """These two incidents cannot be linked in this way."""


class LinkInWrongState(Refusal):
    """The link has ended already, or stands for a merge."""
