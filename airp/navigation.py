"""What stands in the side navigation, in the order of a working day, and the one action of the top bar.

An item shows to people who may open its address (`airp/permissions.py`); the letter works after `g`.
Counts come from the functions of `PAGE_FRAME` in `airp/reactions.py`, under the key `counts`.
"""

from django.utils.translation import gettext_lazy as _

from airp.web.navigation import Item

ITEMS: tuple[Item, ...] = (
    Item(_("Board"), "incidents:board", "layout-dashboard", go_key="i", count="board"),
    Item(_("My work"), "incidents:my_work", "circle-check", go_key="m", count="my_work"),
    Item(_("Triage"), "incidents:triage_inbox", "inbox", go_key="t"),
    Item(_("Approvals"), "incidents:approvals", "file-check", go_key="v", count="approvals"),
    Item(_("Handoffs"), "incidents:handoffs", "arrow-right", go_key="f", count="handoffs"),
    Item(_("On call"), "incidents:on_call", "calendar-clock", go_key="l"),
    Item(_("Complaints"), "incidents:complaints", "message-square", go_key="k", count="complaints"),
    Item(_("Status"), "incidents:status_list", "eye", go_key="u"),
    Item(_("Report harm"), "incidents:report", "flag", go_key="n"),
    Item(_("Thresholds"), "incidents:thresholds", "gauge", go_key="h"),
    Item(_("Sources"), "incidents:sources", "activity", go_key="o"),
    Item(_("Systems"), "incidents:systems", "boxes", go_key="s"),
    Item(_("Playbooks"), "incidents:playbooks", "clipboard-list", go_key="p"),
    Item(_("Reviews"), "reviews:reviews", "clipboard-check", go_key="r", count="reviews"),
    Item(_("Actions"), "reviews:actions", "list-checks", go_key="a", count="actions"),
    Item(_("Deliveries"), "outbound:deliveries", "send", go_key="d", count="deliveries"),
    Item(_("Configuration"), "admin:index", "settings", go_key="c"),
)

MAIN_ACTION: Item | None = Item(_("Declare incident"), "incidents:declare", "siren", go_key="c")
