"""How forms are drawn: one form template, one field template, fields that know their error."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """`{{ form }}` is the error summary and the fields; `{{ form.title.as_field_group }}` one field."""

    form_template_name = "shell/form.html"
    field_template_name = "shell/field.html"
