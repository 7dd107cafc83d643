"""Addresses of incidents, by package. Each name is declared in airp/permissions.py."""

from incidents.desk.urls import patterns as desk

app_name = "incidents"
urlpatterns = [*desk]
