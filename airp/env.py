"""The reader of environment variables: fails loudly with the variable's name; `X_FILE` may hold the value of `X`."""

from datetime import timedelta
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv, validate

env = FileAwareEnv(eager=True)


def choice(name: str, allowed: tuple[str, ...], *, default: str) -> str:
    """One of a few words. Raises EnvError with the name and the words that are possible."""
    return env.str(name, default=default, validate=validate.OneOf(allowed, error="Use one of: {choices}."))


def days(name: str, *, default: int, least: int) -> timedelta:
    """How long something is kept. Raises EnvError with the name for fewer days than make sense."""
    at_least = validate.Range(min=least, error=f"Keep it for {least} days at least.")
    return timedelta(days=env.int(name, default=default, validate=at_least))


def secret(name: str) -> str:
    """A value that must be there and must not be empty. Raises ImproperlyConfigured with the name, never the value."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE). docs/configuration.md says what it is for.")
    return value


def database(name: str) -> dict[str, Any]:
    """A Django database configuration from a URL; a socket folder is written percent-encoded as the host."""
    url = secret(name)
    try:
        config = dj_database_url.parse(url)
    except Exception as error:  # the library raises several kinds; none names the variable
        raise ImproperlyConfigured(f"{name} is not a database URL (the value is not shown).") from error
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL; airp rests on PostgreSQL.")
    return dict(config)
