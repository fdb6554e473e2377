"""Take the pictures of docs/pictures/ anew: `.venv/bin/python -m scripts.screenshots [name …]`.

On the demo data, with a database, a web server and a worker of its own that are gone afterwards.
"""

import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.environment import PYTHON, ROOT, clean_environment
from scripts.private_postgres import free_port
from scripts.run import answers, end
from tests.browser.watch import CHROMIUM, FLAGS, LOCALES

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 250_000  # bytes
SIZES = {
    "desktop": {"width": 1280, "height": 800},
    "small": {"width": 1120, "height": 630},
    "phone": {"width": 390, "height": 844},
}
PASSWORDS = """
from helpdesk.demo.people import PASSWORD
print(PASSWORD)
"""
LINKS = """
from django.utils import timezone
from common.links import link_path
from surveys.models import Invitation
from tickets.models import Ticket
ticket = Ticket.objects.filter(status="waiting", language="zh-hant").order_by("-id").first()
print(link_path("ticket", ticket.link_nonce))
asked = Invitation.objects.filter(closed_at=None, expires_at__gt=timezone.now(), language="zh-hans")
print(link_path("survey", asked.order_by("-id").first().link_nonce))
"""


def look(path: str) -> Callable[[Page], None]:
    """Only open a page."""

    def open_it(page: Page) -> None:
        page.goto(path)

    return open_it


def first_ticket(page: Page) -> None:
    """The ticket of one's own that is due next."""
    page.goto("/desk/queue/mine/")
    page.locator(".tickets .what > a").first.click()
    page.locator("#aside h2").first.wait_for()


def question(page: Page) -> None:
    """The question form, begun; what is typed brings up an article."""
    page.goto("/ask/?category=product-fault")
    page.locator("#id_subject").fill("扫地机器人边刷不转")
    page.locator("#id_text").fill("昨天开始边刷不转，清理过头发也没用。")
    page.locator("#suggestions a").first.wait_for()


def admin_form(model: str, row: str = "") -> Callable[[Page], None]:
    """One row of what a manager shapes: the first, or the first that has the words."""

    def open_it(page: Page) -> None:
        page.goto(f"/admin/{model}/")
        page.locator("#result_list tbody tr", has_text=row).first.locator("th a").click()

    return open_it


def admin_link(model: str, row: str, link: str) -> Callable[[Page], None]:
    """What a link on such a row's page leads to."""

    def open_it(page: Page) -> None:
        admin_form(model, row)(page)
        page.locator(f"#content a[href*='{link}']").first.click()

    return open_it


def duty(link: str = "", *, weeks_on: int = 0) -> Callable[[Page], None]:
    """One's team's duty week, some weeks from now, or a sheet it leads to."""

    def open_it(page: Page) -> None:
        page.goto("/desk/duty/")
        for _week in range(weeks_on):
            page.locator(".duty-moves a").last.click()
            page.wait_for_load_state()
        if link:
            page.locator(f".duty-tools a[href*='{link}']").click()

    return open_it


def rota(page: Page) -> None:
    """A rota, at its grid."""
    admin_form("staff/rota", "Asia/Shanghai")(page)
    page.locator(".rota-grid").last.scroll_into_view_if_needed()


def stages(page: Page) -> None:
    """A policy's chain of escalation and the first of its stages."""
    admin_form("sla/slapolicy")(page)
    page.locator(".chain").evaluate("chain => chain.closest('fieldset').scrollIntoView()")


def what_if(page: Page) -> None:
    """What the first policy would have kept and broken, had it promised an answer within ten minutes."""
    admin_form("sla/slapolicy")(page)
    page.locator("#id_first_response_minutes").fill("10")
    page.locator("[hx-target='#tries']").click()
    page.locator("#what-if table").first.wait_for()
    page.locator("#try-title").evaluate("title => title.scrollIntoView()")


def write_both(page: Page, other: Page) -> None:
    """A colleague is writing on the same ticket."""
    other.locator("#body").fill("我来回复这位客户。")
    page.locator(".around.is-writing").wait_for()


def send_late(page: Page, other: Page) -> None:
    """A reply is sent over what a colleague has written meanwhile."""
    page.locator("#body").fill("您好，换货单已经开好，明天寄出。")
    other.locator("label[for=kind-note]").click()
    other.locator("#body").fill("仓库刚说：这一批要等到周四才有货，先别答应明天。")
    other.locator("#write [data-send]").click()
    other.wait_for_load_state()
    page.locator("#write [data-send]").click()
    page.locator(".unseen").wait_for()


def palette(page: Page) -> None:
    """The command palette over a ticket, before anything is typed."""
    first_ticket(page)
    page.keyboard.press("Control+k")
    page.locator("#command-offers [role=option]").first.wait_for()


