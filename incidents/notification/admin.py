"""Admin of what notification lets people configure."""

from incidents.notification.policies import admin as policies
from incidents.notification.rota import admin as rota

__all__ = ["policies", "rota"]
