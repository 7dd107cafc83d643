"""What is hidden from foreign texts before anybody reads them: addresses, numbers of people, keys. Pure.

Better one number too many than one too few: the original of a complaint can be revealed, with a reason. Where texts are
full of figures and names of machines, `spares` says what stays.
"""

import re
from collections.abc import Callable

MAIL = "[e-mail hidden]"
PHONE = "[phone hidden]"
CARD = "[card hidden]"
ACCOUNT = "[bank account hidden]"
SECRET = "[secret hidden]"  # noqa: S105 - what stands in its place
SHORTEST_IBAN = 15
_LETTERS_BEFORE_ZERO = 55  # "A" is 10 in the check digits of an IBAN

_KEYS = re.compile(
    r"(?<![\w-])eyJ[\w-]++\.[\w-]+\.[\w-]*"
    r"|\b(?:sk|pk|rk|ghp|gho|xox[abp]|whsec|airp)[-_][A-Za-z0-9_-]{8,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|(?i:\b(?:bearer|basic)\s+[\w.~+/=-]{8,})"
    r"|(?i:\b(?:password|passwd|passwort|kennwort|pin|secret|token|api[_-]?key)\b[\"']?\s*(?:[:=]|is|ist)\s*[\"']?[^\s\"',;]+)"
)
_LONG_RUN = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{32,}={0,2}"
)
# Each run of characters is looked at once (a lookbehind, possessive repeats): no text takes longer than its length.
_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]++\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d(?:[\s()./-]{0,2}\d){6,14}(?!\w)")
# Numbers of ours, which are nobody's: of incidents and of complaints.
_OURS = re.compile(r"(?<![\w-])((?:AIR|CMP)-20\d\d-\d{4,6})(?![\w-])")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
# The number of a file at an authority or a court, where the word before it says so.
_FILE = re.compile(r"(?:19|20)\d\d[-/]\d{3,7}")
_FILE_WORD = re.compile(
    r"\b(?:file|case|docket|reference|ref|aktenzeichen|az|geschäftszeichen|vorgang)\b[.:]?(?:\s+(?:no|nr|number)\b\.?)?\s*$",
    re.IGNORECASE,
)
_LONGEST_FILE_WORD = 40


def spare_nothing(_found: str) -> bool:
    return False


def redact(text: str, *, spares: Callable[[str], bool] = spare_nothing) -> str:
    """The text without what tells who somebody is or opens a door."""
    text = _KEYS.sub(SECRET, text)
    text = _LONG_RUN.sub(_if(lambda found: not spares(found), SECRET), text)
    text = _MAIL.sub(MAIL, text)
    text = _IBAN.sub(_without_account, text)
    between = _OURS.split(text)
    between[::2] = [_without_numbers(part, spares) for part in between[::2]]
    return "".join(between)


def _without_numbers(text: str, spares: Callable[[str], bool]) -> str:
    text = _CARD.sub(_if(passes_luhn, CARD), text)
    return _PHONE.sub(lambda found: PHONE if _is_phone(found) and not spares(found.group()) else found.group(), text)


def passes_luhn(number: str) -> bool:
    """The check digit of payment cards."""
    digits = [int(digit) for digit in number if digit.isdecimal()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """The check digits of bank accounts (ISO 7064, mod 97)."""
    plain = re.sub(r"[ -]", "", text).upper()
    moved = plain[4:] + plain[:4]
    number = "".join(mark if mark.isdecimal() else str(ord(mark) - _LETTERS_BEFORE_ZERO) for mark in moved)
    return int(number) % 97 == 1


def _without_account(found: re.Match[str]) -> str:
    """A word after the number may look like a part of it: the longest beginning that passes is the account."""
    text = found.group()
    places = range(len(text), SHORTEST_IBAN - 1, -1)
    ends = (end for end in places if text[end - 1] not in " -" and text[end : end + 1] in {"", " ", "-"})
    end = next((end for end in ends if is_iban(text[:end])), 0)
    return ACCOUNT + text[end:] if end else text


def _is_phone(found: re.Match[str]) -> bool:
    """Seven digits or more, no date, no file number. Amounts and booking numbers of fewer digits stay."""
    number = found.group().strip()
    before = found.string[max(0, found.start() - _LONGEST_FILE_WORD) : found.start()]
    is_file = _FILE.fullmatch(number) is not None and _FILE_WORD.search(before) is not None
    return not is_file and not _DATE.fullmatch(number)


def _if(judge: Callable[[str], bool], instead: str) -> Callable[[re.Match[str]], str]:
    return lambda found: instead if judge(found.group()) else found.group()
