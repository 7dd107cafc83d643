"""Names for the filters of a list."""

from incidents.saved_views.records import DefaultView, SavedView

__all__ = ["DefaultView", "SavedView"]
