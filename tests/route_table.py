"""Every address of the product and what it answers to whom, by hand. tests/test_routes.py compares the product with it.

The audience: nobody (not signed in), an agent of the ticket's team, a stranger (an agent of another team), the
team's lead, a manager, an administrator, and somebody whose account was switched off while he was signed in. The
ticket is the agent's own, and foreign to the stranger.
"""

from dataclasses import dataclass, field
from typing import Any

AUDIENCE = ("nobody", "agent", "stranger", "lead", "manager", "admin", "inactive")
# Sent to the sign-in form.
SIGN_IN = "sign in"
Answers = dict[str, int | str]


def everybody(answer: int | str, **others: int | str) -> Answers:
    """The same for all, but for some."""
    return {**dict.fromkeys(AUDIENCE, answer), **others}


def staff(answer: int | str, nobody: int | str = SIGN_IN, **others: int | str) -> Answers:
    """For all who are signed in; who is not, or not any more, is sent to sign in."""
    return everybody(answer, **{"nobody": nobody, "inactive": nobody, **others})


def seers(answer: int | str, nobody: int | str = SIGN_IN) -> Answers:
    """For all who see the ticket; to a stranger it is not there."""
    return staff(answer, nobody, stranger=404)


def seers_of_team(answer: int | str, **others: int | str) -> Answers:
    """For all who may look at the team; to a stranger it is not there."""
    return staff(answer, **{"stranger": 404, **others})


def programs(answer: int | str, **others: int | str) -> Answers:
    """For every token that is in force."""
    return staff(answer, 401, **others)


LEADERS: Answers = staff(403, lead=200, manager=200, admin=200)


@dataclass(frozen=True)
class Row:
    """One address: its name, what its parts stand for, and the answers to each method."""

    name: str
    get: Answers
    post: Answers
    parts: dict[str, str] = field(default_factory=dict)
    # What is posted; nothing is the usual empty form.
    data: dict[str, Any] = field(default_factory=dict)
    patch: Answers | None = None


def shown(name: str, answers: Answers, /, **parts: str) -> Row:
    """A page that is only looked at."""
    refused = {who: SIGN_IN if answer == SIGN_IN else 405 for who, answer in answers.items()}
    return Row(name, answers, refused, parts)


def pressed(name: str, answers: Answers, data: dict[str, Any] | None = None, /, **parts: str) -> Row:
    """An address that only takes what is posted."""
    refused = {who: SIGN_IN if answer == SIGN_IN else 405 for who, answer in answers.items()}
    return Row(name, refused, answers, parts, data or {})


def read(name: str, answers: Answers, /, **parts: str) -> Row:
    """A route of the API that is only read."""
    return Row(name, answers, programs(405), parts)


