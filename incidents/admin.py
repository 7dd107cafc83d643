"""Re-exports the admin classes of all packages, so that Django admin finds them."""

from incidents.classification import admin as classification
from incidents.complaints import admin as complaints
from incidents.detection import admin as detection
from incidents.notification import admin as notification
from incidents.playbooks import admin as playbooks
from incidents.systems import admin as systems

__all__ = ["classification", "complaints", "detection", "notification", "playbooks", "systems"]
