"""Handoffs of a lead, a lane or a shift, in sentences. Facts: `what` is passed, `from` whom `to` whom, `lane`."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from incidents.response.kinds import Kind
from incidents.response.lanes import Lane
from incidents.response.names import Facts, Names, Say


def _what(facts: Facts, names: Names) -> str:
    if facts["what"] == "shift":
        return _("Shift of %(name)s") % {"name": names.person(facts["from"])}
    if facts["what"] == "lane":
        return _("Lane %(lane)s") % {"lane": str(Lane(facts["lane"]).label).lower()}
    return _("Lead")


def _say(words: Callable[[], str]) -> Say:
    return lambda facts, names: (
        words()
        % {
            "what": _what(facts, names),
            "giver": names.person(facts["from"]),
            "receiver": names.person(facts["to"]),
            "version": facts["version"],
        }
    )


def _withdrawn(facts: Facts, names: Names) -> str:
    if facts.get("ended"):
        return _say(lambda: _("%(what)s: the offer to %(receiver)s ended with what was offered"))(facts, names)
    return _say(lambda: _("%(what)s: %(giver)s withdrew the offer to %(receiver)s"))(facts, names)


def _rated(facts: Facts, names: Names) -> str:
    words = {
        "complete": _("%(what)s: %(receiver)s found the handoff complete"),
        "missing": _("%(what)s: %(receiver)s found that something was missing in the handoff"),
        "unusable": _("%(what)s: %(receiver)s could not use the handoff"),
    }
    return _say(lambda: words[facts["rating"]])(facts, names)


HANDOFFS: dict[str, Say] = {
    Kind.HANDOFF_OFFERED: _say(lambda: _("%(what)s offered to %(receiver)s with a packet")),
    Kind.HANDOFF_REVISED: _say(
        lambda: _("%(what)s: packet changed to version %(version)d and offered to %(receiver)s again")
    ),
    Kind.HANDOFF_RETURNED: _say(lambda: _("%(what)s: %(receiver)s returned the packet, something is missing")),
    Kind.HANDOFF_ACCEPTED: _say(lambda: _("%(what)s: %(receiver)s accepted the handoff from %(giver)s")),
    Kind.HANDOFF_WITHDRAWN: _withdrawn,
    Kind.HANDOFF_VOIDED: _say(
        lambda: _("%(what)s: the offer to %(receiver)s is void, %(giver)s does not lead any more")
    ),
    Kind.HANDOFF_UNANSWERED: _say(lambda: _("%(what)s: %(receiver)s did not answer the handoff in time")),
    Kind.HANDOFF_RATED: _rated,
}
