"""The categories, extra fields and tags that a new help desk begins with."""

from typing import Any, NamedTuple

from django.apps import apps as current_apps

Words = tuple[str, str, str]  # English, Simplified, Traditional


class Seed(NamedTuple):
    """One category to begin with."""

    code: str
    name: Words
    hint: Words = ("", "", "")
    icon: str = ""
    priority: str = "normal"
    fields: tuple["SeedField", ...] = ()
    children: tuple["Seed", ...] = ()


class SeedField(NamedTuple):
    """One extra field to begin with."""

    key: str
    name: Words
    kind: str = "text"
    is_required: bool = False
    audience: str = "customer"
    choices: str = ""


ORDER_NUMBER = SeedField("order-number", ("Order number", "订单号", "訂單編號"), is_required=True)
PHOTO = SeedField("photo", ("Photo", "照片", "照片"), "file")

FAULT_FIELDS = (
    SeedField("serial-number", ("Serial number", "序列号", "產品序號")),
    SeedField("purchased-on", ("Date of purchase", "购买日期", "購買日期"), "date"),
    PHOTO,
    SeedField(
        "warranty", ("Warranty", "保修情况", "保固狀態"), "choice", audience="agent",
        choices="inside = Within warranty = 保修期内 = 保固內\n"
        "outside = Out of warranty = 已过保 = 已過保固\nunknown = Not known = 待确认 = 待確認",
    ),
)  # fmt: skip
REASON = SeedField(
    "reason", ("Reason", "退货原因", "退貨原因"), "choice", is_required=True,
    choices="quality = Faulty or poor quality = 质量问题 = 品質問題\n"
    "damaged = Damaged on the way = 运输损坏 = 運送損壞\n"
    "wrong-item = Wrong or missing item = 发错货或少发 = 寄錯或少寄\n"
    "unwanted = No longer wanted = 不想要了 = 不想要了\nother = Something else = 其他原因 = 其他原因",
)  # fmt: skip
WISH = SeedField(
    "wish", ("What would put it right?", "您希望如何处理", "您希望如何處理"), "choice",
    choices="explanation = An explanation = 说明原因 = 說明原因\napology = An apology = 道歉 = 致歉\n"
    "call-back = A call back = 回电沟通 = 回電溝通\ncompensation = Compensation = 补偿 = 補償",
)  # fmt: skip
CONTENT_FIELDS = (
    SeedField("address", ("Where is it? Link or title", "内容链接或标题", "內容連結或標題"), is_required=True),
    SeedField(
        "kind", ("What is wrong with it?", "举报类型", "檢舉類型"), "choice", is_required=True,
        choices="false = False or misleading = 虚假或误导 = 不實或誤導\n"
        "offensive = Offensive = 辱骂或低俗 = 辱罵或低俗\n"
        "infringing = Infringes my rights = 侵犯我的权益 = 侵害我的權益\n"
        "private = Shows private data = 泄露隐私 = 洩漏個資\nother = Something else = 其他 = 其他",
    ),
)  # fmt: skip
TECHNICAL_FIELDS = (
    SeedField("device", ("Device and system", "设备与系统", "裝置與系統")),
    SeedField("error-text", ("Error message or code", "报错信息或代码", "錯誤訊息或代碼")),
    SeedField("screenshot", ("Screenshot", "截图", "螢幕截圖"), "file"),
)
INVOICE_FIELDS = (
    SeedField("invoice-title", ("Invoice to", "发票抬头", "發票抬頭")),
    SeedField("tax-number", ("Tax number", "税号", "統一編號")),
)

