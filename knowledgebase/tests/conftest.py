"""Sections and articles, written through the services."""

from collections.abc import Callable
from typing import Any

import pytest

from knowledgebase.models import Article, Section
from knowledgebase.services import save_text


@pytest.fixture
def section(db: None) -> Section:
    return Section.objects.create(
        slug="returns", name="Returns", name_zh_hans="退货与退款", name_zh_hant="退貨與退款"
    )


@pytest.fixture
def write(section: Section) -> Callable[..., Article]:
    """Writes an article: `write("slug", en=("Title", "Text"), zh_hans=("标题", "正文"))`."""

    def make(
        slug: str, *, publish: bool = True, categories: tuple[Any, ...] = (), **texts_and_fields: Any
    ) -> Article:
        texts = {
            key: texts_and_fields.pop(key) for key in ("en", "zh_hans", "zh_hant") if key in texts_and_fields
        }
        article = Article.objects.create(slug=slug, **{"section": section, **texts_and_fields})
        article.categories.set(categories)
        for language, (title, body) in texts.items():
            save_text(article, language.replace("_", "-"), title, body, actor=None, publish=publish)
        return article

    return make


@pytest.fixture
def shelf(write: Callable[..., Article]) -> dict[str, Article]:
    """Articles of the trade, as a customer of the brand finds them."""
    return {
        "return": write(
            "return",
            zh_hans=(
                "七天无理由退货怎么操作",
                "收到商品之日起七天内，在“我的订单”里点申请退货，选择原因，快递上门取件。",
            ),
            zh_hant=("七天鑑賞期退貨怎麼操作", "收到商品七天內，在「我的訂單」申請退貨，選擇原因。"),
            en=("How to return a product within seven days", "Open My orders, press Return and choose a reason."),
        ),
        "refund": write(
            "refund",
            zh_hans=("退款多久到账", "原路退回，支付宝一到三个工作日，信用卡五到七个工作日。"),
            en=("How long a refund takes", "One to three working days; credit cards up to seven."),
        ),
        "invoice": write(
            "invoice",
            zh_hans=("发票抬头开错了怎么重开", "在订单详情里点换开发票，填写新的抬头和税号。"),
            en=("Correct the name on an invoice", "Open the order and press Reissue invoice."),
        ),
        "charging": write(
            "charging",
            zh_hans=("耳机充不进电怎么办", "先用干布清洁充电触点，再换一根充电线。仍然充不进电，请申请维修。"),
            en=("The earphones do not charge", "Clean the contacts and try another cable."),
        ),
        "delivery": write(
            "delivery",
            zh_hans=("物流显示签收但没收到", "请先联系驿站或门卫；两天内仍未找到，请联系我们。"),
            en=("The parcel is marked as delivered but did not arrive", "Ask the parcel shop and your neighbours."),
        ),
    }  # fmt: skip
