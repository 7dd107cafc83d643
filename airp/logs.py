"""Structured logs: one JSON object a line in production, readable lines on a developer's machine.

Tracebacks are plain: local variables are never printed, because they hold secrets and people's words.
"""

import copy
import logging.config
import re
from typing import Any

import structlog
from django.core.exceptions import BadRequest, SuspiciousOperation

_FOLLOW = re.compile(r"/follow/[^/\s]+")


def without_query(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Addresses lose what stands behind the question mark: tokens sent there by mistake, and what people search for.

    They also lose the code by which somebody follows a complaint.
    """
    if isinstance(request := event.get("request"), str):
        event["request"] = _FOLLOW.sub("/follow/…", request.partition("?")[0])
    return event


class Unasked(logging.Filter):
    """A request that no browser of ours sends, such as for a foreign host, is refused with 400: one line of warning.

    It is no error of ours, and whoever sends many of them must not fill the log with tracebacks.
    """

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, BadRequest | SuspiciousOperation):
            return record
        told = copy.copy(record)
        told.levelno, told.levelname, told.exc_info, told.exc_text = logging.WARNING, "WARNING", None, None
        return told


_SHARED: list[Any] = [
    without_query,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _renderers(form: str) -> list[Any]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return [plain]


def configure(options: dict[str, Any]) -> None:
    """Set up logging. `options` holds `level` and `form` ("json" or "readable")."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "airp": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _SHARED,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *_renderers(options["form"]),
                    ],
                }
            },
            "filters": {"unasked": {"()": Unasked}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "airp", "filters": ["unasked"]}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.server": {"handlers": [], "propagate": True},
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
