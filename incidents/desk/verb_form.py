"""What every small form of an incident can do: start from what is so now, and tell a conflict."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms

from incidents.desk.choices import Choices
from incidents.response.models import Incident


class VerbForm(forms.Form):
    """Knows its incident, to start from what is so now. `choices` are read once for all forms of a page."""

    use_required_attribute = False
    # Form field -> property of Choices
    lists: ClassVar[Mapping[str, str]] = {}

    def __init__(self, data: Any = None, *, incident: Incident, name: str, choices: Choices | None = None) -> None:
        self.incident = incident
        super().__init__(data, auto_id=f"{name}-%s", initial=self.starting_from(incident))
        for field, list_name in self.lists.items() if choices else ():
            self.offer(field, getattr(choices, list_name))

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {}

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        """The values that differ from what is so now, for the conflict: label, theirs, mine."""
        return []

    def on_top_of(self, incident: Incident) -> Self:
        """The same typed text, on the version that the incident has now."""
        return self

    def offer(self, field_name: str, options: list[tuple[Any, str]]) -> None:
        """Draw a list that was read already, so that two forms need not read it twice."""
        field: Any = self.fields[field_name]
        empty = [("", field.empty_label)] if field.empty_label else []
        field.widget.choices = [*empty, *options]


class VersionedForm(VerbForm):
    """Carries the version it was opened with, so that nobody overwrites a colleague's change unseen.

    `seen` is what the form's own subject was then: a change of something else is no conflict.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {"version": incident.version, "seen": self.subject(incident)}

    def on_top_of(self, incident: Incident) -> Self:
        now_on = {"version": str(incident.version), "seen": self.subject(incident)}
        self.data = {**{name: self.data.get(name) for name in self.fields}, **now_on}
        return self

    @classmethod
    def subject(cls, incident: Incident) -> str:
        """What this form is about, as it is now, in one comparable text."""
        raise NotImplementedError
