"""What the customers of the demo write when a promise was not kept. Pure: the same chance gives the same words."""

import random
from typing import Any

PRESS_AFTER = 12  # the one complaint in a run that a journalist sends
CHANNELS = ("chat", "chat", "chat", "email", "phone")
OPENINGS = {
    "en": (
        "I cancelled my trip {days} days after booking and asked your chat what I get back.",
        "Your assistant told me in black and white that my booking {booking} is refundable.",
        "Yesterday I asked the chat about the flight to {place}, because my mother fell ill.",
        "I changed nothing and asked nothing special: only whether I can return my ticket to {place}.",
        "My family of four wanted to go to {place}. We had to cancel {days} days after booking.",
    ),
    "de": (
        "Ich habe {days} Tage nach der Buchung storniert und im Chat gefragt, was ich zurückbekomme.",
        "Ihr Assistent hat mir schriftlich bestätigt, dass die Buchung {booking} erstattet wird.",
        "Wegen Krankheit konnte ich nicht nach {place} fliegen und habe im Chat nachgefragt.",
        "Wir wollten zu viert nach {place} und mussten {days} Tage nach der Buchung absagen.",
    ),
}
PROMISES = {
    "en": (
        "It said: “You will receive the full {amount} EUR within five days.”",
        "It promised me {amount} EUR and even thanked me for my patience.",
        "The answer was that a full refund of {amount} EUR had been approved.",
        "I have a screenshot: “Refund of {amount} EUR granted, no further action needed.”",
    ),
    "de": (
        "Die Antwort war: „Sie erhalten die vollen {amount} EUR innerhalb von fünf Tagen.“",
        "Mir wurden {amount} EUR zugesagt, ohne jede Bedingung.",
        "Ich habe ein Bildschirmfoto: „Erstattung von {amount} EUR genehmigt.“",
    ),
}
ENDINGS = {
    "en": (
        "Now your hotline says that the assistant cannot promise anything. So whom do I believe?",
        "Nothing has arrived, and the hotline refuses. I relied on what I was told.",
        "Please pay what was promised. You reach me at {mail}.",
        "I have already booked something else with that money.",
        "Your colleague on the phone laughed. I find that outrageous. My number is {phone}.",
        "Will I get it or not?",
    ),
    "de": (
        "Jetzt heißt es, der Assistent dürfe gar nichts zusagen. Was gilt denn nun?",
        "Bitte zahlen Sie, was zugesagt wurde. Sie erreichen mich unter {mail}.",
        "Das Geld ist nicht da, und die Hotline lehnt ab.",
        "Ich habe im Vertrauen darauf schon neu gebucht. Meine Nummer ist {phone}.",
    ),
}
PLACES = ("Bergen", "Lisbon", "Split", "Reykjavík", "Palermo", "Tromsø", "Valencia")
PRESS = (
    "I write for the consumer page of a newspaper. Three readers sent us conversations in which your assistant promises"
    " refunds that your terms exclude. Is this a mistake, and will you keep these promises? I need an answer today."
)

Item = dict[str, Any]


def words(chance: random.Random, language: str) -> str:
    """Three sentences of a customer who was promised money."""
    customer = chance.randrange(100, 999)
    facts = {
        "days": chance.randrange(15, 60),
        "booking": f"HT-{chance.randrange(10_000, 99_999)}",
        "place": chance.choice(PLACES),
        "amount": chance.randrange(60, 900, 10),
        "mail": f"traveller.{customer}@mail.example",
        "phone": f"+47 9{chance.randrange(10, 99)} {customer} {chance.randrange(100, 999)}",
    }
    parts = (chance.choice(choices[language]) for choices in (OPENINGS, PROMISES, ENDINGS))
    return " ".join(parts).format(**facts)


def complaint(chance: random.Random, *, number: int, customer: str, language: str) -> Item:
    """What one customer says, in the complaint format but for id, time and system."""
    if number == PRESS_AFTER:
        return {"channel": "email", "priority_contact": "press", "category": "refund", "text": PRESS,
                "language": "en", "complainant": "desk@newspaper.example", "contact_allowed": True}  # fmt: skip
    return {
        "channel": chance.choice(CHANNELS),
        "category": "refund",
        "text": words(chance, language),
        "language": language,
        "complainant": customer,
        "contact_allowed": chance.random() < 0.8,
    }
