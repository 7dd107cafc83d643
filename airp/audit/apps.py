from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "airp.audit"
    label = "audit"
    verbose_name = "Audit"
