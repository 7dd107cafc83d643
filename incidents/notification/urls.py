"""Addresses of notification; `incidents/urls.py` includes them."""

from django.urls import path

from incidents.notification import mail_link_pages
from incidents.notification.channels import pages as channels
from incidents.notification.policies import pages as policies
from incidents.notification.rota import pages as rota

patterns = [
    path("profile/channels/", channels.channels, name="channels"),
    path("profile/channels/<int:pk>/rules/", channels.rules, name="channel_rules"),
    path("profile/channels/<int:pk>/test/", channels.test, name="channel_test"),
    path("profile/channels/<int:pk>/removal/", channels.removal, name="channel_removal"),
    path("acknowledge/<str:link>/", mail_link_pages.acknowledge_by_mail, name="acknowledge_by_mail"),
    path("escalation/", policies.policies, name="escalation_policies"),
    path("on-call/", rota.on_call, name="on_call"),
    path("on-call/<int:pk>/span/", rota.span, name="on_call_span"),
    path("on-call/<int:pk>/order/", rota.order, name="on_call_order"),
    path("on-call/overrides/<int:pk>/withdrawal/", rota.withdrawal, name="on_call_withdrawal"),
    path("on-call/calendar/", rota.calendar_link, name="on_call_calendar_link"),
    path("on-call/calendar/<str:calendar>.ics", rota.calendar, name="on_call_calendar"),
]
