"""Words that every room shares: priorities and channels."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Priority(models.TextChoices):
    URGENT = "urgent", pgettext_lazy("priority", "Urgent")
    HIGH = "high", pgettext_lazy("priority", "High")
    NORMAL = "normal", pgettext_lazy("priority", "Normal")
    LOW = "low", pgettext_lazy("priority", "Low")


class Channel(models.TextChoices):
    WEB = "web", _("Web form")
    WIDGET = "widget", _("Widget")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")
    PHONE = "phone", _("Phone")
    COUNTER = "counter", _("Counter")
    SOCIAL = "social", _("Social network")
    API = "api", _("API")
