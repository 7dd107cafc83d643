"""The Celery application. It wakes workers and remembers nothing: work is rows in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airp.settings")

app = Celery("airp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
