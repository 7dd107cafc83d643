"""Addresses of the person's own pages."""

from django.urls import path

from airp.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("theme/", views.theme, name="theme"),
]
