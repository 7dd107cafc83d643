"""How forms are drawn: one field template for all of them."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Uses our field template, found like any other template."""

    field_template_name = "shell/field.html"
