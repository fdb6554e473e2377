"""Mails that say that a mail could not be delivered, in the forms of the world's mail servers."""

import re

from channels.email.addresses import parse_address
from channels.email.headers import Headers
from channels.email.limits import MOST_SENDER_HEADER
from channels.email.structure import Part

_SENDERS = re.compile(
    r"^(?:mailer[-_.]?daemon|post[-_.]?master|mail[-_.]?daemon|maildaemon|mdaemon|mail-?delivery|bounces?|mailer|"
    r"postmast|mail-?admin|undeliverable|devnull|smtp-?daemon|daemon|ndr|mta|10000|mail[-_.]?system|mailsystem|"
    r"mmdf|uucp|returns?|delivery|admin|administrator|system|majordomo|root)(?:[-+_.=\d\\][^@]*)?(?:@|$)|"
    r"[^@]*(?:smtp[-_.]?mail|mail[-_.]?(?:delivery|daemon|service)|postmaster)[^@]*(?:@|$)",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"mail(?:er)?[- ]?(?:delivery|daemon|system|administrator)|postmaster|internet mail|message router|邮件系统|"
    r"郵件系統|系统管理员|"
    r"系統管理員|邮件管理员|系统退信|退信|e-?mail (?:system|server)",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(
    r"(?:undeliver(?:ed|able)|undeliverable|(?:non|un)[- ]?delivery|not (?:be )?deliver(?:ed|able)|"
    r"delivery (?:status|failure|"
    r"notif|report|error|problem|has failed|failed|attempt|unsuccessful|delayed)|fail(?:ed|ure) (?:notice|"
    r"notification|delivery)|mail delivery|"
    r"mail failure|returned (?:mail|message|to sender|e-?mail)|return(?:ed)? (?:to )?sender|"
    r"delivery to .{0,60}fail|message (?:delayed|could not|status - un)|"
    r"could not (?:be )?(?:send|sent|deliver)|warning: (?:message|could not)|nondeliverable|"
    r"mail (?:system )?error|error (?:sending|delivering)|"
    r"bounced? (?:mail|message|e-?mail)|failed mail|mail not delivered|nicht zustellbar|unzustellbar|non remis|"
    r"no se (?:pudo|puede) entregar|"
    r"mancata consegna|impossible de (?:livrer|remettre)|não (?:foi )?(?:entregue|pôde)|undelivarable|rejected|"
    r"unknown user|user unknown|permanent error|"
    r"配信(?:不能|エラー)|退信|投递失败|投遞失敗|无法(?:投递|送达|传递|递送)|無法(?:投遞|送達|傳遞|遞送)|"
    r"未(?:能)?(?:送达|送達|传递|投递|傳遞|投遞)|"
    r"发送失败|發送失敗|传送失败|傳送失敗|邮件被退回|郵件被退回|被退回)",
    re.IGNORECASE,
)
_TEXTS = re.compile(
    r"(?:this is the (?:qmail|mail(?:er)?(?:[- ]delivery)?|postfix|mail system|mail delivery system)|"
    r"hi\. this is the|could not (?:be )?deliver|"
    r"not (?:be )?(?:been )?deliver(?:ed|able)|undeliver(?:ed|able)|delivery (?:to .{1,80} )?(?:has )?fail|"
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|"
    r"unable to (?:deliver|send|relay)|user unknown|unknown (?:user|recipient|address)|no such (?:user|mailbox|"
    r"recipient|address|account)|"
    r"mailbox (?:is )?(?:full|unavailable|not found|does not exist|disabled)|over (?:its )?quota|quota exceeded|"
    r"recipient (?:address )?rejected|"
    r"(?:does not|doesn't) (?:exist|have an account)|addresses? (?:had|with) (?:permanent|transient|delivery)|"
    r"failed (?:addresses|recipients?)|"
    r"returned (?:to you|to sender|mail)|the following (?:recipient|address|user)|"
    r"account (?:has been )?(?:disabled|closed|inactive)|"
    r"delivery (?:status|attempt|report|of)|still (?:be )?(?:being )?(?:trying|queued|retried|undelivered)|"
    r"message (?:was )?(?:rejected|bounced|returned)|"
    r"invalid (?:recipient|address|user|mailbox)|not (?:listed|known|a valid|found)|"
    r"n'a pas pu [eê]tre d[eé]livr|has been (?:postponed|rejected|refused)|"
    r"automatically rejected|host (?:unknown|not found)|"
    r"5\d\d[ -]#?5\.\d\.\d|smtp error|"
    r"was not (?:sent|reached|delivered)|failed to (?:deliver|send)|transcript of session|"
    r"reason for (?:the )?(?:failure|return)|"
    r"退信|无法(?:投递|送达|传递|递送|发送)|無法(?:投遞|送達|傳遞|遞送|發送)|投递失败|投遞失敗|未(?:能)?(?:送达|"
    r"送達)|"
    r"发送(?:到|给).{1,80}失败|邮箱(?:地址)?(?:不存在|已满|空间不足)|收件人(?:不存在|拒收|邮箱)|用户不存在|"
    r"被(?:对方)?(?:服务器)?(?:拒收|拒绝|退回))",
    re.IGNORECASE,
)
_HARD_SUBJECTS = re.compile(
    r"(?:undelivered mail returned to sender|delivery status notification|failure notice|returned mail\b|non-?delivery|"
    r"automatically rejected mail|mail delivery (?:warning|notification|status|report|failed|failure|system|error|"
    r"subsystem)|undeliverable(?: mail|:)|delivery failure|delivery notification|系统退信|退信通知|"
    r"邮件退信)",
    re.IGNORECASE,
)
_REPORTS = {"message/delivery-status", "text/rfc822-headers", "message/global-delivery-status"}
_PERSON = re.compile(r"\s*(?:re|fwd?|aw|wg|回复|答复|转发|回覆|轉寄|答覆|轉發)\s*[:：]", re.IGNORECASE)


# Some servers put it behind the subject of what they could not deliver.
_UNDELIVERED_AT_END = re.compile(
    r"\S.{12,200}:\s*(?:non remis|undeliver(?:ed|able)|delivery failed)\s*(?:\([^)]{0,40}\))?\s*$",
    re.IGNORECASE,
)


def is_bounce(raw: bytes, root: Part, text: str) -> bool:
    """Whether it reports a failed or delayed delivery."""
    headers = root.headers
    subject = headers.text("subject")[:1_000]
    if root.type in ("multipart/report", "multipart/reports") or root.parameters.get("report-type"):
        verdict = _by_report(raw, root)
        if verdict is not None:
            return verdict
    if "x-failed-recipients" in headers:
        return True
    if _PERSON.match(subject) and not _is_from_server(headers) and not _UNDELIVERED_AT_END.search(subject):
        return False
    kinds = {part.type for part in root.children[:50]}
    if "message/delivery-status" in kinds and (_is_from_server(headers) or _SUBJECTS.search(subject)):
        return True
    has_original = bool(kinds & (_REPORTS | {"message/rfc822"}))
    is_plain = _HARD_SUBJECTS.match(subject) or _UNDELIVERED_AT_END.search(subject)
    strength = 2 if is_plain else int(bool(_SUBJECTS.search(subject)))
    says_so = bool(_TEXTS.search(text[:20_000]))
    from_server = 2 * _is_from_server(headers)
    is_report = root.type in ("multipart/report", "multipart/reports") and "message/delivery-status" in kinds
    has_empty_sender = _has_empty_sender(headers)
    if not (from_server or strength or has_empty_sender or is_report):
        return False
    return from_server + strength + says_so + has_original + has_empty_sender + 2 * is_report >= 3


def is_refusing_receipt(headers: Headers) -> bool:
    """Whether a receipt says that the mail was thrown away unread, as Dovecot writes when a mailbox is full."""
    return "rejected" in headers.text("auto-submitted").lower() or bool(
        _HARD_SUBJECTS.match(headers.text("subject"))
    )


def _by_report(raw: bytes, root: Part) -> bool | None:
    """What the report itself says; None when it says nothing."""
    stack = [root]
    while stack:
        part = stack.pop()
        if part.type in ("message/delivery-status", "message/global-delivery-status"):
            said = re.findall(
                rb"(?im)^action:\s*([a-z-]+)", raw[part.start : min(part.end, part.start + 100_000)]
            )
            if said:
                return any(word.lower() not in (b"delivered", b"relayed", b"expanded") for word in said)
        stack.extend(part.children[:50])
    report = root.parameters.get("report-type", "").lower()
    return True if report in ("delivery-status", "") and _is_from_server(root.headers) else None


def _is_from_server(headers: Headers) -> bool:
    for name in ("from", "sender"):
        raw = headers.raw(name)[:MOST_SENDER_HEADER]
        for person in parse_address(raw)[:1]:
            if _SENDERS.match(person.address) and not _COMMON.match(person.address):
                return True
            if _NAMES.search(person.name):
                return True
        if name == "from" and raw and not parse_address(raw) and _NAMES.search(raw):
            return True
    return False


# Such addresses write of their own accord as well; for these more is asked.
_COMMON = re.compile(
    r"(?:admin|administrator|system|root|returns?|delivery|mta|bounces?)(?:@|$)", re.IGNORECASE
)


def _has_empty_sender(headers: Headers) -> bool:
    path = headers.first.get("return-path", b"-").strip().lower()
    return (
        path in (b"<>", b"") or path.startswith(b"<mailer-daemon@") or headers.text("x-envelope-from") == "<>"
    )
