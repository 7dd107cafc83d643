"""Re-exports the admin classes of all packages, so that Django admin finds them."""

from incidents.classification import admin as classification
from incidents.complaints import admin as complaints
from incidents.coordination import admin as coordination
from incidents.detection import admin as detection
from incidents.notification import admin as notification
from incidents.playbooks import admin as playbooks
from incidents.systems import admin as systems

__all__ = ["classification", "complaints", "coordination", "detection", "notification", "playbooks", "systems"]
