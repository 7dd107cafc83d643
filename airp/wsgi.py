"""The WSGI application, served by granian; with the sign of life that a web process leaves in the database."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airp.settings")
application = get_wsgi_application()
# By name, because models can be imported only now.
import_string("incidents.detection.door.start")()
