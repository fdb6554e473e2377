"""The admin's pages about people: roles are given, never taken by oneself; nobody who has worked is deleted."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse

from staff import services
from staff.models import ApiToken, Skill, Team, User

pytestmark = pytest.mark.ground


@pytest.fixture
def as_(client):
    """Signs somebody in and gives the client."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def page(user):
    return reverse("admin:staff_user_change", args=[user.pk])


def change(client, user, **fields):
    """Save the user's page with some fields changed."""
    response = client.get(page(user))
    assert response.status_code == 200
    form = response.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    forms = response.context["inline_admin_formsets"]
    management = {key: value for inline in forms for key, value in _management(inline.formset).items()}
    data = {
        key: value
        for key, value in (values | management | fields).items()
        if value is not None and value is not False
    }
    return client.post(page(user), data)


def _management(formset):
    form = formset.management_form
    rows = {row.add_prefix(name): row[name].value() for row in formset.initial_forms for name in row.fields}
    return {form.add_prefix(name): form[name].value() for name in form.fields} | rows


def role(name):
    return Group.objects.get(name=name).pk


def roles_of(user):
    return set(User.objects.get(pk=user.pk).groups.values_list("name", flat=True))


def test_an_agent_and_a_lead_do_not_open_the_admin(as_, agent, lead):
    for user in (agent, lead):
        assert as_(user).get(page(agent)).status_code == 302


def test_a_manager_makes_a_user_who_then_sets_his_own_password(as_, manager, client):
    new = {
        "email": "New.Agent@Example.com",
        "display_name": "孙丽",
        "language": "zh-hans",
        "time_zone": "Asia/Shanghai",
    }
    response = as_(manager).post(reverse("admin:staff_user_add"), new | {"usable_password": "false"})
    user = User.objects.get(email="new.agent@example.com")
    assert response.url == page(user)
    assert not user.has_usable_password()
    client.logout()
    client.post(reverse("account_reset_password"), {"email": user.email})
    assert "/password/reset/key/" in mail.outbox[0].body


def test_an_address_that_is_taken_is_refused_in_any_case(as_, manager, agent):
    new = {"email": agent.email.upper(), "display_name": "x", "language": "en", "time_zone": "Asia/Shanghai"}
    response = as_(manager).post(reverse("admin:staff_user_add"), new | {"usable_password": "false"})
    assert list(response.context["adminform"].form.errors) == ["email"]


def test_a_manager_gives_roles_but_not_the_administrators(as_, manager, agent):
    client = as_(manager)
    change(client, agent, groups=[role("agent"), role("lead")])
    assert roles_of(agent) == {"agent", "lead"}
    response = change(client, agent, groups=[role("admin")])
    assert list(response.context["adminform"].form.errors) == ["groups"]
    assert roles_of(agent) == {"agent", "lead"}


def test_a_manager_raises_neither_himself_nor_locks_himself_out(as_, manager):
    change(as_(manager), manager, groups=[role("admin")], is_superuser="on", display_name="Liu Yang II")
    manager.refresh_from_db()
    assert manager.display_name == "Liu Yang II"
    assert roles_of(manager) == {"manager"}
    assert not manager.is_superuser
    assert manager.is_active


def test_a_manager_does_not_touch_an_administrator(as_, manager, admin):
    client = as_(manager)
    assert client.get(page(admin)).status_code == 200  # to look at
    assert client.post(page(admin), {"email": manager.email}).status_code == 403
    assert (
        client.post(f"{page(admin)[:-7]}password/", {"password1": "x", "password2": "x"}).status_code == 403
    )


def test_an_administrator_makes_another_who_may_then_open_the_admin(as_, admin, agent):
    change(as_(admin), agent, groups=[role("admin")])
    agent.refresh_from_db()
    assert roles_of(agent) == {"admin"}
    assert agent.is_staff
    change(as_(admin), agent, groups=[role("agent")])
    agent.refresh_from_db()
    assert not agent.is_staff


