"""Who works at Halden Travel. Everybody has the demo's password."""

from django.contrib.auth.hashers import make_password

from airp.accounts.models import User
from airp.local.logins import LOGINS, PASSWORD, Login

ZONE = "Europe/Oslo"
COLLEAGUES = (
    Login("Priya Raman", ("responder",), "owns the candidate ranker"),
    Login("Jonas Eide", ("responder",), "deputy for the candidate ranker"),
    Login("Owen Achterberg", ("editorial",), "deputy for the travel brief"),
)
People = dict[str, User]


def install() -> People:
    """Create who is missing; return everybody by first name in lower case."""
    password = make_password(PASSWORD)  # hashed once: it is slow on purpose
    return {login.name.split()[0].lower(): _person(login, password) for login in (*LOGINS, *COLLEAGUES)}


def _person(login: Login, password: str) -> User:
    fields = {
        "name": login.name,
        "roles": list(login.roles),
        "is_approver": login.is_approver,
        "time_zone": ZONE,
        "password": password,
    }
    return User.objects.get_or_create(email=login.email, defaults=fields)[0]
