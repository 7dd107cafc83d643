"""Walks the URLconf: every address that this project answers."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Address:
    """A named pattern of the URLconf, with the names of its parameters."""

    view_name: str
    parameters: tuple[str, ...]


def every_address() -> list[Address]:
    return list(_walk(get_resolver(), namespaces=(), parameters=()))


def _walk(resolver: URLResolver, *, namespaces: tuple[str, ...], parameters: tuple[str, ...]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        found = (*parameters, *pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern, namespaces=inner, parameters=found)
        elif isinstance(pattern, URLPattern):
            name = pattern.name or ""
            yield Address(view_name=":".join((*namespaces, name)), parameters=found)
