"""Addresses of the demo's own pages."""

from django.urls import path

from airp.local import views
from airp.local.changes import changes

urlpatterns = [
    path("mail/", views.mail, name="dev_mail"),
    path("mail/<slug:name>/", views.mail_message, name="dev_mail_message"),
    path("product/", views.product, name="dev_product"),
    path("changes/", changes, name="dev_changes"),
]
