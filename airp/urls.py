"""Addresses of the product. Each name is declared in airp/permissions.py."""

from allauth.account import views as sign_in
from django.contrib import admin
from django.urls import path

from airp import health

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("sign-in/", sign_in.login, name="account_login"),
    path("sign-out/", sign_in.logout, name="account_logout"),
    path("admin/", admin.site.urls),
]
