"""Addresses of reviews, by package. Each name is declared in airp/permissions.py."""

from reviews.postmortem.urls import patterns as postmortem

app_name = "reviews"
urlpatterns = [*postmortem]
