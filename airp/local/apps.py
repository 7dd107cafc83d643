from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "airp.local"
    label = "local"
