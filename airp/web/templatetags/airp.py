"""Template tags used on most pages. Registered as builtins: no page loads them."""

from django import template

register = template.Library()
