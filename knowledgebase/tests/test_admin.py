"""Writing articles in the admin."""

import pytest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from common.search import matching
from knowledgebase.models import Article, ArticleText, Section
from knowledgebase.services import vote

pytestmark = pytest.mark.ground

LIST = reverse("admin:knowledgebase_article_changelist")
ADD = reverse("admin:knowledgebase_article_add")


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def form(section, texts, **changes):
    values = {
        "section": section.pk, "audience": "public", "slug": "return", "owner": "",
        "texts-TOTAL_FORMS": len(texts), "texts-INITIAL_FORMS": sum("id" in text for text in texts),
    }  # fmt: skip
    for number, text in enumerate(texts):
        values |= {f"texts-{number}-{name}": value for name, value in text.items()}
    return {**values, **changes}


def text(language, title, body, state="published", **more):
    return {"language": language, "title": title, "body": body, "state": state, **more}


def shown(client, **query):
    return {article.slug for article in client.get(LIST, query).context["cl"].result_list}


def test_a_new_article_can_be_found_and_is_published_by_its_author(signed_in, section, manager):
    texts = [text("zh-hans", "怎么退货", "在订单里申请"), text("en", "Return", "Press Return", state="draft")]
    assert signed_in.post(ADD, form(section, texts)).status_code == 302
    article = Article.objects.get()
    assert article.owner == manager
    assert matching(ArticleText.objects, "申请").get().published_at is not None
    assert article.texts.get(language="en").published_at is None


def test_changing_deleting_and_adding_texts(signed_in, section, write):
    article = write("return", zh_hans=("怎么退货", "在订单里申请"), en=("Return", "Press Return"))
    hans, english = article.texts.get(language="zh-hans"), article.texts.get(language="en")
    since = hans.published_at
    texts = [
        text("zh-hans", "怎么退货", "打电话给我们", id=hans.pk, article=article.pk),
        text("en", "Return", "Press Return", id=english.pk, article=article.pk, DELETE="on"),
        text("zh-hant", "怎麼退貨", "打電話給我們"),
    ]
    response = signed_in.post(
        reverse("admin:knowledgebase_article_change", args=[article.pk]), form(section, texts)
    )
    assert response.status_code == 302
    assert set(article.texts.values_list("language", flat=True)) == {"zh-hans", "zh-hant"}
    hans.refresh_from_db()
    assert hans.published_at == since
    assert matching(ArticleText.objects, "订单").count() == 0
    assert matching(ArticleText.objects, "打电话").count() == 2


def test_two_texts_in_one_language_are_refused(signed_in, section):
    response = signed_in.post(ADD, form(section, [text("en", "a", "b"), text("en", "c", "d")]))
    assert response.status_code == 200
    assert not Article.objects.exists()


def test_the_page_shows_the_text_as_readers_get_it(signed_in, write):
    article = write("return", en=("Return", "Press **Return**"))
    page = signed_in.get(reverse("admin:knowledgebase_article_change", args=[article.pk])).content.decode()
    assert "Press <strong>Return</strong>" in page
    assert article.get_absolute_url() in page
    assert page.count(date_format(localtime(article.texts.get().updated_at), "DATETIME_FORMAT")) >= 1


def test_the_list_finds_words_and_filters_what_is_missing(signed_in, write):
    write("one", zh_hans=("耳机充不进电", "清洁触点"))
    write(
        "two",
        zh_hans=("退款多久到账", "三天"),
        en=("Refund", "Three days"),
        publish=False,
        audience="internal",
    )
    write("bare")
    assert shown(signed_in, q="充不進電") == {"one"}
    assert shown(signed_in, q="two") == {"two"}
    assert shown(signed_in, missing="en") == {"one", "bare"}
    assert shown(signed_in, state="draft") == {"two"}
    assert shown(signed_in, state="published") == {"one"}
    assert shown(signed_in, state="none") == {"bare"}
    assert shown(signed_in, audience__exact="internal") == {"two"}


def test_publishing_from_the_list_is_a_post_and_reaches_the_readers(signed_in, write):
    article = write("draft", en=("Return", "x"), publish=False)
    for action, published in (("publish", True), ("unpublish", False)):
        signed_in.get(LIST, {"action": action, "_selected_action": article.pk})
        assert article.texts.get().is_published is not published
        signed_in.post(LIST, {"action": action, "_selected_action": article.pk})
        assert article.texts.get().is_published is published


@pytest.mark.parametrize("slug", ["suggest", "article"])
def test_a_section_does_not_take_an_address_that_the_help_centre_needs(signed_in, slug):
    names = {"name": "x", "name_zh_hans": "", "name_zh_hant": "", "icon": "", "position": 0}
    response = signed_in.post(reverse("admin:knowledgebase_section_add"), {**names, "slug": slug})
    assert response.status_code == 200
    assert "Choose another" in response.content.decode()
    assert not Section.objects.filter(slug=slug).exists()


def test_an_agent_writes_nothing_in_the_admin(client, agent, section):
    client.force_login(agent)
    client.post(ADD, form(section, [text("en", "a", "b")]))
    assert not Article.objects.exists()


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_at_any_length(
    count, signed_in, write, django_assert_max_num_queries
):
    for number in range(count):
        article = write(f"a{number}", en=("Return", "x"), zh_hans=("退货", "x"))
        vote(article, "anna", True)
    with django_assert_max_num_queries(11):
        assert signed_in.get(LIST).status_code == 200
