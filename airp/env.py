"""Readers of environment variables that fail loudly, with the variable's name."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def _read(name: str) -> str | None:
    """The value of `name`, or the content of the file that `name_FILE` points to."""
    if (path := os.environ.get(f"{name}_FILE")) is not None:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}.") from error
    return os.environ.get(name)


def required(name: str) -> str:
    """The value of `name`. Raises ImproperlyConfigured when it is missing or empty."""
    value = _read(name)
    if not value:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE). docs/configuration.md says what it is for.")
    return value


def optional(name: str, *, default: str) -> str:
    value = _read(name)
    return default if value is None else value


def choice(name: str, allowed: tuple[str, ...], *, default: str) -> str:
    value = optional(name, default=default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of: {', '.join(allowed)}.")
    return value


def whole_number(name: str, *, default: int) -> int:
    value = optional(name, default=str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number.") from error


def words(name: str, *, default: str | None = None) -> list[str]:
    """A comma-separated list. Without a default, at least one word is demanded."""
    value = required(name) if default is None else optional(name, default=default)
    return [word.strip() for word in value.split(",") if word.strip()]


def database(name: str) -> dict[str, Any]:
    """A Django database configuration from a URL; a socket folder is written percent-encoded as host."""
    url = required(name)
    try:
        config = dj_database_url.parse(url)
    except Exception as error:  # the library raises several kinds; none names the variable
        raise ImproperlyConfigured(f"{name} is not a database URL (the value is not shown).") from error
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL; airp rests on PostgreSQL.")
    return dict(config)
