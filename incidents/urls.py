"""Addresses of incidents, by package. Each name is declared in airp/permissions.py."""

from incidents.complaints.urls import patterns as complaints
from incidents.coordination.urls import patterns as coordination
from incidents.desk.urls import patterns as desk
from incidents.detection.urls import patterns as detection
from incidents.impact.urls import patterns as impact
from incidents.linking.urls import patterns as linking
from incidents.notification.urls import patterns as notification
from incidents.playbooks.urls import patterns as playbooks
from incidents.reports.urls import patterns as reports

app_name = "incidents"
urlpatterns = [*desk, *coordination, *complaints, *detection, *impact, *linking, *notification, *playbooks, *reports]
