"""Linking and merging as people meet it, and that nobody reads of an incident that does not exist for them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.linking.link import Link
from incidents.linking.linking import link
from incidents.linking.merge import Merge
from incidents.linking.merging import merge
from incidents.response.models import Incident
from incidents.response.relations import Relation
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.linking.conftest import draw

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def now():
    return timezone.now()


def url(incident, path=""):
    return f"/incidents/{incident.reference}/{path}"


def body(answer):
    return answer.content.decode()


class TestLinks:
    def test_a_link_is_made_ended_and_stays_as_history(self, new, client_for, ravi):
        one, two, client = new(), new(title="Vouchers invented"), client_for(ravi)
        page = client.get(url(one, "links/"))
        assert two.reference in body(page)
        given = {"way": "parent-target", "find": two.reference[4:].lower(), "reason": "One release."}
        assert client.post(url(one, "links/"), given).status_code == 302
        made = Link.objects.get()
        assert (made.relation, made.source, made.target) == ("parent", two, one)
        assert "Has the part" in body(client.get(url(one)))
        assert "Part of" in body(client.get(url(two)))
        refused = client.post(url(one, f"links/{made.pk}/end/"), {"reason": " "})
        assert (refused.status_code, Link.objects.open().count()) == (422, 1)
        assert client.post(url(one, f"links/{made.pk}/end/"), {"reason": "Two releases."}).status_code == 302
        page = body(client.get(url(one, "links/")))
        assert "Two releases." in page
        assert "One release." not in page

    def test_what_is_refused_keeps_what_was_typed(self, new, client_for, ravi):
        one, two, client = new(), new(title="Vouchers invented"), client_for(ravi)
        for given, sentence in (
            ({"way": "related-source", "find": "vouchers", "reason": "Kept words"}, "Choose one of the incidents"),
            ({"way": "related-source", "find": "AIR-2026-9999", "reason": "Kept words"}, "No incident has the ref"),
            ({"way": "related-source", "other": one.reference, "reason": "Kept words"}, "linked to itself"),
            ({"find": two.reference, "reason": "Kept words"}, "required"),
        ):
            answer = client.post(url(one, "links/"), given)
            assert answer.status_code == 422
            assert sentence in body(answer)
            assert "Kept words" in body(answer)
        assert not Link.objects.exists()

    def test_others_are_found_by_words_and_the_likeliest_are_suggested(
        self, new, client_for, ravi, django_assert_max_num_queries
    ):
        one = new(title="Refunds promised against policy")
        alike, other = new(title="Refund promised by mail"), new(title="Vouchers invented", state=State.DISMISSED)
        drill = new(kind="drill", title="Refund drill")
        client = client_for(ravi)
        with django_assert_max_num_queries(6):
            page = client.get(url(one, "links/candidates/?find="), headers=HTMX)
        offered = [each["pk"] for each in page.context["offered"]]
        assert offered[0] == alike.pk
        assert offered[-1] == other.pk
        found = client.get(url(one, "links/candidates/?find=voucher"), headers=HTMX).context["offered"]
        assert [each["pk"] for each in found] == [other.pk]
        to_merge = client.get(url(one, "links/candidates/?for=merge"), headers=HTMX).context["offered"]
        assert [each["pk"] for each in to_merge] == [alike.pk]
        assert drill.pk in offered


class TestMerging:
    def test_the_duplicate_leads_to_the_survivor_and_undo_brings_it_back(self, new, client_for, tess):
        one, two, client = new(), new(), client_for(tess)
        answer = client.post(url(two, "merge/"), {"other": one.reference, "note": "Same prompt."}, follow=True)
        made = Merge.objects.get()
        assert answer.redirect_chain[-1][0] == url(one)
        assert f"/merges/{made.pk}/return/" in body(answer)
        page = body(client.get(url(two)))
        assert "Work goes on in" in page
        assert 'id="step-reopen"' not in page
        assert url(one) in page
        assert client.post(f"/merges/{made.pk}/return/").status_code == 302
        assert Incident.objects.get(pk=two.pk).state == State.REPORTED
        assert "Work goes on in" not in body(client.get(url(two)))

    def test_later_it_is_parted_with_a_reason(self, new, now, client_for, tess, mo):
        one, two = new(), new()
        merge(two, one, by=tess, now=now - timedelta(days=1))
        client = client_for(mo)
        assert one.reference in body(client.get(url(two, "unmerge/")))
        assert client.post(url(two, "unmerge/"), {"reason": ""}).status_code == 422
        assert client.post(url(two, "unmerge/"), {"reason": "Two prompts."}).status_code == 302
        assert Incident.objects.get(pk=two.pk).merged_into is None
        assert client.post(url(two, "unmerge/"), {"reason": "Again."}).status_code == 422
        assert client.post(f"/merges/{Merge.objects.get().pk}/return/", follow=True).status_code == 200

    def test_several_are_merged_from_the_board_and_taken_back_together(self, new, client_for, tess):
        best, *others = new(state=State.CONTAINED), new(), new()
        client, chosen = client_for(tess), [each.reference for each in (best, *others)]
        page = client.get("/together/", {"chosen": chosen, "list": "state=all&shown=1.2"})
        assert page.context["merging"].initial == {"one": best.reference}
        given = {"chosen": chosen, "one": best.reference, "list": "state=all&shown=1.2"}
        answer = client.post("/together/merge/", given, follow=True)
        assert answer.redirect_chain[-1][0] == "/?state=all"
        assert "2 merged into" in body(answer)
        assert client.post(f"/merges/{Merge.objects.first().pk}/return/").status_code == 302
        assert not Incident.objects.filter(merged_into__isnull=False).exists()
        given = {"chosen": chosen, "one": best.reference, "way": "recurrence-source", "reason": "Weekly."}
        assert client.post("/together/link/", given).status_code == 302
        assert Link.objects.filter(relation="recurrence", target=best).count() == 2
        for short in ({"chosen": chosen[:1], "one": best.reference}, {"chosen": chosen}):
            assert client.post("/together/merge/", short).status_code == 422
        assert Merge.objects.filter(ended_at__isnull=True).count() == 0

    def test_the_page_of_an_incident_with_many_links_asks_no_more(
        self, new, now, client_for, tess, django_assert_max_num_queries
    ):
        one = new(state=State.TRIAGED)
        for _n in range(4):
            link(Relation.RELATED, one, new(), by=tess, now=now)
        merge(new(), one, by=tess, now=now)
        draw(now)
        client = client_for(tess)
        client.get(url(one))
        with django_assert_max_num_queries(18):
            client.get(url(one, "live/"), headers=HTMX)


class TestOutsiders:
    CANARY = "Zitronenfalter"

    @pytest.fixture
    def hidden(self, now, mo):
        cases.assistant()
        return cases.incident(now=now, title=self.CANARY, visibility=Visibility.RESTRICTED, by=mo)

    def read(self, client, shown, hidden):
        """Every page and fragment on which the other incident could be named."""
        paths = [
            "",
            "live/",
            "record/",
            "links/",
            "merge/",
            "links/candidates/",
            f"links/candidates/?find={self.CANARY}",
        ]
        paths += [f"links/candidates/?for=merge&find={hidden.reference}", f"links/?find={hidden.reference}"]
        pages = [client.get(url(shown, path)) for path in paths]
        pages += [client.get(f"/together/?chosen={shown.reference}&chosen={hidden.reference}")]
        pages += [client.get("/?state=all"), client.get("/my-work/")]
        assert {page.status_code for page in pages} <= {200}
        return "".join(body(page).replace(f"find={hidden.reference}", "") for page in pages)

    def test_a_link_to_a_restricted_incident_is_told_to_nobody_else(self, new, now, hidden, client_for, tess, mo):
        shown = new()
        made = link(Relation.PARENT, shown, hidden, by=mo, now=now, reason=f"See {self.CANARY}")
        draw(now)
        assert made.target == hidden
        words = self.read(client_for(tess), shown, hidden)
        # What the person typed into the search is given back to them, and nothing else.
        assert words.count(self.CANARY) == 0, words[words.index(self.CANARY) - 200 :][:400]
        assert f"<code>{hidden.reference}" not in words
        assert "another incident" not in words
        assert "Part of" not in body(client_for(tess).get(url(shown)))
        assert self.CANARY in body(client_for(mo).get(url(shown)))
        assert f"Part of {hidden.reference}" in body(client_for(mo).get(url(shown, "record/")))
        assert client_for(tess).post(url(shown, f"links/{made.pk}/end/"), {"reason": "x"}).status_code == 404
        assert Link.objects.get().is_open

    def test_a_survivor_that_was_restricted_later_is_not_named_on_its_duplicate(
        self, new, now, client_for, tess, mo, ravi
    ):
        survivor, duplicate = new(title=self.CANARY, by=mo), new()
        made = merge(duplicate, survivor, by=mo, now=now, note=f"Same as {self.CANARY}")
        Incident.objects.get(pk=survivor.pk).set_visibility(to=Visibility.RESTRICTED, by=mo, now=now, reason="Names.")
        client = client_for(tess)
        words = self.read(client, duplicate, survivor)
        assert self.CANARY not in words
        assert f"<code>{survivor.reference}" not in words
        assert "Merged into another incident" in words
        assert client.get(url(duplicate, "unmerge/")).status_code == 404
        assert client.post(f"/merges/{made.pk}/return/").status_code == 404
        assert Merge.objects.get().is_open
        assert survivor.reference in body(client_for(mo).get(url(duplicate)))
