"""Addresses of the product. Each name is declared in airp/permissions.py."""

from allauth.account import views as sign_in
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from airp import health
from airp.web.gallery import components

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("sign-in/", sign_in.login, name="account_login"),
    path("sign-out/", sign_in.logout, name="account_logout"),
    path("profile/password/", sign_in.password_change, name="account_change_password"),
    path("profile/", include("airp.accounts.urls")),
    path("deliveries/", include("airp.outbound.urls")),
    path("", include("reviews.urls")),
    path("admin/", admin.site.urls),
    path("", include("incidents.urls")),
]

if settings.IS_LOCAL:
    urlpatterns += [
        path("dev/components/", components, name="dev_components"),
        path("dev/", include("airp.local.urls")),
    ]