CATEGORIES = (
    Seed(
        "product-fault", ("Product fault", "产品故障", "產品故障"),
        ("It does not work, is damaged or needs repair.", "产品不能用、损坏或需要维修", "產品無法使用、損壞或需要維修"),
        "tools", "normal", FAULT_FIELDS,
        (
            Seed("safety-hazard", ("Smoke, heat or injury", "冒烟、发烫或伤人", "冒煙、過熱或傷人"), priority="urgent"),
            Seed("damaged-on-arrival", ("Damaged on arrival", "到货即损", "到貨即損"), priority="high"),
            Seed("repair-and-warranty", ("Repair and warranty", "维修与保修", "維修與保固")),
        ),
    ),
    Seed(
        "service-complaint", ("Service complaint", "服务投诉", "服務投訴"),
        ("We did not treat you well: tell us.", "对客服、门店或上门服务不满意", "對客服、門市或到府服務不滿意"),
        "emoji-frown", "high", (WISH,),
        (
            Seed("staff-conduct", ("Conduct of staff", "服务态度", "服務態度"), priority="high"),
            Seed("late-service", ("Late or missed appointment", "未按约定上门", "未依約到府"), priority="high"),
        ),
    ),
    Seed(
        "policy-question", ("Policy question", "政策咨询", "政策諮詢"),
        ("Warranty, returns, membership, prices.", "保修、退换、会员与价格规则", "保固、退換貨、會員與價格規則"),
        "question-circle", "low",
    ),
    Seed(
        "order-after-sales", ("Order and delivery", "订单与售后", "訂單與售後"),
        ("Delivery, wrong or missing items, invoices.", "物流、错发漏发、发票等", "物流、寄錯漏寄、發票等"),
        "box-seam", "normal", (ORDER_NUMBER,),
        (
            Seed("delivery", ("Delivery", "物流配送", "物流配送")),
            Seed("wrong-or-missing-item", ("Wrong or missing item", "错发漏发", "寄錯漏寄"), fields=(PHOTO,)),
            Seed("invoice", ("Invoice", "发票", "發票"), priority="low", fields=INVOICE_FIELDS),
        ),
    ),
    Seed(
        "return-refund", ("Return and refund", "退货退款", "退貨退款"),
        ("Send it back, exchange it, get your money back.", "退货、换货或退款进度", "退貨、換貨或退款進度"),
        "arrow-counterclockwise", "normal", (ORDER_NUMBER, REASON, PHOTO),
        (
            Seed("exchange", ("Exchange", "换货", "換貨")),
            Seed("refund-not-received", ("Refund not received", "退款未到账", "退款未入帳"), priority="high"),
        ),
    ),
    Seed(
        "content-report", ("Content report", "内容举报", "內容檢舉"),
        ("Reviews, posts or pages that should not be there.", "违规评论、帖子或页面", "違規評論、貼文或頁面"),
        "flag", "high", CONTENT_FIELDS,
    ),
    Seed(
        "technical-fault", ("Technical fault", "技术故障", "技術故障"),
        ("App, website, account or connection.", "应用、网站、账号或连接问题", "App、網站、帳號或連線問題"),
        "wifi-off", "normal", TECHNICAL_FIELDS,
        (
            Seed("app-and-website", ("App and website", "应用与网站", "App 與網站")),
            Seed("account-and-sign-in", ("Account and sign-in", "账号与登录", "帳號與登入"), priority="high"),
            Seed("connection-and-pairing", ("Connection and pairing", "联网与配对", "連線與配對")),
        ),
    ),
    Seed(
        "suggestion", ("Suggestion", "意见建议", "意見建議"),
        ("What could we do better?", "告诉我们哪里可以做得更好", "告訴我們哪裡可以做得更好"),
        "lightbulb", "low",
    ),
)  # fmt: skip

TAGS: tuple[tuple[str, Words], ...] = (
    ("repeat-complaint", ("Repeat complaint", "重复投诉", "重複投訴")),
    ("may-leave", ("May leave us", "流失风险", "流失風險")),
    ("safety", ("Safety", "安全隐患", "安全疑慮")),
    ("media", ("Press or social media", "舆情", "輿情")),
    ("compensation", ("Compensation", "补偿", "補償")),
    ("call-back", ("Call back", "需要回电", "需要回電")),
    ("praise", ("Praise", "表扬", "表揚")),
)


def seed_catalog(apps: Any = None) -> None:
    """Make what is missing of the categories, fields and tags; leave alone what is there, however it was changed."""
    apps = apps or current_apps
    for position, seed in enumerate(CATEGORIES):
        _make_category(apps, seed, parent=None, position=position)
    for code, words in TAGS:
        apps.get_model("catalog", "Tag").objects.get_or_create(code=code, defaults=_named("name", words))


def _make_category(apps: Any, seed: Seed, *, parent: Any, position: int) -> None:
    model = apps.get_model("catalog", "Category")
    category, is_new = model.objects.get_or_create(
        code=seed.code,
        defaults={
            **_named("name", seed.name),
            **_named("hint", seed.hint),
            "icon": seed.icon,
            "default_priority": seed.priority,
            "parent": parent,
            "position": position,
        },
    )
    if is_new:
        # A migration's model has no save() of ours that keeps the path.
        category.path = f"{parent.path if parent else '/'}{category.pk}/"
        model.objects.filter(pk=category.pk).update(path=category.path)
        _make_fields(apps, category, seed.fields)
    for number, child in enumerate(seed.children):
        _make_category(apps, child, parent=category, position=number)


def _make_fields(apps: Any, category: Any, fields: tuple[SeedField, ...]) -> None:
    for position, field in enumerate(fields):
        apps.get_model("catalog", "CategoryField").objects.create(
            category=category,
            key=field.key,
            kind=field.kind,
            is_required=field.is_required,
            audience=field.audience,
            choices=field.choices,
            position=position,
            **_named("name", field.name),
        )


def _named(field: str, words: Words) -> dict[str, str]:
    return dict(zip((field, f"{field}_zh_hans", f"{field}_zh_hant"), words, strict=True))


def seed_weights(apps: Any = None) -> None:
    """Let an urgent ticket count three, a high one two, others one; what a manager changed stays."""
    model = (apps or current_apps).get_model("catalog", "PriorityWeight")
    for priority, weight in {"urgent": 3, "high": 2, "normal": 1, "low": 1}.items():
        model.objects.get_or_create(priority=priority, defaults={"weight": weight})
