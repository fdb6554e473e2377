"""How much a text looks like one that a person wrote, by the characters it is made of."""

import unicodedata
from functools import cache

# The characters that make up about half of any Chinese text, in both scripts, and those of after-sales mail.
_FREQUENT = set(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "這個們來為國說時會對於過發後裡種經麼學現當沒動還進樣開從實無長機關問點頭見電話請謝單買換貨壞修號碼"
    "请您问谢单号订购买退货换修坏手机电话收到快递服务客户产品质量保修发票邮件附件回复工作日期地址联系张王李"
    "您嗎吗呢吧啊很快再给給把被让讓已没有什怎何哪谁誰啥与與或及等月日元万萬先生女士公司中文测試测试屏幕"
)


@cache
def _common() -> frozenset[str]:
    """The hanzi of the first levels of GB 2312 and Big5."""
    found = set()
    for first in range(0xB0, 0xD8):
        found |= {bytes((first, second)).decode("gb2312", "ignore") for second in range(0xA1, 0xFF)}
    for first in range(0xA4, 0xC7):
        for second in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            found.add(bytes((first, second)).decode("big5", "ignore"))
    return frozenset(found - {""})


@cache
def _worth(char: str) -> float:
    if char in _FREQUENT:
        return 2.0
    if "\u4e00" <= char <= "\u9fff":
        return 1.0 if char in _common() else -0.3
    if char in "，。！？、；：“”‘’（）《》【】—…·「」『』～￥　":
        return 1.0
    if char == "\ufffd" or "\ue000" <= char <= "\uf8ff":
        return -4.0
    return _worth_of_kind(char)


def _worth_of_kind(char: str) -> float:
    kind = unicodedata.category(char)
    if kind in ("Cc", "Cn", "Cs", "Co"):
        return -4.0
    if "\u3040" <= char <= "\u30ff" or "\uac00" <= char <= "\ud7a3":
        return 0.5
    if "\uff01" <= char <= "\uff5e":
        return 0.7
    if kind in ("Lu", "Ll"):
        return 0.3 if char < "\u0180" or "\u0370" <= char <= "\u04ff" else -0.3
    return (
        0.3
        if kind in ("So", "Lo", "Mn", "Mc") and char > "\u0500" and not "\u3400" <= char <= "\u4dbf"
        else 0.0
    )


def likeness(text: str, *, ascii_counts: bool = False) -> float:
    """The mean worth of the characters, from -4 (no text) to 2 (plain Chinese); ASCII is left out."""
    total, count = 0.0, 0
    for char in text:
        if char < "\x80":
            if char < " " and char not in "\t\n\r\f":
                total, count = total - 1.0, count + 1
            elif ascii_counts:
                total, count = total + 0.5, count + 1
            continue
        total, count = total + _worth(char), count + 1
    return total / count if count else 0.0
