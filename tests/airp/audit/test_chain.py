"""The hash chain: one byte form of a body, one hash of a link, no link altered unseen."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import Error, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from airp.audit.chain import GENESIS, UnhashableBody, canonical, commit_to, link_hash
from airp.audit.models import AuditEntry, ChainHead, record

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_keys_are_sorted_by_utf16_code_units_and_nothing_is_escaped_needlessly():
    assert canonical({"b": 1, "a": [True, None], "ø": "é"}) == '{"a":[true,null],"b":1,"ø":"é"}'.encode()
    # U+10000 sorts before U+FF61 in UTF-16, after it by code point.
    assert canonical({"\uff61": 1, "\U00010000": 2}).startswith('{"\U00010000"'.encode())


@pytest.mark.parametrize("body", [{"n": 1.5}, {"at": NOW}, {"x": {1: "key"}}, {"b": b"bytes"}])
def test_values_without_a_canonical_form_are_refused(body):
    with pytest.raises(UnhashableBody):
        canonical(body)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), BODIES, max_size=5))
def test_the_order_of_insertion_never_changes_the_hash(body):
    backwards = dict(reversed(list(body.items())))
    assert link_hash(GENESIS, body) == link_hash(GENESIS, backwards)


def test_a_link_hashes_prefix_previous_hash_and_body():
    assert link_hash(GENESIS, {"a": 1}) == hashlib.sha256(b"\x02" + GENESIS + b'{"a":1}').digest()


def test_a_commitment_depends_on_salt_and_text():
    assert commit_to("text", b"salt-1") != commit_to("text", b"salt-2")
    assert commit_to("text", b"salt-1") != commit_to("texts", b"salt-1")


@pytest.mark.django_db
def test_a_stream_counts_from_one_and_links_each_entry_to_the_one_before():
    with transaction.atomic():
        first, second = ChainHead.extend("t/1", {"a": 1}), ChainHead.extend("t/1", {"a": 2})
    assert (first.seq, second.seq) == (1, 2)
    assert first.prev_hash == GENESIS
    assert second.prev_hash == first.hash
    assert bytes(ChainHead.objects.get(stream="t/1").hash) == second.hash


@pytest.mark.django_db(transaction=True)
def test_a_link_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        ChainHead.extend("t/2", {"a": 1})
    assert not ChainHead.objects.filter(stream="t/2").exists()


def test_an_audit_entry_verifies_whatever_zone_its_time_was_given_in(ada):
    local = NOW.astimezone(timezone(timedelta(hours=5)))
    entry = record(act="requeued", at=local, by=ada, object_label="delivery 3", facts={"delivery": 3})
    entry.refresh_from_db()
    assert link_hash(bytes(entry.prev_hash), {**entry.body, "seq": entry.seq}) == bytes(entry.hash)


@pytest.mark.parametrize(
    "change", ["UPDATE audit_auditentry SET act = 'x'", "DELETE FROM audit_auditentry", "TRUNCATE audit_auditentry"]
)
def test_audit_entries_can_be_neither_changed_nor_removed(ada, change):
    record(act="requeued", at=NOW, by=ada)
    cursor = connection.cursor()
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # otherwise PostgreSQL refuses for its own reason
    with pytest.raises(Error, match=r"append-only|Cannot (update|delete)"), transaction.atomic():
        cursor.execute(change)
    assert AuditEntry.objects.filter(act="requeued").count() == 1
