"""Every form is drawn by one template that names its errors and keeps what was typed."""

from django import forms


class Sample(forms.Form):
    title = forms.CharField(max_length=5, help_text="Short.")
    note = forms.CharField(required=False)
    level = forms.ChoiceField(choices=[("1", "SEV1")], widget=forms.RadioSelect)


def test_a_refused_form_keeps_every_typed_character():
    drawn = str(Sample({"title": 'too long "title" <b>', "note": "mine", "level": ""}))
    assert "too long &quot;title&quot; &lt;b&gt;" in drawn
    assert 'value="mine"' in drawn


def test_the_summary_links_to_the_fields():
    drawn = str(Sample({"title": "", "level": ""}))
    assert 'class="error-summary" tabindex="-1"' in drawn
    assert 'href="#id_title"' in drawn
    assert 'href="#id_level"' in drawn
    assert drawn.count('id="id_level"') == 1


def test_help_and_error_belong_to_the_control():
    drawn = str(Sample({"title": "", "level": "1"}))
    assert 'aria-describedby="id_title_helptext id_title_error"' in drawn
    assert 'id="id_title_helptext"' in drawn
    assert 'id="id_title_error"' in drawn
    assert 'aria-invalid="true"' in drawn


def test_a_form_without_errors_has_no_summary():
    assert "error-summary" not in str(Sample())


def test_what_may_stay_empty_says_so():
    assert str(Sample()).count("optional</span>") == 1