def test_somebody_switched_off_is_no_longer_present(as_, manager, agent):
    services.switch_presence(agent, is_present=True)
    change(as_(manager), agent, is_active=False)
    agent.refresh_from_db()
    assert (agent.is_active, agent.is_present) == (False, False)


def test_no_page_shows_a_password_hash(as_, admin, agent):
    html = as_(admin).get(page(agent)).content.decode()
    assert agent.password not in html
    assert agent.password.split("$")[-1][:6] not in html


def test_who_has_worked_is_switched_off_instead_of_deleted(as_, admin, agent, ticket_in):
    ticket_in("assigned")
    address = reverse("admin:staff_user_delete", args=[agent.pk])
    response = as_(admin).post(address, {"post": "yes"}, follow=True)
    assert "Switch “active” off instead" in response.content.decode()
    assert User.objects.filter(pk=agent.pk).exists()


def test_who_has_never_worked_can_be_deleted(as_, admin, agent):
    services.issue_token(agent, name="import", scope="read", days=30)
    as_(admin).post(reverse("admin:staff_user_delete", args=[agent.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=agent.pk).exists()


def test_a_token_is_listed_and_revoked_and_nothing_else(as_, admin, agent):
    token, raw = services.issue_token(agent, name="import", scope="read", days=30)
    client = as_(admin)
    address = reverse("admin:staff_apitoken_changelist")
    html = client.get(address).content.decode()
    assert token.prefix in html
    assert raw not in html
    assert token.token_hash not in html
    assert client.get(reverse("admin:staff_apitoken_add")).status_code == 403
    one = reverse("admin:staff_apitoken_change", args=[token.pk])
    assert token.token_hash not in client.get(one).content.decode()
    assert client.post(one, {"name": "x"}).status_code == 403
    client.post(address, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at
    assert client.post(reverse("admin:staff_apitoken_delete", args=[token.pk])).status_code == 403


def test_a_manager_has_no_business_with_tokens(as_, manager, agent):
    services.issue_token(agent, name="import", scope="read", days=30)
    assert as_(manager).get(reverse("admin:staff_apitoken_changelist")).status_code == 403
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("model", ["user", "team", "apitoken", "skill"])
def test_a_list_costs_the_same_queries_at_any_length(
    as_, admin, person, model, count, django_assert_max_num_queries
):
    client = as_(admin)
    for number in range(count):
        user = person("agent", f"Agent {number}")
        services.issue_token(user, name="import", scope="read", days=30)
        Team.objects.create(name=f"Team {number}").memberships.create(user=user)
        Skill.objects.create(code=f"skill-{number}", name="Skill")
    with django_assert_max_num_queries(12):
        html = client.get(reverse(f"admin:staff_{model}_changelist")).content.decode()
    assert len(re.findall('class="action-select"|<th class="field-', html)) >= count


@pytest.mark.parametrize(("language", "words"), [("en", "Team lead"), ("zh-hans", "团队主管")])
def test_roles_go_by_their_words(client, admin, language, words):
    admin.language = language
    admin.save()
    client.force_login(admin)
    group = Group.objects.get(name="lead")
    listed = client.get(reverse("admin:auth_group_changelist")).content.decode()
    shown = client.get(reverse("admin:auth_group_change", args=[group.pk])).content.decode()
    assert f">{words}</a>" in listed
    assert ">lead</a>" not in listed
    assert f"<h2>{words}</h2>" in shown
    assert 'name="name"' not in shown


def test_a_role_that_the_product_knows_stays_and_others_go(client, admin):
    client.force_login(admin)
    own = Group.objects.create(name="Auditors")
    for group, status in ((Group.objects.get(name="agent"), 403), (own, 302)):
        address = reverse("admin:auth_group_delete", args=[group.pk])
        assert client.post(address, {"post": "yes"}).status_code == status
    assert set(Group.objects.values_list("name", flat=True)) == {"agent", "lead", "manager", "admin"}
