"""The customer segments that a new help desk begins with."""

from typing import Any

from django.apps import apps as current_apps

SEGMENTS = (
    ("regular", "Regular", "普通客户", "一般客戶", True),
    ("vip", "VIP", "VIP 客户", "VIP 客戶", False),
    ("at-risk", "At risk", "流失风险客户", "流失風險客戶", False),
)


def seed_segments(apps: Any = None) -> None:
    """Make the segments that are missing; leave alone what is there, however it was changed."""
    segments = (apps or current_apps).get_model("customers", "Segment").objects
    has_default = segments.filter(is_default=True).exists()
    for code, english, hans, hant, is_default in SEGMENTS:
        names = {"name": english, "name_zh_hans": hans, "name_zh_hant": hant}
        segments.get_or_create(code=code, defaults={**names, "is_default": is_default and not has_default})
