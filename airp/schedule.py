"""What runs when. Beat reads this table, and so does `manage.py run_loops`, which needs no broker.

Each job finds its own work in rows: running it twice, late or not at all for a while loses nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A repeated duty: the task's name, how often it is nudged, and why it exists."""

    task: str
    every_seconds: int
    why: str


JOBS: tuple[Job, ...] = (
    Job("incidents.check_thresholds", 5, "Judges each minute that has ended, once, by whoever comes first."),
    Job("incidents.judge_late", 30, "Judges windows again whose signals came after they had been judged."),
    Job("incidents.check_decisions", 15, "Counts and escalates breaches that nobody decided in time."),
    Job("incidents.measure_thresholds", 300, "Counts how often thresholds were right, wrong or blind."),
    Job("incidents.watch_sources", 30, "Asks about a source that went silent; ends that when it is heard again."),
    Job("incidents.keep_signals", 3600, "Makes tomorrow's partitions and drops signals past their term."),
    Job("incidents.escalate", 5, "calls the next person where nobody acknowledged in time or a mail reached nobody"),
    Job(
        "incidents.sweep_coordination",
        15,
        "Notes lanes that are late; reminds of sign-offs, handoffs and decisions.",
    ),
    Job("incidents.sweep_tasks", 15, "Reminds owners of due tasks and ends waits whose time has passed."),
    Job("incidents.erase_samples", 3600, "Erases originals of harm samples past their term."),
    Job("incidents.erase_attachments", 3600, "Erases the content of attached files past their term."),
    Job("outbound.send_due", 5, "Sends what is due, also what no wake-up reached."),
    Job(
        "incidents.react", 5, "turns facts into alerts, reviews and deliveries when the nudge after the commit was lost"
    ),
)