def macros(page: Page) -> None:
    """What the macros would do with a ticket."""
    first_ticket(page)
    page.keyboard.press("m")
    page.locator("#dialog .macro").first.wait_for()


def merging(page: Page) -> None:
    """What merging a ticket into the next one would do."""
    page.goto("/desk/queue/mine/")
    number = page.locator(".tickets .number").nth(1).inner_text()
    page.locator(".tickets .what > a").first.click()
    page.goto(f"{page.url.partition('?')[0]}merge/")
    page.locator("#id_number").fill(number)
    page.locator(".step-form .btn-primary").click()
    page.locator(".merge-preview").wait_for()


def choose_view(page: Page) -> None:
    """The form of a view that begins with what a queue was narrowed to."""
    page.goto("/desk/queue/all/?status=assigned&priority=high")
    page.locator(".keep-view a").click()
    page.locator("#id_name").fill("24 h")
    page.locator("#conditions-title").scroll_into_view_if_needed()


def saved_view(page: Page) -> None:
    """A shared view, by its place beside the queues."""
    page.goto("/desk/")
    page.locator("#views a").nth(2).click()
    page.locator(".sentences").wait_for()


def bulk_result(page: Page) -> None:
    """What became of some tickets that were taken all at once."""
    page.goto("/desk/queue/all/")
    page.locator(".tickets .what > a").first.focus()
    page.keyboard.press("x")
    page.locator(".tickets .what > a").nth(7).focus()
    page.keyboard.press("Shift+X")
    page.locator("#bulk-action").select_option("assign")
    page.locator("#bulk .btn-primary").click()
    page.locator("#id_to").select_option(index=1)
    page.locator("[name=stage][value=look]").click()
    page.locator("[name=stage][value=start]").click()
    # The page looks for itself how far it is.
    page.locator("#bulk-job:not([hx-get])").wait_for()


def searching(page: Page) -> None:
    """What the search box offers for two words and a condition."""
    page.goto("/desk/queue/mine/")
    page.locator("#search").press_sequentially("漏水 -is:cancelled")
    page.locator("#search-offers a[role=option]").first.wait_for()


@dataclass(frozen=True)
class Picture:
    """One picture: who sees what, in which language, theme and size."""

    name: str
    open: Callable[[Page], None]
    language: str
    who: str = ""
    size: str = "desktop"
    theme: str = "light"
    # Who else has the same page open, and what comes of it.
    beside: str = ""
    meet: Callable[[Page, Page], None] | None = None


def pictures(ticket: str, survey: str) -> list[Picture]:
    """All of them; the arguments are a customer's links."""
    queue = look("/desk/queue/team/")
    return [
        Picture("desk-queue-en", queue, "en", "agent-international"),
        Picture("desk-queue-zh-hans", queue, "zh-hans", "agent"),
        Picture("desk-ticket-en", first_ticket, "en", "agent-international"),
        Picture("desk-ticket-zh-hans", first_ticket, "zh-hans", "agent"),
        Picture("desk-ticket-zh-hant-dark", first_ticket, "zh-hant", "agent-taiwan", theme="dark"),
        Picture("desk-collision-zh-hans", first_ticket, "zh-hans", "agent", beside="lead", meet=write_both),
        Picture("desk-question-zh-hans", first_ticket, "zh-hans", "agent", beside="lead", meet=send_late),
        Picture("portal-front-phone-zh-hans", look("/"), "zh-hans", size="phone"),
        Picture("ask-phone-zh-hans", question, "zh-hans", size="phone"),
        Picture("ticket-phone-zh-hant", look(ticket), "zh-hant", size="phone"),
        Picture("survey-phone-zh-hans", look(survey), "zh-hans", size="phone"),
        Picture("help-centre-en", look("/help/"), "en"),
        Picture("overview-zh-hans", look("/overview/"), "zh-hans", "manager"),
        Picture("admin-index-en", look("/admin/"), "en", "manager"),
        Picture("admin-calendar-zh-hans", admin_form("sla/businesscalendar", "大陆"), "zh-hans", "manager"),
        *in_both(),
    ]


