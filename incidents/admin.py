"""Re-exports the admin classes of all packages, so that Django admin finds them."""

from incidents.detection import admin as detection

__all__ = ["detection"]
