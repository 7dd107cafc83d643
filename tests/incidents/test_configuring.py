"""Configuration in the admin: kept while in use, with a history of who, when, why and the value before."""

from http import HTTPStatus

import pytest

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem, ComponentVersion
from tests.incidents.cases import assistant, incident, level

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, ada):
    return client_for(ada)


def typed_level(**changes):
    found = level("SEV1")
    fields = [
        "name", "rank", "tone", "definition", "examples", "acknowledge_minutes", "contain_minutes", "update_minutes",
        "review_rule", "review_due_working_days", "review_signer_role", "reassess_minutes",
    ]  # fmt: skip
    return {name: getattr(found, name) for name in fields} | changes


@pytest.mark.parametrize("name", ["tess", "mo", "uma"])
def test_only_admins_configure(name, client_for, request):
    assistant()
    client = client_for(request.getfixturevalue(name))
    for model in ("severitylevel", "harmkind", "aisystem"):
        assert client.get(f"/admin/incidents/{model}/").status_code == HTTPStatus.FORBIDDEN


def test_a_change_needs_a_reason_and_stands_in_the_history(client, ada):
    assistant()
    address = f"/admin/incidents/severitylevel/{level('SEV1').pk}/"
    refused = client.post(f"{address}change/", typed_level(acknowledge_minutes=10, why=" "))
    assert "Say why you change this" in refused.content.decode()
    assert level("SEV1").acknowledge_minutes == 15

    saved = client.post(f"{address}change/", typed_level(acknowledge_minutes=10, why="The drill showed it."))
    assert saved.status_code == HTTPStatus.FOUND
    history = client.get(f"{address}history/")
    newest = history.context["rows"][0]
    assert (newest["who"], newest["why"]) == ("Ada Admin", "The drill showed it.")
    assert newest["values"] == [{"name": "acknowledge within (minutes)", "before": 15, "after": 10}]


def test_a_level_in_use_cannot_be_deleted_and_the_page_says_why_without_naming(now, client):
    assistant()
    own = level("SEV1")
    own.pk, own.slug, own.rank = None, "SEV9", 9
    own.save()
    hidden = incident(now=now, severity="SEV9", visibility=Visibility.RESTRICTED, title="Hidden name")
    named = client.get(f"/admin/incidents/severitylevel/{level('SEV1').pk}/change/").content.decode()
    assert "The severity matrix in force names this level" in named
    address = f"/admin/incidents/severitylevel/{own.pk}/"
    page = client.get(f"{address}change/").content.decode()
    assert "1 incident uses this, so it cannot be deleted." in page
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    assert SeverityLevel.objects.filter(slug="SEV9").exists()
    listed = client.post(
        "/admin/incidents/severitylevel/", {"action": "delete_selected", "_selected_action": hidden.severity_id}
    )
    assert "Hidden name" not in listed.content.decode()
    assert SeverityLevel.objects.filter(slug="SEV9").exists()


def test_an_unused_kind_can_be_deleted_a_used_one_retired(now, client):
    assistant()
    unused = HarmKind.objects.get(slug="other")
    assert (
        client.post(f"/admin/incidents/harmkind/{unused.pk}/delete/", {"post": "yes"}).status_code == HTTPStatus.FOUND
    )
    assert not HarmKind.objects.filter(slug="other").exists()

    used = HarmKind.objects.get(slug="data_exposure")
    incident(now=now, harm_kind=used)
    page = client.get(f"/admin/incidents/harmkind/{used.pk}/change/").content.decode()
    assert "Retire it instead." in page
    assert (
        client.post(f"/admin/incidents/harmkind/{used.pk}/delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    )


class TestSystems:
    def typed(self, system, **version):
        blank = {"component": "", "label": "", "deployed_from_0": "", "deployed_from_1": "", "note": ""}
        known = list(system.versions.order_by("-deployed_from"))
        rows = {
            f"versions-{number}-{name}": value
            for number, each in enumerate(known)
            for name, value in {
                "id": each.pk,
                "system": system.pk,
                "component": each.component,
                "label": each.label,
                "deployed_from_0": f"{each.deployed_from:%Y-%m-%d}",
                "deployed_from_1": f"{each.deployed_from:%H:%M:%S}",
                "note": "",
            }.items()
        }
        new = {f"versions-{len(known)}-{name}": value for name, value in {**blank, **version}.items()}
        return {
            **{"name": system.name, "purpose": system.purpose, "use_class": system.use_class, "why": "v14 is out."},
            **{"ownerships-TOTAL_FORMS": 0, "ownerships-INITIAL_FORMS": 0},
            **{"versions-TOTAL_FORMS": len(known) + 1, "versions-INITIAL_FORMS": len(known)},
            **rows,
            **new,
        }

    def deploy(self, client, system, label, day):
        version = {"component": "model", "label": label, "deployed_from_0": day, "deployed_from_1": "12:00:00"}
        return client.post(f"/admin/incidents/aisystem/{system.pk}/change/", self.typed(system, **version))

    def test_a_new_version_ends_the_one_before_it(self, client):
        system = assistant()
        assert self.deploy(client, system, "v13", "2026-01-01").status_code == HTTPStatus.FOUND
        assert self.deploy(client, system, "v14", "2026-02-01").status_code == HTTPStatus.FOUND
        v13, v14 = ComponentVersion.objects.order_by("deployed_from")
        assert (v13.deployed_to, v14.deployed_to) == (v14.deployed_from, None)

    def test_a_version_before_a_known_one_is_asked_for_its_end(self, client):
        system = assistant()
        self.deploy(client, system, "v14", "2026-02-01")
        answer = self.deploy(client, system, "v13", "2026-01-01")
        assert "say until when this ran" in answer.content.decode()
        assert ComponentVersion.objects.count() == 1

    def test_a_system_with_incidents_stays(self, now, client):
        case = incident(now=now)
        address = f"/admin/incidents/aisystem/{case.system_id}/"
        assert "Retire it instead." in client.get(f"{address}change/").content.decode()
        assert client.post(f"{address}delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
        assert AISystem.objects.filter(pk=case.system_id).exists()
