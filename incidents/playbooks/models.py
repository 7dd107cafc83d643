"""The tables of playbooks, gathered for `incidents.models`."""

from incidents.playbooks.playbook import Playbook, PlaybookStep, PlaybookVersion
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.task import Task, TaskReminder

__all__ = ["Playbook", "PlaybookRun", "PlaybookStep", "PlaybookVersion", "Task", "TaskReminder"]
