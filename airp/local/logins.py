"""The people of the demo: one sign-in per role, and the owner of the AI system that goes wrong.

The seed creates them; `make demo` prints them.
"""

from dataclasses import dataclass

PASSWORD = "halden-demo-2026"  # noqa: S105 - the demo's, printed on the screen; never used outside it
DOMAIN = "halden.example"


@dataclass(frozen=True, slots=True)
class Login:
    """A person who can sign in to the demo. `roles` are values of `airp.accounts.roles.Role`."""

    name: str
    roles: tuple[str, ...]
    job: str
    is_approver: bool = False

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


LOGINS = (
    Login("Sara Nygaard", ("triage",), "triage"),
    Login("Tomas Vreeland", ("responder",), "responder", is_approver=True),
    Login("Ingrid Solheim", ("responder",), "owner (responder)"),
    Login("Helene Dahl", ("legal",), "legal"),
    Login("Marta Lindqvist", ("editorial",), "editorial"),
    Login("Kofi Mensah", ("communications",), "communications"),
    Login("Yara Haddad", ("policy",), "policy"),
    Login("Lars Bakke", ("manager",), "manager", is_approver=True),
    Login("Mina Osei", ("admin",), "admin"),
    Login("Petra Vogel", ("auditor",), "auditor (reads)"),
    Login("Anders Holm", ("stakeholder",), "executive view"),
)


def table() -> str:
    """The logins as `make demo` prints them."""
    lines = [f"  {login.job:<18} {login.email:<32} {login.name}" for login in LOGINS]
    return "\n".join([*lines, "", f"  Password of all: {PASSWORD}"])
