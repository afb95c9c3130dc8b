"""Every sentence a person can read, for all channels, in plain, warm, short Chinese."""

from __future__ import annotations

from collections.abc import Sequence

# ── Small talk ───────────────────────────────────────────────────────────────

DEFAULT_CONTACT = "苏州市光电产业商会秘书处"
HELLO = "您好，我是光质通。质量管理体系、认证、追溯方面的问题可以直接问我，我会带着出处回答。"
ABOUT_ME = (
    "我是光质通，光电产业链的质量知识助手（程序，不是真人）。"
    "我只根据收录的标准、法规、指南和常见问题回答，每个回答都给出处；资料里没有的，我会直说。"
)
TRY = "比如："
WELCOME = "不客气，有问题随时问。"
NOTHING_ASKED = "没有看到问题。请把问题打成一句话发给我。"
TOO_LONG = "问题太长了（上限 {limit} 字）。请挑最想问的一两句发给我。"
TO_A_PERSON = "好的。人工请联系：{contact}。也可以把问题留在这里，我先按资料回答。"


def hello(samples: Sequence[str] = ()) -> str:
    return _with_samples(HELLO, samples)


def about_me(samples: Sequence[str] = ()) -> str:
    return _with_samples(ABOUT_ME, samples)


def to_a_person(contact: str | None) -> str:
    return TO_A_PERSON.format(contact=contact or DEFAULT_CONTACT)


def _with_samples(text: str, samples: Sequence[str]) -> str:
    return "\n".join([text, TRY, *(f"· {sample}" for sample in samples)]) if samples else text


# ── Turns and the WeChat official account ────────────────────────────────────
# Kept in one section at the end of the file; used by turns, delivery, masking, rendering, wechat and simulators.

# delivery
APOLOGY = "刚才出了点问题，没能答上来。请稍后再问一次。"

# masking: what stands where a personal detail stood
MASKED_EMAIL = "〔邮箱〕"
MASKED_ID_CARD = "〔身份证号〕"
MASKED_BANK_CARD = "〔银行卡号〕"
MASKED_MOBILE = "〔手机号〕"
MASKED_LANDLINE = "〔电话〕"

# rendering
LABEL_LINE = "【{label}】"
BASIS = "依据"
BASIS_INFERRED = "依据（推断）"
QUOTE = "，“{quote}”"
ORIGINAL = "原文：{original}"
INFERENCE = "（推断）原文“{stood}”读作“{read}”"
NOT_HELD = "（原文未收录）"
CLAUSE = "第{clause}条"
MISSING = "资料里没有：{missing}"
SUGGESTIONS = "您可以这样问："
MORE_HINT = "回复“更多”看后续"
NO_SOURCES = "上一个回答没有引用资料。"
NO_DETAILS = "上一个回答没有更多细节了。回复“来源”可看依据。"

# the WeChat official account: the words a person sends …
COMMAND_FETCH = "取回"
COMMAND_MORE = "更多"
COMMAND_DETAILS = "详细"
COMMAND_SOURCES = "来源"

# … and what we say
GREETING = "您好，我是光质通，光电产业链质量知识助手。直接发问题给我，我会带着出处回答。"
GREETING_SAMPLES = "比如："
ONLY_TEXT = "我现在只能看懂文字。请把问题打成字发给我。"
PLACEHOLDER = "还在查“{question}”。过几秒回复“取回”看回答；也可以先问别的。"
FETCHED_FOR = "您问的“{question}”："
STILL_RUNNING = "还在查，请过几秒再回复“取回”。"
ALSO_WAITING = "还有 {count} 个回答，再回复“取回”来看。"
ALSO_RUNNING = "还有问题正在查，稍后再回复“取回”。"
NOTHING_NEW = "没有新的回答，这是上一个："
NOTHING_TO_FETCH = "没有待取的回答。请直接发问题给我。"
NO_MORE = "已经全部看完了。"
NOTHING_YET = "还没有可以接着看的回答。请直接发问题给我。"

# answers of the callback itself, read by an operator who opens it or misconfigures it
REFUSED_SIGNATURE = "签名不对，已拒绝。请核对公众号后台与本服务的 Token、EncodingAESKey 是否一致。"
REFUSED_STALE = "消息的时间戳太旧，已拒绝。请核对服务器时间。"
REFUSED_MALFORMED = "不是微信公众平台的消息格式。"
REFUSED_TOO_LARGE = "消息太大，已拒绝。"

# the stand-in of the platform
PLATFORM_NOTICE = "该公众号暂时无法提供服务，请稍后再试"
SIMULATOR_WELCOME = "微信公众号模拟器：输入文字即发送；/关注 触发关注事件；/重发 再投递上一条；/退出 结束。"
SIMULATOR_PROMPT = "我> "
SIMULATOR_REPLY = "公众号> {text}"
SIMULATOR_NOTICE = "〔系统提示〕{notice}"
SIMULATOR_SILENT = "〔没有显示任何内容〕"
SIMULATOR_DELIVERY = "  第 {number} 次投递：{seconds:.2f} 秒，{result}"
SIMULATOR_RESULTS = {
    "shown": "显示回复",
    "silent": "不显示",
    "timeout": "5 秒内无响应，断开",
    "failed": "响应无效",
    "unreachable": "连不上服务",
    "refused": "内容不合规则",
}
SIMULATOR_COMMANDS = {"/关注": "subscribe", "/重发": "again", "/退出": "quit"}
SIMULATOR_NOTHING_TO_REPEAT = "〔还没有发过消息〕"
SIMULATOR_GOODBYE = "再见。"
