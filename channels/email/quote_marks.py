"""The lines by which mail programs announce what they quote, and those they add on their own."""

import re

# “… wrote:” in the languages that come in; the line must end there.
_WROTE = (
    r"(?:写道|寫道|写到|寫到|來信|来信|撰寫|wrote|writes|schrieb|a écrit|escribi[óo]|ha scritto|scrisse|"
    r"escreveu|schreef|skrev|napisał(?:\(a\))?|"
    r"kirjoitti|píše|napsal(?:\(a\))?|написал(?:\(а\))?|пишет|님이 작성|yazdı|írta|a scris|のメール|"
    r"さんは書きました|は書きました)"
)
_WROTE_END = re.compile(
    _WROTE + r"(?: following| the following)?\s*(?:[:：]|----)?\s*[-—]*\s*$", re.IGNORECASE
)
# In these languages the name comes last, or the date.
_WROTE_WHO = re.compile(
    r"\s(?:schrieb|schreef|skrev|kirjoitti|escribió|escreveu|ha scritto|napsal\S{0,3})\s.{1,120}[:：]\s*$",
    re.IGNORECASE,
)
_WROTE_THEN = re.compile(
    r"[<＜][^<>]{1,200}@[^<>]{1,200}[>＞]\s*(?:(?:schrieb|wrote|escribió|schreef|написал)\b.{5,80}|"
    r"[\[(]?\d{4}-\d{1,2}-\d{1,2} .{4,12}[\])]?)[:：]\s*$",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\d{4}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}|\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2,4}|\d{1,2}:\d{2}|"
    r"\d{1,2}\s*月\s*\d{1,2}\s*日|"
    r"\b\d{1,2}(?:st|nd|rd|th|\.)?,? (?:of )?[^\W\d_]{3,10}\.?,? (?:de )?\d{4}|[^\W\d_]{3,10}\.? \d{1,2}(?:st|"
    r"nd|rd|th)?,? (?:at |\d{4})",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    r"\s*(?:on|at|in|le|el|am|il|em|op|den|på|dnia|w dniu|dne|в|във|vào|pada|在|于|於|"
    r"[\"“'「]?.{1,120}?[<＜(（\[].{1,120}@.{1,120}|.{1,60}\d{4}|.{1,80} (?:于|於|在))"
    r"[\s\"“'「]*",
    re.IGNORECASE,
)
# Japanese Gmail and others: the date and the address with nothing else.
_DATE_AND_ADDRESS = re.compile(
    r".{0,60}\d.{0,30}\d{1,2}:\d{2}.{0,80}[<＜][^<>＜＞\s]{1,200}@[^<>＜＞\s]{1,200}[>＞]\s*[:：]\s*$"
)
_SEPARATOR = re.compile(
    r"\s*(?:[-—_─=*]\s?){2,}\s*(?:\[?(?:原始(?:邮件|郵件|信件|訊息)|原邮件|原郵件|回复的原邮件|回复的邮件|"
    r"邮件原文|郵件原文|原始讯息|原始邮件内容|邮件原件|郵件原件|原件|"
    r"转发的?(?:邮件|信件|消息)|轉寄的?(?:郵件|信件|訊息)|轉發的?(?:郵件|信件)|转发邮件信息|被转发邮件信息|"
    r"往来邮件|历史邮件|以下是原邮件|引用(?:的)?邮件|"
    r"original(?: (?:message|mail|e-?mail|appointment))?|forwarded (?:message|mail|by .{0,80}|e-?mail)|"
    r"begin forwarded message|reply (?:message|above this line)|"
    r"ursprüngliche nachricht|originalnachricht|original-nachricht|message d'origine|message original|"
    r"mensaje original|messaggio originale|mensagem original|"
    r"oorspronkelijk bericht|opprinnelig melding|ursprungligt meddelande|wiadomość oryginalna|"
    r"исходное сообщение|元のメッセージ|original-?meldung|원본 메[일시]지?))\]?"
    r"(?:\s|&nbsp;)*:?\s*(?:[-—_─=*]\s?)*\s*$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\s*(?:原始(?:邮件|郵件|信件)|原邮件|原郵件|回复的原邮件|转发的?邮件|original (?:message|mail|e-?mail)|"
    r"forwarded message)\s*[:：]?\s*$",
    re.IGNORECASE,
)
_OTHER_STARTS = re.compile(
    r"\s*(?:begin forwarded message|开始转发的邮件|以下为转发的邮件|下面是被转发的邮件|開始轉寄郵件|"
    r"anfang der weitergeleiteten|-+ on .{10,160} wrote -+|"
    r"-{2,}\s*在.{6,200}写道\s*-{2,}|##- please type your reply above this line -##|请在此行(?:之)?上方(?:输入|"
    r"填写|回复).*|please reply above this line|"
    r"-{3,} reply above this line -{3,}|_{20,}\s*de\s?:)\s*[:：]?\s*$",
    re.IGNORECASE,
)
_LABEL = {
    "from": r"发件人|寄件者|寄件人|發件人|發信人|发信人|发送人|来自|"
    r"from|von|de|da|van|från|fra|od|от|差出人|보낸 ?사람",
    "date": r"发送时间|发送日期|寄件日期|傳送時間|傳送日期|發送時間|發送日期|发件时间|日期|时间|時間|"
    r"sent|date|gesendet|datum|envoyé|enviado(?: el| em)?|fecha|inviato|data|"
    r"verzonden|skickat|sendt|dato|wysłano|дата|отправлено|送信日時|日時|보낸 ?날짜",
    "to": r"收件人|收件者|to|an|à|para|a|aan|till|til|do|кому|宛先|받는 ?사람",
    "cc": r"抄送|副本|cc|kopie",
    "subject": r"主\s*题|主\s*題|主旨|标题|標題|"
    r"subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|temat|тема|件名|제목",
}  # fmt: skip
_HEADER_LINE = re.compile(
    r"\s*[*|_ ]{0,3}(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABEL.items())
    + r")[* _|]{0,3}"
    r"\s*[:：]\**\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:[-_—─=*~]\s?){3,}\s*$")
