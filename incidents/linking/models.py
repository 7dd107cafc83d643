"""The tables of links, gathered for `incidents.models`."""

from incidents.linking.link import Link
from incidents.linking.merge import Merge

__all__ = ["Link", "Merge"]
