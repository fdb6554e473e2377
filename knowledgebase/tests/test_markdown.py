"""What articles may hold, and what readers get."""

import pytest

from knowledgebase.markdown import plain_text, render

pytestmark = pytest.mark.ground


@pytest.mark.parametrize(
    ("written", "href", "after"),
    [
        ("见https://a.com/b。然后", "https://a.com/b", "。然后"),
        ("见 https://a.com/b，谢谢", "https://a.com/b", "，谢谢"),
        ("（https://a.com/b）", "https://a.com/b", "）"),
        ("https://a.com/b查看", "https://a.com/b", "查看"),
        ("See https://a.com/b.", "https://a.com/b", "."),
        ("(https://a.com/b)", "https://a.com/b", ")"),
        ("https://a.com/b_(c)", "https://a.com/b_(c)", ""),
        ("https://a.com/?a=1&b=2", "https://a.com/?a=1&amp;b=2", ""),
        ("写信给service@a.com。", "mailto:service@a.com", "。"),
    ],
)
def test_an_address_becomes_a_link_and_ends_where_it_ends(written, href, after):
    html = render(written)
    assert f'href="{href}"' in html
    assert f"</a>{after}" in html


def test_addresses_in_code_and_in_links_are_left_alone():
    assert "<a" not in render("`https://a.com`\n\n    https://a.com\n")
    assert render("[https://a.com](https://b.com)").count("<a") == 1


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        '[x](https://a.com "\\" onmouseover=alert(1)")',
        "<a href='javascript:alert(1)'>x</a>",
        "<style>*{}</style>",
        '<p style="color:red">x</p>',
        "![x](javascript:alert(1))",
    ],
)
def test_nothing_of_it_runs(written):
    html = render(written)
    # Everything between < and > is one of our tags, with none of these in it.
    for tag in html.split("<")[1:]:
        inside = tag.split(">")[0].lower()
        assert not any(bad in inside.split('"')[0] for bad in ("script", "style", "onerror", "onmouseover"))
        assert 'href="javascript' not in inside
        assert 'href="data' not in inside


def test_foreign_links_are_marked_and_own_ones_are_not(settings):
    settings.PUBLIC_URL = "https://help.example.com"
    assert 'rel="noopener nofollow"' in render("[x](https://a.com/)")
    assert 'rel="noopener nofollow"' in render("[x](//a.com/)")
    assert "rel=" not in render("[x](/help/)")
    assert "rel=" not in render("[x](https://help.example.com/ask/)")
    assert "rel=" not in render("[x](mailto:a@a.com)")


def test_images_come_from_this_site_only(settings):
    settings.PUBLIC_URL = "https://help.example.com"
    assert 'src="/media/a.png"' in render("![back](/media/a.png)")
    assert 'src="https://help.example.com/a.png"' in render("![back](https://help.example.com/a.png)")
    for foreign in ("https://a.com/a.png", "//a.com/a.png", "http://help.example.com.a.com/a.png"):
        html = render(f"![the <back>]({foreign})")
        assert "<img" not in html
        assert "the &lt;back&gt;" in html


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("# a\n## b", ["h2", "h3"]),
        ("## a\n### b\n## c", ["h2", "h3", "h2"]),
        ("### a\n###### b", ["h2", "h3"]),
    ],
)
def test_the_outline_goes_on_from_the_title_without_a_gap(written, tags):
    html = render(written)
    assert [part[:2] for part in html.split("<") if part.startswith("h")] == tags


def test_lists_show_words_and_no_marks():
    text = "# 怎么退\n\n- **打开** `应用`\n- 点 [退货](/x)\n\n| a | b |\n|---|---|\n| 1 | 2_3 |\n\n"
    text += "> 注意 ~~旧~~ ![图](/a.png)"
    assert plain_text(text).split() == [
        "怎么退",
        "打开",
        "应用",
        "点",
        "退货",
        "a",
        "b",
        "1",
        "2_3",
        "注意",
        "旧",
        "图",
    ]
