"""Every component with all its variants on one page, for builders and for the browser tests."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from airp.web.answers import answer, refused, toast

PAGE = "dev/components.html"
AMARA = SimpleNamespace(name="Amara Okafor", short_name="Amara O.")
HOSTILE = "Refund granted \u202egnp.exe\u202c to <script>alert(1)</script>\u200b <b hx-get='/x'>now</b>"
NOTE = """## What we saw
The assistant **promised refunds** against policy in `refund-flow`:

- 41 of 2,310 answers
- first at 13:02, see https://example.com/trace/7

<img src=x onerror=alert(1)> [click](javascript:alert(1))
"""


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(max_length=40, help_text="As people will say it aloud.")
    level = forms.ChoiceField(choices=[("", "Choose"), ("SEV1", "SEV1"), ("SEV2", "SEV2")])
    began = forms.DateTimeField(required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    kind = forms.ChoiceField(choices=[("b", "Biased output"), ("p", "Privacy leak")], widget=forms.RadioSelect)
    lanes = forms.MultipleChoiceField(
        required=False, choices=[("l", "Legal"), ("e", "Editorial")], widget=forms.CheckboxSelectMultiple
    )
    restricted = forms.BooleanField(required=False, help_text="Only named people see it.")
    note = forms.CharField(required=False, widget=forms.Textarea)


def components(request: HttpRequest) -> HttpResponse:
    """The gallery. A POST shows the refusal or a toast, as a page would."""
    now = timezone.now()
    if request.method != "POST":
        return answer(request, PAGE, _samples(now) | {"form": SampleForm()}, partial="form")
    form = SampleForm(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _samples(now) | {"form": form}, partial="form")
    accepted = answer(request, PAGE, _samples(now) | {"form": SampleForm()}, partial="form")
    return toast(accepted, "Saved as SEV2.", undo_url=request.path)


def _samples(now: datetime) -> dict[str, object]:
    return {
        "now": now,
        "minute_ago": now - timedelta(minutes=4),
        "days_ago": now - timedelta(days=12),
        "soon": now + timedelta(minutes=12),
        "later": now + timedelta(hours=3, minutes=5),
        "missed": now - timedelta(minutes=2),
        "amara": AMARA,
        "hostile": HOSTILE,
        "tones": ("critical", "high", "moderate", "low", "info", "good"),
        "steps": _steps(now),
        "entries": _entries(now),
        "tabs": _tabs(),
        "rows": ROWS,
        "facts": [
            {"label": "System", "value": "support-assistant"},
            {"label": "Breach rate", "value": "1.8 % of 4,210, limit 1.0 %"},
            {"label": "Exposed people", "value": "— (no estimate yet)"},
        ],
    }


ROWS = [
    {"tone": "critical", "level": "SEV1", "title": "Chatbot gives self-harm advice after jailbreak prompt",
     "system": "support-bot", "reports": 41},
    {"tone": "high", "level": "SEV2", "title": "Hiring ranker rejects applicants over 55 at 2.3× the rate",
     "system": "rank-v7", "reports": 12},
    {"tone": "moderate", "level": "SEV3", "title": "Toxicity filter false positives up 38 %",
     "system": "filter-en", "reports": 77},
    {"tone": "info", "level": "Unrated", "title": "Complaint volume above the weekly baseline",
     "system": "intake", "reports": 18},
]  # fmt: skip


def _steps(now: datetime) -> list[dict[str, object]]:
    return [
        {"label": "Reported", "state": "done", "at": now - timedelta(minutes=31)},
        {"label": "Triaged", "state": "done", "at": now - timedelta(minutes=20)},
        {"label": "Contained", "state": "current", "at": None},
        {"label": "Resolved", "state": "coming", "at": None},
        {"label": "Closed", "state": "coming", "at": None},
    ]


def _entries(now: datetime) -> list[dict[str, object]]:
    return [
        {"id": 3, "at": now - timedelta(minutes=4), "what": "Severity raised from SEV3 to SEV1", "who": AMARA.name,
         "tone": "critical", "icon": "trending-up", "reason": "Two people followed the advice.", "text": ""},
        {"id": 2, "at": now - timedelta(minutes=12), "what": "Note added", "who": AMARA.name,
         "tone": "info", "icon": "message-square", "reason": "", "text": NOTE},
        {"id": 1, "at": now - timedelta(minutes=31), "what": "Declared by a threshold", "who": "",
         "tone": "high", "icon": "gauge", "reason": "", "text": ""},
    ]  # fmt: skip


def _tabs() -> list[dict[str, object]]:
    return [
        {"label": "Open", "url": "?view=open", "count": 4, "is_current": True},
        {"label": "Mine", "url": "?view=mine", "count": 2, "is_current": False},
        {"label": "Overdue", "url": "?view=overdue", "count": 0, "is_current": False},
        {"label": "All", "url": "?view=all", "count": None, "is_current": False},
    ]
