from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "airp.web"
    label = "web"
