"""What people outside the team read of an incident, and who of them hears of changes."""

from incidents.status.subscriptions import Subscription
from incidents.status.words import StatusWords

__all__ = ["StatusWords", "Subscription"]
