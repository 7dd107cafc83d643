"""A sender as its own process: the task functions in a loop, without a broker, until somebody kills it."""

import time

import django

django.setup()

from airp.outbound.tasks import send_due  # noqa: E402 - models load after the set-up

while True:
    send_due()
    time.sleep(0.1)