# What stands in the guides in English and in Simplified Chinese. A page more is a line more.
BOTH: list[tuple[str, Callable[[Page], None], str]] = [
    ("admin-policy", admin_form("sla/slapolicy"), "manager"),
    ("admin-stages", stages, "manager"),
    ("admin-what-if", what_if, "manager"),
    ("admin-versions", admin_link("sla/slapolicy", "VIP", "/versions/"), "manager"),
    ("admin-year", admin_link("sla/businesscalendar", "09:00–12:00", "/year/2026/"), "manager"),
    ("admin-rota", rota, "manager"),
    ("admin-routing", look("/admin/tickets/routingrule/"), "manager"),
    ("desk-palette", palette, "agent"),
    ("desk-search", searching, "agent"),
    ("duty-week", duty(weeks_on=1), "lead"),
    ("duty-hand-over", duty("hand-over"), "lead"),
]
# The same of the desk, each by an agent of that language. What changes tickets comes last.
DESK: list[tuple[str, Callable[[Page], None]]] = [
    ("desk-board", look("/desk/board/?of=team")),
    ("desk-view", saved_view),
    ("desk-view-form", choose_view),
    ("desk-flow", look("/desk/flow/")),
    ("desk-macros", macros),
    ("desk-merge", merging),
    ("desk-bulk", bulk_result),
]


def in_both() -> list[Picture]:
    """Those pages in both languages."""
    return [
        *(
            Picture(f"{name}-{language}", open_it, language, who)
            for name, open_it, who in BOTH
            for language in ("en", "zh-hans")
        ),
        *(
            Picture(f"{name}-{language}", open_it, language, who, size="small")
            for name, open_it in DESK
            for language, who in (("en", "agent-international"), ("zh-hans", "agent"))
        ),
    ]


def manage(environment: dict[str, str], *arguments: str) -> list[str]:
    """Run a management command and return the lines it prints."""
    command = [PYTHON, "manage.py", *arguments]
    output = subprocess.PIPE
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=output, text=True
    ).stdout.splitlines()


def sign_in(page: Page, who: str, password: str, language: str) -> None:
    """Sign in by the form, and choose the language in the profile."""
    page.goto("/account/login/?next=/me/")
    page.locator("#id_login").fill(f"{who}@demo.example")
    page.locator("#id_password").fill(password)
    page.locator("form.sign-in button").click()
    page.locator("select[name=language]").select_option(language)
    page.locator("form:has(select[name=language]) button").first.click()
    page.locator("[data-notice=success]").wait_for()


def take(browser: Browser, url: str, picture: Picture, password: str) -> Path:
    """Take one picture; stop when it is too large for the repository."""
    context = browser.new_context(
        base_url=url, locale=LOCALES[picture.language], viewport=SIZES[picture.size],  # type: ignore[arg-type]
        color_scheme="dark" if picture.theme == "dark" else "light", reduced_motion="reduce",
        device_scale_factor=2 if picture.size == "phone" else 1, is_mobile=picture.size == "phone",
        timezone_id="Asia/Shanghai",
    )  # fmt: skip
    page = context.new_page()
    if picture.who:
        sign_in(page, picture.who, password, picture.language)
    picture.open(page)
    if picture.meet:
        other = browser.new_context(base_url=url, locale=LOCALES[picture.language]).new_page()
        sign_in(other, picture.beside, password, picture.language)
        other.goto(page.url)
        picture.meet(page, other)
    page.wait_for_load_state("networkidle")
    path = PICTURES / f"{picture.name}.png"
    page.screenshot(path=path)
    context.close()
    if path.stat().st_size > LARGEST:
        sys.exit(
            f"{path.relative_to(ROOT)} has {path.stat().st_size:,} bytes; up to {LARGEST:,} belong here."
        )
    return path


def take_all(environment: dict[str, str], url: str, names: list[str]) -> None:
    """Take the named pictures, or all."""
    ticket, survey = manage(environment, "shell", "--verbosity", "0", "--command", LINKS)
    [password] = manage(environment, "shell", "--verbosity", "0", "--command", PASSWORDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in pictures(ticket, survey):
            if not names or picture.name in names:
                path = take(browser, url, picture, password)
                print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB", flush=True)
        browser.close()


def main() -> None:
    """Make the demo, serve it, take the pictures, and end the server."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = clean_environment(
            DEBUG="True", SECRET_KEY=secrets.token_urlsafe(48), DATABASE_URL=f"sqlite:///{folder}/demo.sqlite3",
            MEDIA_ROOT=f"{folder}/media", MAIL_FOLDER=f"{folder}/mail", PUBLIC_URL=url,
        )  # fmt: skip
        manage(environment, "migrate", "--no-input", "--verbosity", "0")
        manage(environment, "seed_demo")
        manage(environment, "work", "--batch")
        bind = ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket"]
        server = subprocess.Popen(
            [PYTHON, "-m", "gunicorn", "helpdesk.wsgi", *bind], cwd=ROOT, env=environment
        )
        worker = subprocess.Popen([PYTHON, "manage.py", "work"], cwd=ROOT, env=environment)
        try:
            while not answers(url) and server.poll() is None:
                time.sleep(0.2)
            take_all(environment, url, sys.argv[1:])
        finally:
            end({"web": server, "worker": worker})


if __name__ == "__main__":
    main()
