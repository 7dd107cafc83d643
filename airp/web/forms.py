"""How forms are drawn: one form template, one field template, fields that know their error."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from airp.web.visible import one_line


class Renderer(TemplatesSetting):
    """`{{ form }}` is the error summary and the fields; `{{ form.title.as_field_group }}` one field."""

    form_template_name = "shell/form.html"
    field_template_name = "shell/field.html"


class TitleField(forms.CharField):
    """What something is called in lists, in one line; of unseen characters alone it is as good as empty."""

    def to_python(self, value: Any) -> Any:
        return one_line(super().to_python(value) or "")
