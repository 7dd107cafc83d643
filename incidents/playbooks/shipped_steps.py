"""The steps of the shipped playbooks, in the order in which they are usually done. Facts to edit, not rules."""

from typing import Any

from incidents.playbooks.states import Before, DueFrom
from incidents.playbooks.step_kinds.waiting import TIME
from incidents.response.lanes import Lane

TECHNICAL, LEGAL, POLICY_LANE = Lane.TECHNICAL.value, Lane.LEGAL.value, Lane.POLICY.value
EDITORIAL, COMMUNICATIONS, LEAD = Lane.EDITORIAL.value, Lane.COMMUNICATIONS.value, ""
CONTAINED, RESOLVED, CLOSED, OPTIONAL = Before.CONTAINED.value, Before.RESOLVED.value, Before.CLOSED.value, ""
HOUR, DAY = 60, 24 * 60
Steps = tuple[dict[str, Any], ...]


def _step(
    lane: str, title: str, how: str, *, before: str = CLOSED, due: int | None = None,
    since: str = DueFrom.DECLARED.value, kind: str = "manual", **detail: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "lane": lane,
        "title": title,
        "instructions": how,
        "before": before,
        "due_minutes": due,
        "due_from": since,
        "kind": kind,
        "detail": detail,
    }


def _checklist(lane: str, title: str, how: str, *items: str, **more: Any) -> dict[str, Any]:
    return _step(lane, title, how, kind="checklist", items=list(items), **more)


def _decision(lane: str, title: str, how: str, *options: str, **more: Any) -> dict[str, Any]:
    return _step(lane, title, how, kind="decision", options=list(options), **more)


def _soak(lane: str, title: str, how: str, *, minutes: int, **more: Any) -> dict[str, Any]:
    return _step(lane, title, how, kind="wait_for", until=TIME, minutes=minutes, **more)


AFTER_CONTAINING = DueFrom.CONTAINED.value
AFTER_RESOLVING = DueFrom.RESOLVED.value

BIAS: Steps = (
    _step(
        TECHNICAL, "Keep samples and the decision log as they are",
        "Copy the affected cases with input, output and scores to where nobody edits them. Stop rotation of the log.",
        before=CONTAINED, due=HOUR,
    ),
    _step(
        LEAD, "Stop the automated effect; people decide meanwhile",
        "Send new cases to human review. Say in the update from when on.", before=CONTAINED, due=2 * HOUR,
    ),
    _step(
        TECHNICAL, "Pin the versions and compare with the last good set",
        "Model, prompt, features, guardrail, index: which of them changed between good and bad?",
        before=RESOLVED, due=4 * HOUR,
    ),
    _step(
        POLICY_LANE, "Measure the gap for each group",
        "Selection rate or score for each group, always **with n and an interval**. Too few cases is a result too.",
        before=RESOLVED, due=DAY,
    ),
    _decision(
        LEGAL, "Decide whether somebody must be told",
        "Look at the AI Act, data protection and contracts. A no needs its reasons as much as a yes.",
        "Must be reported", "Voluntary report", "No duty to report", before=RESOLVED, due=DAY,
    ),
    _step(
        POLICY_LANE, "List the people whose decisions must be made again",
        "Everybody whose case ran while the fault was there, not only those who complained.",
        before=RESOLVED, due=2 * DAY,
    ),
    _step(
        POLICY_LANE, "Decide those cases again and write the outcomes down",
        "By people who do not see the first outcome.", before=OPTIONAL, due=7 * DAY, since=AFTER_CONTAINING,
    ),
    _checklist(
        COMMUNICATIONS, "Write to the people concerned",
        "In plain words. Nobody should have to ask what happened to their case.",
        "What went wrong and from when to when", "What it meant for this person", "What we did about it",
        "How to contest the decision, and until when", due=3 * DAY, since=AFTER_CONTAINING,
    ),
    _checklist(
        TECHNICAL, "Pass the gate before the automation returns",
        "All suites against the version that will run, not the one before.",
        "Parity between groups", "Quality on the usual set", "Wrong refusals on the safe set", before=RESOLVED,
    ),
    _step(
        LEAD, "Add regression cases and plan the audit in 30 days",
        "At least one case from this incident joins the suite. Name who audits and when.",
        due=5 * DAY, since=AFTER_RESOLVING,
    ),
)  # fmt: skip

