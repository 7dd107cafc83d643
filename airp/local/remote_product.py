"""Pulling the simulated product's levers from the demo's own page, over HTTP like any release tool."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from airp.local.product.levers import ALIAS, FLAG, MODEL, Flag
from airp.local.product.server import ALIAS_PATH

TIMEOUT_SECONDS = 3
FLAG_URL = f"/api/admin/projects/default/features/{FLAG}/environments/production"


class ProductAway(Exception):
    """The simulated product does not run, or not yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which model answers, whether the flag is on, and where the levers are."""

    model: str
    flag: Flag
    address: str


def standing() -> Standing:
    """Ask the product how it stands. Raises ProductAway."""
    alias = _call("GET", f"{ALIAS_PATH}?name={MODEL}&alias={ALIAS}")
    flag = _call("GET", FLAG_URL)
    is_on = flag["environments"][0]["enabled"]
    return Standing(alias["model_version"]["version"], Flag.ON if is_on else Flag.OFF, _address())


def point_alias_at(version: str) -> None:
    """Put another version behind the alias. Raises ProductAway."""
    _call("POST", ALIAS_PATH, {"name": MODEL, "alias": ALIAS, "version": version})


def switch(flag: Flag) -> None:
    """Turn the flag. Raises ProductAway."""
    _call("POST", f"{FLAG_URL}/{flag.value}", {})


def _address() -> str:
    try:
        return (Path(settings.STATE_DIR) / "product-address").read_text().strip()
    except OSError as error:
        raise ProductAway from error


def _call(method: str, path: str, content: dict[str, str] | None = None) -> dict[str, Any]:
    body = json.dumps(content).encode() if content is not None else None
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(_address() + path, data=body, headers=headers, method=method)  # noqa: S310 - ours
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
            given: dict[str, Any] = json.load(answer)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ProductAway from error
    return given
