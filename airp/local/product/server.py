"""The addresses by which release tools change the assistant: MLflow's model alias and Unleash's flag.

Shapes as MLflow's REST API 2.0 (registered-models/alias) and Unleash's admin API (features/environments).
"""

import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from airp.local.product.levers import ALIAS, FLAG, MODEL, Flag, Levers, UnknownVersion

ALIAS_PATH = "/api/2.0/mlflow/registered-models/alias"
FLAG_PATH = re.compile(rf"/api/admin/projects/default/features/{FLAG}(?:/environments/production(?:/(on|off))?)?")
LARGEST_BODY = 64 * 1024


class Server(ThreadingHTTPServer):
    """Listens on this machine only, on a port of its own choice."""

    daemon_threads = True

    def __init__(self, levers: Levers, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.levers = levers

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers JSON and nothing else."""

    server: Server
    timeout = 10

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        if target.path == ALIAS_PATH:
            asked = {name: values[0] for name, values in parse_qs(target.query).items()}
            return self._alias() if self._is_ours(asked) else self._unknown_alias()
        if FLAG_PATH.fullmatch(target.path):
            return self._flag()
        return self._answer(HTTPStatus.NOT_FOUND, {"error_code": "ENDPOINT_NOT_FOUND"})

    def do_POST(self) -> None:
        given = self._body()
        if self.path == ALIAS_PATH:
            return self._point_alias(given)
        match = FLAG_PATH.fullmatch(self.path)
        if match and match.group(1):
            self.server.levers.switch(Flag(match.group(1)))
            return self._flag()
        return self._answer(HTTPStatus.NOT_FOUND, {"error_code": "ENDPOINT_NOT_FOUND"})

    def _point_alias(self, given: dict[str, Any]) -> None:
        if not self._is_ours(given):
            return self._unknown_alias()
        try:
            self.server.levers.point_alias_at(str(given.get("version", "")))
        except UnknownVersion as error:
            return self._answer(HTTPStatus.NOT_FOUND, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": str(error)})
        return self._answer(HTTPStatus.OK, {})

    def _is_ours(self, asked: dict[str, Any]) -> bool:
        return (asked.get("name"), asked.get("alias")) == (MODEL, ALIAS)

    def _alias(self) -> None:
        model, _flag = self.server.levers.settings
        self._answer(HTTPStatus.OK, {"model_version": {"name": MODEL, "version": model, "aliases": [ALIAS]}})

    def _unknown_alias(self) -> None:
        message = f"The only alias here is {ALIAS} of {MODEL}."
        self._answer(HTTPStatus.NOT_FOUND, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": message})

    def _flag(self) -> None:
        _model, flag = self.server.levers.settings
        environment = {"name": "production", "enabled": flag == Flag.ON}
        self._answer(HTTPStatus.OK, {"name": FLAG, "environments": [environment]})

    def _body(self) -> dict[str, Any]:
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY)
        try:
            given = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            return {}
        return given if isinstance(given, dict) else {}

    def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        print(f"lever {format % args}", flush=True)
