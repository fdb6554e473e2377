"""The watched browser sees what a visitor's browser would complain about."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.watch import Watch, axe, axe_in_both_themes, new_page

HEAD = '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Desk</title>'
GOOD = HEAD + "<main><h1>Queue</h1><p>Nothing waits.</p></main>"
PAGES = {
    "/good": GOOD,
    "/inline-script": GOOD + "<script>document.title = 'changed'</script>",
    "/inline-style": GOOD + '<p style="color: red">red</p>',
    "/foreign": GOOD + '<a href="/good">x</a><img alt="" src="http://foreign.example/pixel.png">',
    "/broken-script": GOOD + '<script src="/broken.js"></script>',
    "/missing": GOOD + '<link rel="icon" href="data:,"><script src="/nowhere.js"></script>',
    "/unlabelled": GOOD + "<form><input name='subject'></form>",
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = "undefined.thing()" if self.path == "/broken.js" else PAGES.get(self.path)
        # Chromium asks for an icon by itself.
        status = 204 if self.path == "/favicon.ico" else 404 if text is None else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        images = "img-src * data:"
        self.send_header(
            "Content-Security-Policy", f"default-src 'self'; script-src 'self'; style-src 'self'; {images}"
        )
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def visit(chromium, site, path, **manner):
    watch = Watch(site, manner.pop("allowed", ()))
    page = new_page(chromium, watch, **{"language": "en", "theme": "light", "viewport": "desktop"} | manner)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return watch, page


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/inline-script", "content security policy: script-src"),
        ("/inline-style", "content security policy: style-src"),
        ("/foreign", "foreign request: http://foreign.example/pixel.png"),
        ("/broken-script", "script error:"),
        ("/missing", "console error: Failed to load resource: the server responded with a status of 404"),
    ],
)
def test_a_fault_is_seen(chromium, site, path, complaint):
    watch, page = visit(chromium, site, path)
    page.context.close()
    assert any(problem.startswith(complaint) for problem in watch.problems), watch.problems


def test_an_expected_complaint_is_left_out(chromium, site):
    watch, page = visit(chromium, site, "/missing", allowed=("status of 404",))
    page.context.close()
    assert watch.problems == []


@pytest.mark.parametrize(
    ("language", "first", "theme", "viewport"),
    [
        ("zh-hans", "zh-CN", "light", "phone"),
        ("zh-hant", "zh-TW", "dark", "phone"),
        ("en", "en-GB", "light", "desktop"),
        ("zh-hans", "zh-CN", "dark", "desktop"),
    ],
)
def test_a_good_page_is_quiet_and_shown_as_asked(open_page_at, site, language, first, theme, viewport):
    page = open_page_at(site, "/good", language=language, theme=theme, viewport=viewport)
    assert page.evaluate("navigator.language") == first
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (theme == "dark")
    assert page.evaluate("innerWidth") == (390 if viewport == "phone" else 1440)
    assert axe(page) == []


def test_axe_finds_a_field_without_a_label_under_the_csp(open_page_at, site):
    assert [line for line in axe(open_page_at(site, "/unlabelled")) if line.startswith("label (critical)")]


def test_axe_finds_words_that_cannot_be_read_in_the_dark_only(open_page_at, site):
    page = open_page_at(site, "/good")
    page.evaluate("""() => {
        const dark = matchMedia("(prefers-color-scheme: dark)"), sheet = new CSSStyleSheet();
        sheet.replaceSync("@media (prefers-color-scheme: dark) { p { background: #000; color: #222 } }");
        document.adoptedStyleSheets = [sheet];
        dark.addEventListener("change", () => { document.documentElement.dataset.bsTheme = "dark"; });
    }""")
    assert [line.split(" (")[0] for line in axe_in_both_themes(page)] == ["in the dark: color-contrast"]
