"""The table of repeated duties, as beat and run_loops read it."""

from airp.celery import app, beat_schedule
from airp.schedule import JOBS, Job
from airp.web.wake import task_named


def test_beat_nudges_every_job_and_forgets_a_nudge_that_nobody_took() -> None:
    entry = beat_schedule((Job("incidents.tick", 15, "judges thresholds"),))["incidents.tick"]

    assert entry == {"task": "incidents.tick", "schedule": 15, "options": {"expires": 15}}
    assert set(app.conf.beat_schedule) == {job.task for job in JOBS}


def test_every_job_names_a_task_that_exists_and_says_why() -> None:
    assert [job.task for job in JOBS if task_named(job.task).name != job.task or not job.why] == []


def test_every_task_of_ours_has_a_name_of_our_own_and_a_queue_that_the_worker_serves() -> None:
    app.loader.import_default_modules()
    ours = [name for name in app.tasks if not name.startswith("celery.")]

    assert ours
    assert [name for name in ours if ".tasks." in name] == []
    queues = {app.amqp.router.route({}, name)["queue"].name for name in ours}
    assert queues == {"default", "outbound", "detection"}
