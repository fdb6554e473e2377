"""Writing articles and voting on them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from common.search import matching
from knowledgebase.models import Article, ArticleText, ArticleVote, Section
from knowledgebase.services import save_text, set_published, vote


@pytest.fixture
def article(write):
    return write("return", zh_hans=("怎么退货", "在订单里申请"))


def test_a_text_is_found_as_soon_as_it_is_saved_and_no_longer_by_what_it_said_before(article):
    assert matching(ArticleText.objects, "申请").count() == 1
    save_text(article, "zh-hans", "怎么退货", "打电话给我们", actor=None, publish=True)
    assert matching(ArticleText.objects, "申请").count() == 0
    assert matching(ArticleText.objects, "打電話").count() == 1
    assert article.texts.count() == 1


def test_publishing_says_since_when_and_writing_on_does_not_change_that(article, time_machine):
    time_machine.move_to("2026-03-01T08:00:00Z", tick=False)
    draft = save_text(article, "en", "Return", "Press Return", actor=None, publish=False)
    assert (draft.state, draft.published_at) == ("draft", None)
    published = save_text(article, "en", "Return", "Press Return", actor=None, publish=True)
    since = published.published_at
    assert since is not None
    time_machine.move_to("2026-03-02T08:00:00Z", tick=False)
    again = save_text(article, "en", "Return", "Press the button Return", actor=None, publish=True)
    assert again.published_at == since < again.updated_at
    assert set_published(again, False, actor=None).published_at is None
    assert set_published(again, True, actor=None).published_at > since


def test_who_writes_first_owns_the_article(article, agent, colleague):
    save_text(article, "en", "Return", "x", actor=agent, publish=True)
    save_text(article, "en", "Return", "y", actor=colleague, publish=True)
    article.refresh_from_db()
    assert article.owner == agent


@pytest.mark.parametrize(
    ("language", "title", "body"),
    [
        ("en", "  ", "text"),
        ("en", "title", "  "),
        ("en", "t" * 161, "text"),
        ("en", "title", "x" * 100_001),
        ("fr", "titre", "texte"),
    ],
)
def test_an_impossible_text_is_refused_and_nothing_is_kept(article, language, title, body):
    with pytest.raises(ValidationError):
        save_text(article, language, title, body, actor=None, publish=True)
    assert not article.texts.filter(language=language).exists()


def counts(article):
    article.refresh_from_db()
    return article.helpful_count, article.unhelpful_count


def test_a_visitor_counts_once_and_may_change_his_mind(article):
    vote(article, "anna", True)
    vote(article, "anna", True)
    assert counts(article) == (1, 0)
    vote(article, "ben", False)
    assert counts(article) == (1, 1)
    vote(article, "anna", False)
    assert counts(article) == (0, 2)
    assert not ArticleVote.objects.filter(visitor_hash__contains="anna").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_votes_that_come_at_once_are_all_counted_once():
    section = Section.objects.create(slug="s", name="S")
    article = Article.objects.create(section=section, slug="a")
    visitors, threads = 8, 16
    gate = Barrier(threads)

    def press(number):
        gate.wait()
        for is_helpful in (True, False, number % 2 == 0):
            vote(Article.objects.get(pk=article.pk), str(number % visitors), is_helpful)
        connection.close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(press, range(threads)))
    cast = ArticleVote.objects.filter(article=article)
    assert cast.count() == visitors
    assert counts(article) == (cast.filter(is_helpful=True).count(), cast.filter(is_helpful=False).count())
