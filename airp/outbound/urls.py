"""Addresses of the delivery pages."""

from django.urls import path

from airp.outbound import views

app_name = "outbound"
urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("<int:pk>/", views.delivery, name="delivery"),
    path("<int:pk>/retry/", views.retry, name="retry"),
    path("<int:pk>/discard/", views.discard, name="discard"),
]