POLICY: Steps = (
    _checklist(
        POLICY_LANE, "Confirm what it broke",
        "So that everybody speaks of the same thing.",
        "The policy and its paragraph", "The version that answered so", "Three samples", before=CONTAINED, due=30,
    ),
    _step(
        TECHNICAL, "Take the least harmful limit first",
        "One tool off, one cohort out, a fixed answer for the topic: whatever stops it and leaves the rest working.",
        before=CONTAINED, due=HOUR,
    ),
    _step(
        TECHNICAL, "Take a snapshot, then roll back with a second person",
        "Settings, prompts, index state. The second person reads the plan before it runs.",
        before=CONTAINED, due=2 * HOUR,
    ),
    _step(
        TECHNICAL, "Count the conversations that met it",
        "Number, basis and since when. An estimate with its range is better than no number.",
        before=RESOLVED, due=4 * HOUR,
    ),
    _step(
        COMMUNICATIONS, "Give support an answer and a tag",
        "What to say, what not to say, and the tag by which we count the contacts.", before=RESOLVED, due=2 * HOUR,
    ),
    _decision(
        COMMUNICATIONS, "Decide whether users are told",
        "If anybody may still rely on a wrong answer, they are told.",
        "Everybody who met it", "Those who may rely on it", "Nobody needs to be told", before=RESOLVED, due=4 * HOUR,
    ),
    _step(
        LEGAL, "Look at promises and duties", "What was promised, what must be reported, to whom and by when.",
        before=RESOLVED, due=8 * HOUR,
    ),
    _soak(
        TECHNICAL, "See the rate fall and stay down for an hour",
        "Start it once the limit is in place. If the rate rises again, say that it cannot proceed.",
        minutes=HOUR, before=RESOLVED,
    ),
    _step(
        POLICY_LANE, "Check for wrong refusals",
        "Does the limit refuse good questions? Measure on the safe set and look at refused conversations.",
        before=RESOLVED, due=DAY,
    ),
    _checklist(
        LEAD, "Pass the gate and open again", "Nothing temporary without an end.",
        "The suite for this policy passes", "Wrong refusals are within their limit",
        "Every temporary rule has an end date",
    ),
)  # fmt: skip

COMMITMENT: Steps = (
    _step(
        EDITORIAL, "Take it down or label it where it was published",
        "The original place first, then copies, cards and feeds. Where only chats are concerned, say so.",
        before=CONTAINED, due=HOUR,
    ),
    _step(
        TECHNICAL, "Collect every commitment that was made",
        "With person, amount and time. Search for the wording, not for the case that was reported.",
        before=RESOLVED, due=4 * HOUR,
    ),
    _decision(
        LEGAL, "Decide what becomes of the commitments",
        "One decision for all of them, before anybody answers single people.",
        "Honour them", "Replace them by something else", "Refuse them", before=RESOLVED, due=DAY,
    ),
    _step(
        EDITORIAL, "Correct visibly and link the original",
        "Say what was wrong and since when. A silent edit is not a correction.",
        before=RESOLVED, due=8 * HOUR,
    ),
    _checklist(
        COMMUNICATIONS, "Tell each person what is right",
        "Everybody who got the wrong answer, not only those who wrote to us.",
        "What we said, and what is right", "What they can claim, and how", "Whom they can ask", due=2 * DAY,
    ),
    _step(
        COMMUNICATIONS, "Have a line for the press ready",
        "Three sentences, agreed with legal. Ready is enough; it need not be sent.", before=RESOLVED, due=4 * HOUR,
    ),
    _step(
        TECHNICAL, "Close the gap in the grounding",
        "Which index or prompt let it invent? Mend that, not the single sentence.", before=RESOLVED, due=2 * DAY,
    ),
    _checklist(
        TECHNICAL, "Pass the factual gate", "Against the version that will run.",
        "The factual suite passes", "The cases of this incident are in it", "Wrong refusals are within their limit",
        before=RESOLVED,
    ),
    _step(
        LEAD, "Follow the compensation until nothing is open",
        "Number offered, accepted and paid. Done when the open number is zero.", due=14 * DAY, since=AFTER_RESOLVING,
    ),
)  # fmt: skip

