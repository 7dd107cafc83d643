"""What changed from one version of the severity matrix to the next, in sentences. Pure."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from incidents.classification.matrix import Axis, Floor, FloorReach, Matrix


def differences(before: Matrix, after: Matrix) -> list[str]:
    """Empty when nothing differs."""
    return [
        *(words for name in after.axes for words in _axis(before.axes[name], after.axes[name])),
        *_floors(before, after),
        *_levels(before, after),
    ]


def _axis(before: Axis, after: Axis) -> Iterable[str]:
    for was, now in (
        (before.title, after.title),
        (before.question, after.question),
        *zip(before.anchors, after.anchors, strict=True),
    ):
        if was != now:
            yield _("%(axis)s: “%(was)s” is now “%(now)s”.") % {"axis": after.title, "was": was, "now": now}


def _floors(before: Matrix, after: Matrix) -> Iterable[str]:
    for floor in after.floors:
        was = before.floor(floor.code)
        if was is None:
            yield _("Floor %(code)s is new: %(floor)s.") % {"code": floor.code, "floor": _said(floor)}
        elif was != floor:
            facts = {"code": floor.code, "was": _said(was), "now": _said(floor)}
            yield _("Floor %(code)s: %(was)s; now %(now)s.") % facts
    for floor in before.floors:
        if after.floor(floor.code) is None:
            yield _("Floor %(code)s is gone: %(floor)s.") % {"code": floor.code, "floor": _said(floor)}


def _levels(before: Matrix, after: Matrix) -> Iterable[str]:
    for score, (was, now) in enumerate(zip(before.levels, after.levels, strict=True)):
        if was != now:
            yield _("Score %(score)d stands for %(now)s, before for %(was)s.") % {
                "score": score,
                "was": was,
                "now": now,
            }


def _said(floor: Floor) -> str:
    facts = {"words": floor.words, "level": floor.level, "reach": FloorReach(floor.reach).label.lower()}
    return _("“%(words)s”, at least %(level)s, %(reach)s") % facts