PORTAL = [
    shown("home", everybody(200)),
    Row("channels:ask", everybody(200), everybody(200)),
    shown("channels:ticket", everybody(200), token="ticket_token"),
    pressed("channels:reply", everybody(200), token="ticket_token"),
    pressed("channels:confirm", everybody(302), token="ticket_token"),
    pressed("channels:reopen", everybody(302), token="ticket_token"),
    # The file is on an internal note: the link alone is not enough.
    shown(
        "channels:attachment",
        everybody(200, nobody=404, stranger=404, inactive=404),
        pk="file",
        token="file_token",
    ),
    shown("channels:file", everybody(200), token="link_token"),
    shown("knowledgebase:help-centre", everybody(200)),
    shown("knowledgebase:suggest", everybody(200)),
    shown("knowledgebase:article", everybody(200), slug="article_slug"),
    pressed("knowledgebase:vote", everybody(302), {"helpful": "yes"}, slug="article_slug"),
    shown("knowledgebase:section", everybody(200), slug="section_slug"),
    Row("surveys:answer", everybody(200), everybody(422), {"token": "survey_token"}),
    Row("set_language", everybody(302), everybody(302), data={"language": "en"}),
    # Only in a trial run.
    shown("trial-mail", everybody(404)),
]
DESK = [
    shown("tickets:queue", staff(200)),
    shown("tickets:queue", staff(200), queue="queue"),
    # Without a way to sign in: a page's script asks.
    Row("tickets:pulse", everybody(405), staff(204, 403)),
    shown("tickets:counts", staff(200)),
    shown("tickets:find", staff(200)),
    pressed("tickets:recent-searches", staff(204)),
    shown("tickets:views", staff(200)),
    shown("tickets:views-side", staff(200)),
    Row("tickets:new-view", staff(200), staff(422)),
    # The view is the agent's own.
    shown("tickets:view", staff(404, agent=200), pk="view"),
    Row("tickets:edit-view", staff(404, agent=200), staff(404, agent=422), {"pk": "view"}),
    pressed("tickets:move-view", staff(404, agent=302), pk="view"),
    pressed("tickets:delete-view", staff(404, agent=302), pk="view"),
    shown("tickets:flow", staff(200)),
    shown("tickets:ticket-flow", seers(200), pk="ticket"),
    shown("tickets:board", staff(200)),
    shown("tickets:board-move", seers(200), pk="ticket", target="status"),
    shown("tickets:bulk", staff(200)),
    # Nothing is marked.
    Row("tickets:new-bulk", staff(302), staff(302)),
    # The job is the agent's; who sees every ticket sees it too.
    shown("tickets:bulk-job", staff(404, agent=200, manager=200, admin=200), pk="bulk"),
    pressed("tickets:undo-bulk", staff(404, agent=302, manager=302, admin=302), pk="bulk"),
    Row("tickets:create", staff(200), staff(422)),
    shown("tickets:find-customer", staff(200)),
    shown("tickets:duty", staff(302)),
    shown("tickets:duty-week", seers_of_team(200), team="team", year="year", number="week"),
    shown("tickets:duty-export", seers_of_team(200), team="team", year="year", number="week"),
    shown(
        "tickets:duty-forecast",
        seers_of_team(403, lead=200, manager=200, admin=200),
        team="team",
        year="year",
        number="week",
    ),
    Row(
        "tickets:duty-import",
        seers_of_team(403, lead=200, manager=200, admin=200),
        seers_of_team(403, lead=422, manager=422, admin=422),
        {"team": "team", "year": "year", "number": "week"},
    ),
    shown("tickets:duty-handover", seers_of_team(200), team="team"),
    Row(
        "tickets:duty-day",
        seers_of_team(403, lead=200, manager=200, admin=200),
        seers_of_team(403, lead=404, manager=404, admin=404),
        {"team": "team", "on": "day", "user": "member"},
    ),
    shown("tickets:ticket", seers(200), pk="ticket"),
    Row("tickets:write", seers(302), seers(422), {"pk": "ticket"}),
    Row(
        "tickets:take-step",
        seers(302),
        seers(302),
        {"pk": "ticket"},
        {"step": "cancel", "cancel_reason": "spam"},
    ),
    pressed("tickets:take", seers(200), pk="ticket"),
    Row("tickets:forward", seers(200), seers(422), {"pk": "ticket"}),
    Row("tickets:send-new", seers(200), seers(422), {"pk": "ticket"}),
    Row("tickets:write-side", seers(200), seers(422), {"pk": "ticket", "side": "side"}),
    pressed("tickets:close-side", seers(302), pk="ticket", side="side"),
    pressed("tickets:save-draft", seers(200), {"kind": "note", "version": "0"}, pk="ticket"),
    Row("tickets:draft-files", seers(200), seers(400), {"pk": "ticket"}),
    # One's own only, whoever one is; what is not there is removed.
    shown("tickets:draft-file", staff(404, agent=200), pk="ticket", file="draft_file"),
    pressed("tickets:remove-file", seers(204), pk="ticket", file="draft_file"),
    pressed("tickets:preview", seers(200), pk="ticket"),
    shown("tickets:offers", seers(200), pk="ticket", kind="offers"),
    # The message is a note, which is never taken back: that is said on the ticket's page.
    Row("tickets:take-back", seers(302), seers(302), {"pk": "ticket", "message": "message"}),
    shown("tickets:step", seers(200), pk="ticket", name="step"),
    Row("tickets:edit-ticket", seers(200), seers(422), {"pk": "ticket", "part": "part"}),
    pressed("tickets:switch-watching", seers(302), pk="ticket"),
    Row("tickets:merge", seers(200), seers(422), {"pk": "ticket"}),
    # The merge is one of another ticket: there is nothing to undo here.
    pressed("tickets:undo-merge", seers(302), pk="ticket", merge="merge"),
    Row("tickets:split", seers(200), seers(422), {"pk": "ticket", "message": "mail"}),
    Row("tickets:link", seers(200), seers(422), {"pk": "ticket"}),
    pressed("tickets:unlink", seers(302), pk="ticket", link="link"),
    Row("tickets:add-child", seers(200), seers(422), {"pk": "ticket"}),
    Row("tickets:tell-all", seers(200), seers(422), {"pk": "ticket"}),
    shown("tickets:told", seers(200), pk="ticket", announcement="announcement"),
    pressed("tickets:unplace", seers(302), pk="ticket"),
    pressed("tickets:ungather", seers(302), pk="ticket"),
    Row("tickets:follow-up", seers(200), seers(422), {"pk": "ticket"}),
    Row("tickets:time-entries", seers(200), seers(422), {"pk": "ticket"}),
    pressed("tickets:count-time", seers(422), pk="ticket"),
    shown("tickets:bell", staff(200)),
    shown("tickets:notices", staff(200)),
    pressed("tickets:read-notices", staff(302)),
    # One's own notices only, whoever one is.
    pressed("tickets:open-notice", staff(404, agent=302), pk="notice"),
    pressed("tickets:note-customer", seers(302), pk="ticket"),
    Row("tickets:merge-customer", seers(200), seers(422), {"pk": "ticket"}),
    shown("tickets:aside", seers(200), pk="ticket"),
    shown("tickets:history", seers(200), pk="ticket"),
    shown("tickets:promise", seers(200), pk="ticket", promise="promise"),
    pressed("tickets:presence", seers(200), pk="ticket"),
    shown("tickets:earlier", seers(200), pk="ticket"),
    shown("tickets:events", seers(200), pk="ticket"),
    shown("tickets:news", seers(200), pk="ticket"),
    shown("tickets:templates", seers(200), pk="ticket"),
    shown("tickets:articles", seers(200), pk="ticket"),
    pressed("tickets:tick", seers(302), {"done": "1"}, pk="ticket", item="item"),
    shown("tickets:macros", seers(200), pk="ticket"),
    Row("tickets:use-macro", seers(200), seers(302), {"pk": "ticket", "macro": "macro"}),
    pressed("tickets:link-article", seers(302), {"article": "article"}, pk="ticket"),
    pressed("tickets:deliver-again", seers(302), pk="message"),
    shown("tickets:attachment", seers(200), pk="file"),
    shown("tickets:original", seers(200), pk="mail"),
]
STAFF = [
    Row("staff:profile", staff(200), staff(422)),
    pressed("staff:choose-notices", staff(302)),
    pressed("staff:switch-presence", staff(302)),
    pressed("staff:switch-language", staff(302)),
    pressed("staff:issue-token", staff(422)),
    # One's own tokens only, whoever one is.
    pressed("staff:revoke-token", staff(404, agent=302), pk="token"),
    shown("overview", LEADERS),
    shown("palette", staff(200)),
]
ACCOUNT = [
    Row("account_login", staff(302, nobody=200), staff(302, nobody=200)),
    Row("account_logout", staff(200, 302), staff(302, 302)),
    shown("account_inactive", everybody(200)),
    Row("account_reauthenticate", staff(200), staff(200)),
    Row("account_change_password", staff(200), staff(200)),
    Row("account_set_password", staff(302), staff(302)),
    Row("account_reset_password", everybody(200), everybody(200)),
    shown("account_reset_password_done", everybody(200)),
    shown("account_reset_password_from_key_done", everybody(200)),
    Row(
        "account_reset_password_from_key",
        everybody(200),
        everybody(200),
        {"uidb36": "nothing", "key": "nothing"},
    ),
    shown("mfa_index", staff(200)),
    Row("mfa_authenticate", staff(302), staff(302)),
    Row("mfa_reauthenticate", staff(302), staff(302)),
    Row("mfa_activate_totp", staff(302), staff(302)),
    Row("mfa_generate_recovery_codes", staff(302), staff(302)),
    # Of somebody without a second factor there is nothing to show.
    Row("mfa_deactivate_totp", staff(404), staff(404)),
    shown("mfa_view_recovery_codes", staff(404)),
    Row("mfa_download_recovery_codes", staff(404), staff(404)),
]
API = [
    Row("api:docs", staff(200), staff(405)),
    read("api:document", programs(200)),
    Row("api:tickets", programs(200), programs(400)),
    Row("api:ticket", seers(200, 401), programs(405), {"pk": "ticket"}, patch=seers(200, 401)),
    Row("api:ticket-messages", seers(200, 401), seers(400, 401), {"pk": "ticket"}),
    read("api:ticket-attachments", seers(200, 401), pk="ticket"),
    read("api:ticket-attachment", seers(200, 401), pk="ticket", attachment="file"),
    Row("api:ticket-steps", seers(200, 401), seers(400, 401), {"pk": "ticket"}),
    read("api:ticket-macros", seers(200, 401), pk="ticket"),
    Row("api:ticket-macro", programs(405), seers(200, 401), {"pk": "ticket", "macro": "macro"}),
    read("api:ticket-promises", seers(200, 401), pk="ticket"),
    read("api:ticket-events", seers(200, 401), pk="ticket"),
    read("api:views", programs(200)),
    read("api:view-tickets", programs(404, agent=200), pk="view"),
    Row("api:bulk-jobs", programs(200), programs(400)),
    read("api:bulk-job", programs(404, agent=200, manager=200, admin=200), pk="bulk"),
    read("api:bulk-job-items", programs(404, agent=200, manager=200, admin=200), pk="bulk"),
    read("api:responses", programs(200)),
    read("api:article-list", programs(200)),
    read("api:article-detail", programs(200), pk="article"),
    read("api:category-list", programs(200)),
    read("api:category-detail", programs(200), code="category_code"),
    Row("api:customer-list", programs(200), programs(400)),
    read("api:customer-detail", programs(200), pk="customer"),
    Row("api:unknown", everybody(404), everybody(404), patch=everybody(404)),
]
TABLE = [*PORTAL, *DESK, *STAFF, *ACCOUNT, *API]