LEAK: Steps = (
    _step(
        TECHNICAL, "Stop the way by which data gets out",
        "Feature, tool or index off. Narrow it later; stop it now.", before=CONTAINED, due=30,
    ),
    _step(
        LEGAL, "Write down when we became aware, and start the clock",
        "Hour and minute, and how we know. Personal data: the authority has to hear within 72 hours of it.",
        before=CONTAINED, due=HOUR,
    ),
    _step(
        LEGAL, "Put the logs under hold", "Nothing about this is deleted or rotated from now on.",
        before=CONTAINED, due=HOUR,
    ),
    _checklist(
        TECHNICAL, "Find out what leaked", "Facts first, estimates marked as such.",
        "Which data", "Whose", "Seen by whom", "From when to when", before=RESOLVED, due=8 * HOUR,
    ),
    _step(
        TECHNICAL, "Remove the copies",
        "Caches, memory, index copies, exports. Ask recipients to delete, and keep their answers.",
        before=RESOLVED, due=DAY,
    ),
    _step(LEGAL, "Tell the vendor", "As the contract says; with the request ids, without the data.",
          before=RESOLVED, due=DAY),
    _checklist(
        COMMUNICATIONS, "Send the notices to the authority and to people",
        "Each is sent, or its absence has a reason that legal signed.",
        "The authority", "The people concerned", due=3 * DAY,
    ),
    _step(
        TECHNICAL, "Change exposed secrets", "Keys, passwords, links that were in the answers.",
        before=OPTIONAL, due=4 * HOUR,
    ),
    _step(
        TECHNICAL, "Plant a canary before it is switched on again",
        "A made-up record that must not come out. Try to get it out, by several wordings.", before=RESOLVED,
    ),
    _step(
        LEGAL, "Make the entry in the register of breaches", "Also when nobody had to be told, with the reason.",
        due=5 * DAY,
    ),
)  # fmt: skip

INJECTION: Steps = (
    _step(
        TECHNICAL, "Let its tools read and nothing else", "No sending, no paying, no changing until this is over.",
        before=CONTAINED, due=30,
    ),
    _step(
        TECHNICAL, "Revoke and renew the credentials it held", "All that the system could use, used or not.",
        before=CONTAINED, due=2 * HOUR,
    ),
    _checklist(
        TECHNICAL, "Keep the traces", "Before anything is cleaned.",
        "The trace of each run", "The text that steered it", "The document or page that it came from",
        before=CONTAINED, due=2 * HOUR,
    ),
    _step(
        TECHNICAL, "List what it did, and undo it",
        "Each action with its target and whether it is undone. What cannot be undone is named.",
        before=RESOLVED, due=8 * HOUR,
    ),
    _step(
        TECHNICAL, "Look for the same text elsewhere", "Other documents, mailboxes, tickets, other systems of ours.",
        before=RESOLVED, due=DAY,
    ),
    _step(
        POLICY_LANE, "Tag the technique", "By ATLAS and OWASP, so that the next one is recognised.",
        before=OPTIONAL, due=2 * DAY,
    ),
    _checklist(
        LEGAL, "Look at the clocks for cyber incidents", "Each one applies or does not, with the reason.",
        "NIS2", "DORA", "Cyber Resilience Act", "Stock exchange rules", before=RESOLVED, due=8 * HOUR,
    ),
    _step(
        COMMUNICATIONS, "Tell the owners of the systems it acted upon",
        "What it did there, what we undid, what they should look at.", before=RESOLVED, due=8 * HOUR,
    ),
    _step(
        POLICY_LANE, "Block the class, not the wording",
        "And name the measure of normal use that shows whether the block costs too much.", before=RESOLVED, due=2 * DAY,
    ),
    _checklist(
        TECHNICAL, "Pass the red-team gate", "By somebody who did not build the block.",
        "The injection suite passes", "Variants of this payload are in it", "Normal use is within its limit",
        before=RESOLVED,
    ),
    _step(
        LEAD, "Set a date for a drill within 60 days", "Date, scene and who takes part.",
        due=7 * DAY, since=AFTER_RESOLVING,
    ),
)  # fmt: skip
