"""Addresses of links and merges; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.linking import pages, together_pages

ROOM = "incidents/<str:reference>/"

patterns = [
    path("together/", together_pages.together, name="together"),
    path("together/merge/", together_pages.merge_chosen, name="together_merge"),
    path("together/link/", together_pages.link_chosen, name="together_link"),
    path("merges/<int:pk>/return/", pages.undo, name="merge_undo"),
    path(f"{ROOM}links/", pages.links, name="links"),
    path(f"{ROOM}links/candidates/", pages.offers, name="link_candidates"),
    path(f"{ROOM}links/<int:pk>/end/", pages.end, name="link_end"),
    path(f"{ROOM}merge/", pages.merge_page, name="merge"),
    path(f"{ROOM}unmerge/", pages.unmerge_page, name="unmerge"),
]
