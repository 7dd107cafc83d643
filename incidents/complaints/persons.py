"""Who complained, told apart without being stored: a keyed hash of the contact, and codes to follow a complaint.

The key comes from the installation. Without it nobody can test whether an address is among the complainants.
"""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata

from django.conf import settings

CODE_BYTES = 15  # 120 bits, 24 characters
_CODE = re.compile(r"[a-z2-7]{24}")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\+?[\d\s()./-]{6,}")


def person_hash(contact: str) -> str:
    """The same for every way to write one address or number; empty for nobody."""
    known_as = normalised(contact)
    return _keyed("person", known_as).hex() if known_as else ""


def normalised(contact: str) -> str:
    """One way to write an address: mail in small letters, a phone number as digits, other references as they are."""
    text = unicodedata.normalize("NFKC", contact).strip()
    if _MAIL.fullmatch(text):
        return f"mail:{text.casefold()}"
    if _PHONE.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        return f"phone:{digits.removeprefix('00')}"
    return f"reference:{text.casefold()}" if text else ""


def new_ticket() -> str:
    """One filling-in of a form. Sent twice it is one complaint, and its code can be told again."""
    return secrets.token_urlsafe(24)


def code_of(ticket: str) -> str:
    """The follow code of a complaint that was made with a ticket."""
    return base64.b32encode(_keyed("follow", ticket)[:CODE_BYTES]).decode().lower()


def new_code() -> str:
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()


def digest_of_code(code: str) -> bytes | None:
    """What is stored of a follow code; None for what can be none. 120 random bits need no slow hash."""
    typed = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(typed.encode()).digest() if _CODE.fullmatch(typed) else None


def digest_of_ticket(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def _keyed(purpose: str, text: str) -> bytes:
    return hmac.digest(settings.PERSON_KEY.encode(), f"{purpose}/{text}".encode(), "sha256")
