"""The standing cast of the tests, and makers of the things they meet."""

from airp.accounts.models import User
from airp.accounts.roles import Role

PASSWORD = "correct horse battery staple"
CAST = {
    "tess": ("Tess Triager", [Role.TRIAGE]),
    "ravi": ("Ravi Responder", [Role.RESPONDER]),
    "lee": ("Lee Legal", [Role.LEGAL]),
    "edie": ("Edie Editor", [Role.EDITORIAL]),
    "pia": ("Pia Policy", [Role.POLICY]),
    "cora": ("Cora Communications", [Role.COMMUNICATIONS]),
    "mo": ("Mo Manager", [Role.MANAGER]),
    "ada": ("Ada Admin", [Role.ADMIN]),
    "uma": ("Uma Auditor", [Role.AUDITOR]),
    "sam": ("Sam Stranger", []),
}


def person(first_name: str) -> User:
    """A member of the cast, made when first asked for."""
    name, roles = CAST[first_name]
    email = f"{first_name}@example.com"
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(
        email=email, name=name, password=PASSWORD, roles=[role.value for role in roles], is_approver=first_name == "mo"
    )
