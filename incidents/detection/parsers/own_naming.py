"""A source's own mapping of foreign names, as admins write it: checked whole, with words at each flaw. Pure.

{"systems": {"their name": "our-slug"}, "system_from": ["label"], "default_system": "our-slug",
 "metrics": {"their_metric": {"kind": "traffic", "category": "…", "category_from": ["label"],
                              "bad_when": {"label": ["value", "*"]}, "only_when": {…}}},
 "labels": {"their label": "our name"}, "failing": ["label of an evaluation that means bad"]}

A metric may have a list of such rules; an empty list drops it.
"""

from collections.abc import Mapping
from typing import Any

from incidents.detection.parsers.naming import FAILING, SYSTEM_FROM, Naming, Rule, plain_name
from incidents.detection.parsers.signals import MAX_LABEL, MAX_LABELS, SignalKind

MAX_NAMES = 500
FIELDS = frozenset({"systems", "system_from", "default_system", "metrics", "labels", "failing"})
RULE_FIELDS = frozenset({"kind", "category", "category_from", "bad_when", "only_when"})


class BadNaming(ValueError):
    """The mapping cannot be used; the text says where and why."""


def read_naming(given: Any, *, system: str = "") -> Naming:
    """The mapping of a source; `system` is the slug of the one system it reports on, if it is tied to one."""
    own = _object(given, "the mapping")
    _only(own, FIELDS, "the mapping")
    return Naming(
        systems=_texts(own.get("systems", {}), "systems"),
        system_from=(*_names(own.get("system_from", []), "system_from"), *SYSTEM_FROM),
        default_system=_text(own.get("default_system", ""), "default_system") or system,
        metrics=_metrics(own.get("metrics", {})),
        labels=_labels(own.get("labels", {})),
        failing=frozenset(word.lower() for word in _list(own.get("failing", []), "failing")) or FAILING,
    )


def _metrics(given: Any) -> dict[str, tuple[Rule, ...]]:
    return {name: _rules(rules, f"metrics, {name}") for name, rules in _object(given, "metrics").items()}


def _rules(given: Any, where: str) -> tuple[Rule, ...]:
    rules = given if isinstance(given, list) else [given]
    return tuple(_rule(_object(rule, where), where) for rule in rules)


def _rule(given: Mapping[str, Any], where: str) -> Rule:
    _only(given, RULE_FIELDS, where)
    kind = given.get("kind")
    if kind not in tuple(SignalKind):
        raise BadNaming(f"{where}: kind must be one of {', '.join(SignalKind)}.")
    return Rule(
        kind=SignalKind(kind),
        category=_text(given.get("category", ""), f"{where}, category"),
        category_from=_names(given.get("category_from", []), f"{where}, category_from"),
        bad_when=_condition(given.get("bad_when", {}), f"{where}, bad_when"),
        only_when=_condition(given.get("only_when", {}), f"{where}, only_when"),
    )


def _condition(given: Any, where: str) -> dict[str, frozenset[str]]:
    return {plain_name(name): frozenset(_list(values, where)) for name, values in _object(given, where).items()}


def _labels(given: Any) -> dict[str, str]:
    found = {plain_name(name): ours for name, ours in _texts(given, "labels").items()}
    if len(found) > MAX_LABELS:
        raise BadNaming(f"labels: at most {MAX_LABELS} can be kept.")
    return found


def _texts(given: Any, where: str) -> dict[str, str]:
    return {name: _text(value, f"{where}, {name}") for name, value in _object(given, where).items()}


def _names(given: Any, where: str) -> tuple[str, ...]:
    return tuple(plain_name(name) for name in _list(given, where))


def _list(given: Any, where: str) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or len(values) > MAX_NAMES:
        raise BadNaming(f"{where}: write a list of texts.")
    return [_text(value, where) for value in values]


def _object(given: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, dict) or len(given) > MAX_NAMES:
        raise BadNaming(f"{where}: write an object of at most {MAX_NAMES} names, in curly brackets.")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or len(given) > MAX_LABEL or "\x00" in given:
        raise BadNaming(f"{where}: write a text of at most {MAX_LABEL} characters.")
    return given


def _only(given: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := sorted(given.keys() - known):
        raise BadNaming(f"{where}: {', '.join(unknown)} is not known. Known: {', '.join(sorted(known))}.")