_ADDRESS_LINE = re.compile(r"\s*(?:mailto:)?[<\[(]?[\w.+=-]{1,64}@[\w.-]{1,200}[>\])]?\s*$")
_PRODUCT = (
    r"(?:i ?phone|i ?pad|mac|apple|android|安卓|windows|outlook|mail\b|邮件|郵件|电子邮件|gmail|yahoo|雅虎|aol|"
    r"qq|foxmail|网易|網易|163|126|139|阿里|钉钉|釘釘|企业微信|企業微信|微信|wecom|wechat|飞书|lark|feishu|新浪|"
    r"sina|搜狐|samsung|galaxy|三星|huawei|华为|荣耀|honor|xiaomi|小米|红米|redmi|oppo|vivo|realme|oneplus|一加|"
    r"魅族|blackberry|mobile|手机|手機|平板|pixel|proton|thunderbird|spark|airmail|mailbird|edison|superhuman|"
    r"tutanota|zoho|fastmail|nine|my )"
)
_SENT_FROM = {
    "zh": r"(?:发自|發自|寄自|发送自|傳送自|發送自) ?.{0,12}?%s.{0,40}$",
    "zh, by": r"(?:通过|通過|透過|使用|由|从|從) ?(?:我的)?.{0,12}?%s.{0,20}"
    r"(?:发送|發送|傳送|寄出)(?:的邮件|的郵件)?[。.]?\s*$",
    "zh, mine": r"(?:发自|發自|来自|來自)我的 ?\S{2,20}\s*$|自我的 ?i|"
    r"(?:签名由|簽名由).{0,20}定制|(?:获取|取得|下载).{0,12}outlook",
    "en": r"sent (?:from|via|with|using) (?:the |all-new )*%s.{0,50}$|"
    r"get outlook for|outlook for (?:ios|android)|yahoo mail: ",
    "others": r"(?:gesendet (?:von|mit)|envoyé (?:de(?:puis)?|à partir d)|enviado (?:desde|do|de)|inviato da|"
    r"verzonden vanaf|"
    r"skickat från|sendt fra|отправлено (?:с|из)|wysłane z) .{0,20}?(?:%s|meinem|mon |mi |meu |il mio|mijn|min |mobil)",
    "whose": r"von meinem .{1,30} gesendet|iphoneから送信|나의 iphone",
}
_TAGLINE = re.compile(
    r"\s*[<\[(（【*]*(?:" + "|".join(_SENT_FROM.values()).replace("%s", _PRODUCT) + ")", re.IGNORECASE
)
_MASTER = re.compile(r"\s*\|\s*\|\s*$")


def may_end_attribution(line: str) -> bool:
    """Whether an attribution may end with it; cheaply told."""
    end = line[-200:].rstrip()
    return end.endswith((":", "：", "-", "道", "wrote")) or (
        len(line) < 500 and _WROTE_END.search(line) is not None
    )


def is_attribution(line: str) -> bool:
    """Whether the line says who wrote what follows, and when."""
    if len(line) > 500:
        return False
    if _DATE_AND_ADDRESS.match(line) or _WROTE_THEN.search(line):
        return True
    if _WROTE_WHO.search(line):
        return bool(_MOMENT.search(line) and _BEGINNING.match(line))
    if not _WROTE_END.search(line):
        return False
    return bool(
        (_MOMENT.search(line) and _BEGINNING.match(line))
        or re.search(r"[<＜][^<>]{1,200}@[^<>]{1,200}[>＞]", line)
    )


def is_separator(line: str) -> bool:
    """Whether all behind the line is another mail."""
    line = line.replace("&nbsp;", " ")
    return len(line) < 300 and bool(_SEPARATOR.match(line) or _OTHER_STARTS.match(line))


def is_title(line: str) -> bool:
    """Whether it is the name of what follows: “original message”, without a line drawn round it."""
    return len(line) < 100 and bool(_TITLE.match(line.replace("&nbsp;", " ")))


def header_kind(line: str) -> str:
    """Which header of a quoted mail the line is; an empty text when it is none."""
    match = _HEADER_LINE.match(line) if len(line) < 2_000 else None
    return next((kind for kind in _LABEL if match[kind]), "") if match else ""


def is_rule(line: str) -> bool:
    """Whether it is a drawn line."""
    return len(line) < 400 and bool(_RULE.match(line))


def is_address(line: str) -> bool:
    """Whether it is an e-mail address alone."""
    return len(line) < 300 and bool(_ADDRESS_LINE.match(line))


def is_tagline(line: str) -> bool:
    """Whether a mail program wrote it: “Sent from my iPhone”."""
    return len(line) < 100 and bool(_TAGLINE.match(line))


def is_signature(line: str) -> bool:
    """Whether a signature begins there."""
    return line in ("--", "-- ", "—— ")


def is_master_signature(line: str) -> bool:
    """Whether a table of NetEase's mail program begins, drawn in bars."""
    return len(line) < 100 and bool(_MASTER.match(line))
