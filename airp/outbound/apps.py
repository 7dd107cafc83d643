from django.apps import AppConfig


class OutboundConfig(AppConfig):
    name = "airp.outbound"
    label = "outbound"
