"""Every page of the product as somebody comes to see it: who, at which address, and what they do there first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from airp.accounts.models import User
from airp.accounts.roles import Role
from incidents.coordination.handoffs.handoff import Handoff
from incidents.desk.room import SAID
from incidents.desk.steps import STEPS
from incidents.playbooks.playbook import PlaybookStep
from incidents.response.models import Incident
from incidents.status.subscriptions import subscribe
from tests import factories
from tests.browser.world import MAIL, World

Args = Callable[[World], list[object]]


def _no_args(world: World) -> list[object]:
    return []


def _as_it_opens(page: Page, world: World) -> None:
    """Nothing is done: the page is looked at as it comes."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page to look at. `name` is the URL name, `case` tells its variants apart.

    `within` is the part that only this visit shows; the rest of its page is judged at another.
    """

    name: str
    case: str = ""
    args: Args = _no_args
    who: str = "mo"
    query: str = ""
    status: int = 200
    first: Callable[[Page, World], None] = _as_it_opens
    within: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.case}".strip()

    def address(self, world: World) -> str:
        return reverse(self.name, args=self.args(world)) + self.query


def incident(name: str) -> Args:
    return lambda world: [world.reference(name)]


def complaint(name: str) -> Args:
    return lambda world: [world.complaints[name].reference]


def _close_without_words(page: Page, world: World) -> None:
    page.click("#offer-closure summary")
    page.click("#offer-closure form button")
    page.wait_for_selector("#steps .error-summary, #steps .errorlist")


def _read_the_original(page: Page, world: World) -> None:
    page.click("#original summary")
    page.fill("[name=original-reason]", "To call back.")
    page.click("#original button")
    page.wait_for_selector("#original pre")


def _press_store(page: Page, world: World) -> None:
    page.click("#intake form button.primary")
    page.wait_for_selector("#intake .error-summary")


def _send_nothing(page: Page, world: World) -> None:
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _upload_a_file(page: Page, world: World) -> None:
    lines = [
        "received_at,system,text,colour",
        "2026-11-01,assistant,It promised my money back.,red",
        "never,assistant,x,y",
    ]
    file = {"name": "c.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    page.set_input_files("[name=file]", file)
    page.click("main form button.primary")
    page.wait_for_selector("#preview-title")


def _press_declare(page: Page, world: World) -> None:
    page.fill("[name=title]", "")
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _open_all(page: Page, world: World) -> None:
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    expect(page.locator("details[open] > .slot:not(:has(form, .assessments))")).to_have_count(0)


def _answer(page: Page, world: World) -> None:
    """The second anchor of each question; the level shows while one answers."""
    page.evaluate("for (const each of document.querySelectorAll('main details.questions')) each.open = true")
    for axis in ("harm", "rights", "scale"):
        page.locator(f"[name=axis_{axis}][value='2']").last.check()
    page.locator("[name=unsure_scale]").last.check()
    page.wait_for_selector(".comes-to .badge")


def _publish_nothing(page: Page, world: World) -> None:
    page.click("button[name=publish]")
    page.wait_for_selector(".error-summary")


def _open_the_keys(page: Page, world: World) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")


def _open_the_menu(page: Page, world: World) -> None:
    page.click("[popovertarget=me]")
    page.wait_for_selector("#me:popover-open")


def _choose_a_row(page: Page, world: World) -> None:
    page.locator("[data-select]").first.check()
    page.wait_for_selector("[data-selection-bar]:not([hidden])")


def _leave_out_the_reason(page: Page, world: World) -> None:
    page.click("#form-contain button.primary")
    page.wait_for_selector("#form-contain .error-summary, #form-contain .errorlist")


def _record_nothing(page: Page, world: World) -> None:
    page.fill("[name=exposed]", "")
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _attach_a_page(page: Page, world: World) -> None:
    page.set_input_files("[name=file]", {"name": "a.html", "mimeType": "text/html", "buffer": b"<p>x"})
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _read_a_sample(page: Page, world: World) -> None:
    page.click("#sample-2 summary")
    page.fill("[name=reveal-2-reason]", "To judge the tone.")
    page.click("#sample-2 form button")
    page.wait_for_selector("#sample-2 pre:not(.blurred)")


def _be_late(page: Page, world: World) -> None:
    """A colleague rewords the incident while this person types."""
    found = Incident.objects.get(pk=world.incidents["contained"].pk)
    found.edit_details(
        title="Theirs", summary="Their words.", by=found.declared_by, now=timezone.now(), expected=found.version
    )
    page.fill("#form-title [name=title]", "Mine")
    page.click("#form-title button")
    page.wait_for_selector("#form-title .versus")


def _refuse_sign_in(page: Page, world: World) -> None:
    page.fill("#id_login", "nobody@example.com")
    page.fill("#id_password", "not the password")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".error-summary")


def _refuse_password(page: Page, world: World) -> None:
    for field in page.locator("main form [type=password]").all():
        field.fill("short")
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary, .errorlist")


def _dismiss_without_reason(page: Page, world: World) -> None:
    page.click("#offer-dismissal summary")
    page.click("#offer-dismissal form button")
    page.wait_for_selector("#decision .error-summary, #decision .errorlist")


def _send_a_test(page: Page, world: World) -> None:
    page.click("#test button")
    page.wait_for_selector("#test .notice.good")


def _issue_a_token(page: Page, world: World) -> None:
    page.click("#tokens > form button")
    page.wait_for_selector("#token")


def _issue_a_routing_key(page: Page, world: World) -> None:
    page.click("#routing-keys > form button")
    page.wait_for_selector("#key")


def _leave_out_the_name(page: Page, world: World) -> None:
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _ask_for_a_limit(page: Page, world: World) -> None:
    page.click("button[name=suggest]")
    page.wait_for_selector("#suggested-title")


def _save_nonsense(page: Page, world: World) -> None:
    page.fill("#rule-limit", "many")
    page.click("button[name=save]")
    page.wait_for_selector(".error-summary")


def _make_a_calendar_link(page: Page, world: World) -> None:
    page.click("#mine form button")
    page.wait_for_selector("#calendar-address")


def _leave_out_the_end(page: Page, world: World) -> None:
    page.fill("[name=ends_at]", "")
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _save_without_a_name(page: Page, world: World) -> None:
    page.goto("/?severity=SEV1")
    page.click("#save-view summary")
    page.click("#save-view form button")
    page.wait_for_selector(".error-summary")


def _subscription(world: World) -> list[object]:
    case = world.incidents["hostile"]
    return [subscribe(case, person=factories.person("mo"), now=timezone.now()).token]


def _choose_several(page: Page, world: World) -> None:
    page.goto(page.url.partition("/together/")[0] + "/?state=all")
    for box in page.locator("[data-select]").all()[:3]:
        box.check()
    page.keyboard.press("l")
    page.wait_for_selector("#merge-form")


def _link_nothing(page: Page, world: World) -> None:
    page.fill("[name=find]", "zzz")
    page.wait_for_selector("#candidates:not(:has(input))")
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def _add_nothing(page: Page, world: World) -> None:
    page.click("[aria-labelledby=add-title] button.primary")
    page.wait_for_selector(".error-summary")


BOARDS = [
    Visit("incidents:board", "with rows"),
    Visit("incidents:board", "for a reader", who="uma"),
    Visit("incidents:board", "all states", query="?state=all"),
    Visit("incidents:board", "nothing matches", query="?q=zzz"),
    Visit("incidents:board", "row chosen", who="tess", first=_choose_a_row),
    Visit("incidents:board", "keys shown", first=_open_the_keys),
    Visit("incidents:board", "menu open", first=_open_the_menu),
]
ROOMS = [
    *(
        Visit("incidents:incident", name, incident(name))
        for name in ("reported", "triaged", "contained", "resolved", "closed", "dismissed", "restricted", "drill")
    ),
    Visit("incidents:incident", "hostile", incident("hostile")),
    Visit("incidents:incident", "every form open", incident("hostile"), first=_open_all),
    Visit("incidents:incident", "declared by a threshold", incident("detected")),
    Visit("incidents:incident", "long overdue", incident("overdue")),
    Visit("incidents:incident", "for a reader", incident("hostile"), who="uma"),
    Visit("incidents:incident", "linked", incident("linked")),
    Visit("incidents:incident", "merged", incident("merged")),
    Visit("incidents:links", args=incident("linked"), first=_open_all),
    Visit("incidents:links", "with errors", incident("triaged"), first=_link_nothing),
    Visit("incidents:links", "for a reader", incident("linked"), who="uma"),
    Visit("incidents:merge", args=incident("hostile")),
    Visit("incidents:merge", "nothing found", incident("hostile"), query="?find=zzz"),
    Visit("incidents:merge", "too late", incident("closed")),
    Visit("incidents:unmerge", args=incident("merged")),
    Visit("incidents:together", "from the board", query="?chosen=none", first=_choose_several),
    Visit("incidents:together", "nothing chosen"),
    Visit("incidents:exposure", args=incident("hostile")),
    Visit("incidents:exposure", "empty, for a reader", incident("triaged"), who="uma"),
    Visit("incidents:attachments", args=incident("hostile")),
    Visit("incidents:attachments", "refused", incident("triaged"), first=_attach_a_page),
    Visit("incidents:attachments", "empty, for a reader", incident("triaged"), who="uma"),
    Visit("incidents:samples", args=incident("hostile"), first=_open_all),
    Visit("incidents:samples", "original shown", incident("hostile"), first=_read_a_sample),
    Visit("incidents:samples", "empty, for a reader", incident("triaged"), who="uma"),
    Visit("incidents:exposure", "with errors", incident("hostile"), first=_record_nothing),
    Visit("incidents:contain", "refused", incident("triaged"), first=_leave_out_the_reason),
    Visit("incidents:incident", "timeline narrowed", incident("hostile"), query="?kinds=words&q=zzz"),
    Visit("incidents:record", args=incident("hostile")),
    Visit("incidents:status", args=incident("hostile"), who="uma"),
    Visit("incidents:status_words", args=incident("hostile")),
    Visit("incidents:title", "in conflict", incident("contained"), first=_be_late),
]
# The state in which a step's form is offered; the others are offered on a triaged incident.
STATE_OF_STEP = {
    "acknowledge": "reported",
    "triage": "reported",
    "resolve": "contained",
    "close": "resolved",
    "reopen": "closed",
}
STEP_PAGES = [
    Visit(
        f"incidents:{name}",
        args=incident(STATE_OF_STEP.get(name, "triaged")),
        within="#form-say" if name in SAID else f"#form-{name}",
    )
    for name in STEPS
]
PLAN = [
    Visit("incidents:status_list"),
    Visit("incidents:saved_views", args=lambda world: ["board"]),
    Visit("incidents:saved_views", "refused", lambda world: ["board"], first=_save_without_a_name),
    Visit("incidents:status_unsubscription", args=_subscription, who=""),
    Visit("incidents:declare"),
    Visit("incidents:declare", "with errors", first=_press_declare),
    Visit("incidents:declare", "answered", first=_answer),
    Visit("incidents:systems"),
    Visit("incidents:system", args=lambda world: [world.system.slug]),
    Visit("incidents:system", "without owner", args=lambda world: ["ranker"]),
    Visit("incidents:severity_levels"),
    Visit("incidents:severity_matrix"),
    Visit("incidents:severity_matrix_edition", who="ada", first=_open_all),
    Visit("incidents:severity_matrix_edition", "with errors", who="ada", first=_publish_nothing),
    Visit("incidents:assessments", args=incident("hostile")),
    Visit("incidents:assessments", "none", incident("triaged")),
    Visit("incidents:assessment", "answered", incident("hostile"), first=_answer),
    Visit("incidents:thresholds"),
    Visit("incidents:threshold", args=lambda world: [world.threshold.pk]),
    Visit("incidents:threshold", "draft", args=lambda world: [world.draft_threshold.pk]),
    Visit("incidents:threshold_new"),
    Visit("incidents:threshold_new", "from a choice", query="?from=policy"),
    Visit("incidents:threshold_edition", args=lambda world: [world.threshold.pk], first=_open_all),
    Visit("incidents:threshold_edition", "for a reader", args=lambda world: [world.threshold.pk], who="uma"),
    Visit("incidents:threshold_edition", "draft", args=lambda world: [world.draft_threshold.pk]),
    Visit("incidents:threshold_edition", "suggesting", lambda world: [world.threshold.pk], first=_ask_for_a_limit),
    Visit("incidents:threshold_edition", "with errors", lambda world: [world.threshold.pk], first=_save_nonsense),
    Visit("incidents:thresholds", "wrong ones", query="?only=wrong"),
    Visit("incidents:threshold_changes"),
    Visit("incidents:threshold_changes", "decided", query="?show=decided"),
    Visit("incidents:threshold_change", args=lambda world: [world.change.pk], first=_open_all),
    Visit("incidents:threshold_change", "own", args=lambda world: [world.change.pk], who="ada"),
    Visit("incidents:threshold_mode", args=lambda world: [world.threshold.pk]),
    Visit("incidents:breaches"),
    Visit("incidents:breaches", "to decide", query="?show=waiting"),
    Visit("incidents:sources", who="ada"),
    Visit("incidents:sources", "nothing matches", query="?q=zzz"),
    Visit("incidents:source", args=lambda world: [world.source.pk], who="ada", first=_open_all),
    Visit("incidents:source", "silent", args=lambda world: [world.silent_source.pk]),
    Visit("incidents:source", "for a reader", args=lambda world: [world.source.pk], query="?client=otlp", who="uma"),
    Visit("incidents:source", "tested", args=lambda world: [world.source.pk], who="ada", first=_send_a_test),
    Visit(
        "incidents:source", "new token", args=lambda world: [world.silent_source.pk], who="ada", first=_issue_a_token
    ),
    Visit("incidents:storage", who="ada"),
    Visit(
        "incidents:source",
        "new key",
        args=lambda world: [world.silent_source.pk],
        who="ada",
        first=_issue_a_routing_key,
    ),
    Visit("incidents:source_new", who="ada"),
    Visit("incidents:source_new", "with errors", who="ada", first=_leave_out_the_name),
    Visit("incidents:source_settings", args=lambda world: [world.source.pk], who="ada"),
    *(
        Visit("incidents:breach", case, args=lambda world, case=case: [world.breaches[case].pk], first=_open_all)
        for case in ("open", "dismissed", "declared", "unanswered", "recorded", "alert")
    ),
    Visit("incidents:breach", "refused", lambda world: [world.breaches["open"].pk], first=_dismiss_without_reason),
]
ON_CALL = [
    Visit("incidents:on_call", who="tess"),
    Visit("incidents:on_call", "for those who arrange"),
    Visit("incidents:on_call", "for a reader", who="uma"),
    Visit("incidents:on_call", "calendar link", who="tess", first=_make_a_calendar_link),
    Visit("incidents:escalation_policies", who="ada"),
    Visit("incidents:on_call_span", args=lambda world: [world.rota.pk]),
    Visit("incidents:on_call_span", "with errors", args=lambda world: [world.rota.pk], first=_leave_out_the_end),
    Visit("incidents:on_call_order", args=lambda world: [world.rota.pk]),
]


def _publish_without_why(page: Page, world: World) -> None:
    page.click("#publish button.primary")
    page.wait_for_selector("#publish .error-summary")


def _decide_without_reasons(page: Page, world: World) -> None:
    page.click("#offer-completion form button")
    page.wait_for_selector("#steps .error-summary")


def _add_no_step(page: Page, world: World) -> None:
    page.click("main form button.primary")
    page.wait_for_selector(".error-summary")


def task(name: str) -> Args:
    return lambda world: [world.tasks[name].pk]


def _step_of_draft(world: World) -> list[object]:
    step = PlaybookStep.objects.filter(version__playbook__slug="data-leak", version__state="draft", kind="checklist")
    return ["data-leak", step.get().key] if step.count() == 1 else ["data-leak", step.first().key]


def _coordinated(kind: str) -> Args:
    return lambda world: [getattr(world.incidents["lanes"], kind).order_by("pk").first().pk]


def _wait_for_nobody(page: Page, world: World) -> None:
    page.click("#offer-waiting summary")
    page.select_option("#waiting-from_lane", "")
    page.select_option("#waiting-from_person", "")
    page.click("#offer-waiting form button")
    page.wait_for_selector("#steps .error-summary")


def handoff(state: str) -> Args:
    return lambda world: [Handoff.objects.filter(state=state).order_by("pk").first().pk]


def _offer_nothing(page: Page, world: World) -> None:
    page.fill("[name=standing]", "")
    page.click("#offer button.primary")
    page.wait_for_selector("#offer .error-summary")


def _choose_a_receiver(page: Page, world: World) -> None:
    page.select_option("#receiver-to", label=factories.person("mo").name)
    page.click("[aria-labelledby=to-title] button")
    page.wait_for_selector("#offer")


PLAYBOOKS = [
    Visit("incidents:my_work"),
    Visit("incidents:my_work", "one kind", query="?only=task"),
    Visit("incidents:my_work", "nothing of it", who="uma", query="?only=task"),
    Visit("incidents:playbooks"),
    Visit("incidents:playbooks", "retired", query="?show=retired"),
    Visit("incidents:playbook", args=lambda world: ["data-leak"], who="ada", first=_open_all),
    Visit("incidents:playbook", "for a reader", args=lambda world: ["tool-abuse"], who="uma"),
    Visit("incidents:playbook_new", who="ada"),
    Visit("incidents:playbook_new", "with errors", who="ada", first=_send_nothing),
    Visit("incidents:playbook_draft", args=lambda world: ["data-leak"], who="ada", first=_open_all),
    Visit("incidents:playbook_step_new", args=lambda world: ["data-leak", "wait_for"], who="ada"),
    Visit(
        "incidents:playbook_step_new", "with errors", lambda world: ["data-leak", "decision"], "ada", first=_add_no_step
    ),
    Visit("incidents:playbook_step", args=_step_of_draft, who="ada"),
    Visit("incidents:playbook_publication", args=lambda world: ["data-leak"], who="ada", first=_publish_without_why),
    Visit("incidents:incident", "with lanes", incident("lanes")),
    Visit("incidents:lane_rules"),
    Visit("incidents:lane_rules", "for an admin", who="ada"),
    *(
        Visit("incidents:lane", name, lambda world, name=name: [world.reference("lanes"), name], "lee", first=_open_all)
        for name in ("technical", "legal", "policy", "editorial", "communications")
    ),
    Visit("incidents:approvals", who="lee", first=_open_all),
    Visit("incidents:approvals", "of others", who="uma"),
    Visit("incidents:sign_offs", args=incident("lanes"), first=_add_no_step),
    Visit("incidents:sign_off", args=_coordinated("sign_offs"), who="lee", first=_open_all),
    Visit("incidents:sign_off", "for whoever asked", args=_coordinated("sign_offs"), first=_open_all),
    Visit("incidents:decisions", args=incident("lanes"), first=_add_no_step),
    Visit("incidents:decision", args=_coordinated("decisions"), who="pia", first=_open_all),
    Visit(
        "incidents:lane", "refused", lambda world: [world.reference("lanes"), "legal"], "lee", first=_wait_for_nobody
    ),
    Visit("incidents:handoffs"),
    Visit("incidents:handoffs", "nothing", who="uma"),
    *(
        Visit("incidents:handoff", case, handoff(case), who, first=_open_all)
        for case, who in (("offered", "mo"), ("returned", "lee"), ("accepted", "ravi"), ("withdrawn", "ravi"))
    ),
    Visit("incidents:handoff", "for a reader", handoff("offered"), who="uma"),
    Visit("incidents:handoff_of_lead", args=incident("lanes"), who="ravi"),
    Visit("incidents:handoff_of_lead", "with errors", incident("lanes"), who="ravi", first=_offer_nothing),
    Visit("incidents:handoff_of_lane", args=lambda world: [world.reference("lanes"), "technical"], who="ravi"),
    Visit("incidents:handoff_of_shift", who="ravi"),
    Visit("incidents:handoff_of_shift", "to somebody", who="ravi", first=_choose_a_receiver),
    Visit("incidents:my_work", "with handoffs", who="lee"),
    Visit("incidents:incident", "with tasks", incident("tasks")),
    Visit("incidents:tasks", args=incident("tasks")),
    Visit("incidents:tasks", "for a reader", incident("tasks"), who="uma"),
    Visit("incidents:incident_playbooks", args=incident("tasks"), first=_open_all),
    *(
        Visit("incidents:task", name, task(name), first=_open_all)
        for name in ("by hand", "decision", "checklist", "stands still", "done")
    ),
    Visit("incidents:task", "refused", task("decision"), first=_decide_without_reasons),
    Visit("incidents:task", "for a reader", task("by hand"), who="uma"),
]
COMPLAINTS = [
    Visit("incidents:complaints"),
    Visit("incidents:complaints", "row chosen", who="tess", first=_choose_a_row),
    Visit("incidents:complaints", "nothing matches", query="?q=zzz"),
    Visit("incidents:complaints", "for a reader", query="?state=all", who="uma"),
    *(
        Visit("incidents:complaint", name, complaint(name), who="tess", first=_open_all)
        for name in ("new", "attached", "closed")
    ),
    Visit("incidents:complaint", "refused", complaint("new"), who="tess", first=_close_without_words),
    Visit("incidents:complaint", "original shown", complaint("new"), who="tess", first=_read_the_original),
    Visit("incidents:complaint", "for a reader", complaint("new"), who="uma"),
    Visit("incidents:complaint_intake", who="tess"),
    Visit("incidents:complaint_intake", "with errors", who="tess", first=_press_store),
    Visit("incidents:complaint_import", who="tess"),
    Visit("incidents:complaint_import", "preview", who="tess", first=_upload_a_file),
    Visit("incidents:complain", args=lambda world: ["assistant"], who=""),
    Visit("incidents:complain", "with errors", args=lambda world: ["assistant"], who="", first=_send_nothing),
    Visit("incidents:complaint_follow_by_code", who=""),
    Visit("incidents:complaint_follow", args=lambda world: [world.code], who="", query="?new=1"),
]


def _ask_for_the_reason(page: Page, world: World) -> None:
    page.keyboard.press("j")
    page.keyboard.press("3")
    page.wait_for_selector("#choose[open] [data-choice]")


INBOX = [
    Visit("incidents:triage_inbox", who="tess"),
    Visit("incidents:triage_inbox", "nothing matches", query="?system=zzz", who="tess"),
    Visit("incidents:triage_inbox", "reason asked", who="tess", first=_ask_for_the_reason),
    Visit("incidents:triage_item", args=lambda world: [f"complaint-{world.complaints['new'].pk}"], who="tess"),
    Visit("incidents:triage_item", "breach", args=lambda world: [f"breach-{world.breaches['open'].pk}"], who="tess"),
    Visit("incidents:triage_choices", query="?deed=attach&chosen=complaint-1", who="tess"),
]
REPORTS = [
    Visit("incidents:report", who="sam"),
    Visit("incidents:report", "with errors", who="tess", first=_send_nothing),
    Visit("incidents:report_follow", who="sam"),
    *(
        Visit(
            "incidents:human_report", name, lambda world, name=name: [world.reports[name].pk], "tess", first=_open_all
        )
        for name in ("new", "attached")
    ),
]
AFTERWARDS = [
    Visit("reviews:reviews"),
    *(
        Visit("reviews:review", case, incident(name), who="ravi", first=_open_all)
        for case, name in (
            ("draft", "resolved"),
            ("submitted", "resolved 0"),
            ("returned", "resolved 1"),
            ("signed off", "resolved 2"),
        )
    ),
    Visit("reviews:review", "for a reader", incident("resolved"), who="uma"),
    *(Visit("reviews:sign_off", f"resolved {n}", incident(f"resolved {n}"), first=_open_all) for n in range(3)),
    Visit("reviews:actions"),
    *(
        Visit("reviews:action", case, lambda world, case=case: [world.actions[case].pk], who="ravi", first=_open_all)
        for case in ("open", "done", "not doing")
    ),
    Visit("outbound:deliveries"),
    *(
        Visit("outbound:delivery", case, lambda world, case=case: [world.deliveries[case].pk], first=_open_all)
        for case in ("waiting", "sent", "dead")
    ),
]
OWN = [
    Visit("accounts:profile", who="tess"),
    Visit("incidents:channels", who="tess"),
    Visit("incidents:channels", "with errors", who="tess", first=_add_nothing),
    Visit("incidents:acknowledge_by_mail", args=lambda world: [world.link], who=""),
    Visit("account_change_password", who="tess"),
    Visit("account_change_password", "refused", who="tess", first=_refuse_password),
    Visit("account_logout", who="tess"),
    Visit("account_login", who=""),
    Visit("account_login", "refused", who="", first=_refuse_sign_in),
    Visit("incidents:board", "not allowed", who="sam", status=403),
    Visit("incidents:incident", "restricted to others", incident("restricted"), who="uma", status=404),
]
LOCAL = [
    Visit("dev_mail"),
    Visit("dev_mail_message", args=lambda world: [MAIL]),
    Visit("dev_product"),
    Visit("dev_components", first=_open_all),
]


def of_admin() -> Iterator[Visit]:
    """Index, and of every registered model the list and the filled form; of people all pages."""
    yield Visit("admin:index", who="ada")
    for app in sorted({model._meta.app_label for model in admin.site._registry}):
        yield Visit("admin:app_list", app, lambda world, app=app: [app], who="ada")
    for model in admin.site._registry:
        yield from _of_model(model)
    yield Visit("admin:password_change", who="ada")
    yield Visit("admin:auth_user_password_change", args=lambda world: [factories.person("sam").pk], who="ada")
    for form in ("version", "mode"):
        yield Visit(f"admin:incidents_threshold_{form}", args=lambda world: [world.threshold.pk], who="ada")


def _of_model(model: type[Model]) -> Iterator[Visit]:
    """The list and the filled form, which our configuration shapes."""
    base = _base(model)
    yield Visit(f"{base}_changelist", who="ada")
    yield Visit(f"{base}_change", args=_first_of(model), who="ada")
    if model is User:
        yield from _stock_pages(model)


def stock_of_admin() -> Iterator[Visit]:
    """The empty form and the history of each model: drawn like those of people, which are looked at."""
    for model in admin.site._registry:
        yield from _stock_pages(model)


def _stock_pages(model: type[Model]) -> Iterator[Visit]:
    request = RequestFactory().get("/")
    request.user = User(email="ada@example.com", roles=[Role.ADMIN])
    if admin.site._registry[model].has_add_permission(request):
        yield Visit(f"{_base(model)}_add", who="ada")
    yield Visit(f"{_base(model)}_history", args=_first_of(model), who="ada")


def _base(model: type[Model]) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def _first_of(model: type[Model]) -> Args:
    def first_one(world: World) -> list[object]:
        found = model._default_manager.order_by("pk").first()
        assert found is not None, f"teach tests/browser/world.py a {model._meta.label}"
        return [found.pk]

    return first_one


EMPTY = [
    Visit("incidents:board", "empty"),
    Visit("incidents:board", "empty, for a reader", who="uma"),
    *(
        Visit(name, "empty")
        for name in (
            *("incidents:threshold_changes", "incidents:breaches"),
            *("incidents:systems", "incidents:thresholds", "incidents:sources", "incidents:severity_levels"),
            *("incidents:lane_rules", "incidents:approvals"),
            *("incidents:complaints", "incidents:playbooks", "incidents:my_work", "incidents:on_call"),
            *("reviews:reviews", "reviews:actions", "outbound:deliveries", "incidents:declare"),
            *("dev_mail", "dev_product"),
        )
    ),
]
AT_AN_INCIDENT = [*ROOMS, *STEP_PAGES]
FILLED = [
    *BOARDS,
    *PLAN,
    *ON_CALL,
    *PLAYBOOKS,
    *COMPLAINTS,
    *REPORTS,
    *INBOX,
    *AFTERWARDS,
    *OWN,
    *LOCAL,
]
ADMIN = list(of_admin())
