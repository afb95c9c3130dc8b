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
NOT_READ = "没能看清图里的字。请拍正、拍清楚一些再发，或者直接把条款号、问题打成字发给我。"

# outbox: why a part was not sent, for the operator's list
OUTBOX_SENDER_DIED = "发送途中服务停了，不知道对方收到没有；不会自动重发"
OUTBOX_TOO_OLD = "48 小时内没能发出去，已放弃"
OUTBOX_NO_ADDRESS = "不知道往哪里发：对方太久没有来过、已取消关注，或者换过密钥"
OUTBOX_FAILED = "没能发出去（{kind}）"
OUTBOX_FETCHED = "对方已经自己取回"

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
SUGGESTIONS_NUMBERED = "您可以这样问（回复数字即可）："
MORE_HINT = "回复“更多”看后续"
NO_SOURCES = "上一个回答没有引用资料。"
NO_DETAILS = "上一个回答没有更多细节了。回复“来源”可看依据。"

# the WeChat official account: the words a person sends …
COMMAND_FETCH = "取回"
COMMAND_MORE = "更多"
COMMAND_DETAILS = "详细"
COMMAND_SOURCES = "来源"
COMMAND_OTHERWISE = "换个问法"

# … and what we say
GREETING = "您好，我是光质通，光电产业链质量知识助手。直接发问题给我，我会带着出处回答。"
GREETING_SAMPLES = "比如（回复数字即可）："
ONLY_TEXT = "我现在只能看懂文字和图片。请把问题打成字发给我。"
NOT_HEARD = "这段语音我没有听清。请把问题打成字发给我。"
NO_PLACES = "位置我用不上。请直接把质量方面的问题打成字发给我。"
LINK_NOT_OPENED = "链接我不会打开。请把想问的话打成字发给我。"
LINK_TITLE = "链接我不会打开。如果想问的是下面这个，回复 1：\n1. {title}"
READ_IN_PICTURE = "图里写的是：{text}"
A_PICTURE = "您发的图"
MENU_OLD = "这个菜单项已经换了。请直接发问题给我，或重新打开公众号看新的菜单。"
ASK_OTHERWISE = "可以换个说法：写出条款号（如 8.5.2）、标准号或文件名，或者只问一件事。"
PLACEHOLDER = "还在查“{question}”。过几秒回复“取回”看回答；也可以先问别的。"
FETCHED_FOR = "您问的“{question}”："
STILL_RUNNING = "还在查，请过几秒再回复“取回”。"
ALSO_WAITING = "还有 {count} 个回答，再回复“取回”来看。"
ALSO_RUNNING = "还有问题正在查，稍后再回复“取回”。"
NOTHING_NEW = "没有新的回答，这是上一个："
NOTHING_TO_FETCH = "没有待取的回答。请直接发问题给我。"
NO_MORE = "已经全部看完了。"
NOTHING_YET = "还没有可以接着看的回答。请直接发问题给我。"

# the server side of the platform: for the operator's list, `doctor` and the log
WECHAT_NO_ANSWER = "微信没有回话，不知道对方收到没有；不会自动重发"
WECHAT_NO_TOKEN = "向微信取 access_token 没有成功，稍后再试"
WECHAT_TOKEN_BUSY = "另一个进程正在向微信取 access_token"
WECHAT_NO_PICTURE = "图片取不到"
WECHAT_COUNT_USED = (
    "微信允许的客服消息条数用完了（对方发消息后 48 小时内 5 条，留 1 条给人工）；对方再发消息或回复“取回”即可"
)
WECHAT_ERROR_OTHER = "微信返回错误码 {code}，请在微信公众平台的“全局返回码说明”里查"
WECHAT_ERRORS = {
    -1: "微信系统忙，稍后再试",
    40001: "access_token 无效，已重新获取；若反复出现，多半是别的程序也在取它，请改用同一个来源",
    40003: "这个人的 OpenID 不属于本公众号，请核对 AppID",
    40013: "AppID 不对，请核对 GUANGZHI_WECHAT_APP_ID",
    40014: "access_token 无效，已重新获取",
    40018: "菜单名称太长或为空",
    40054: "子菜单的网址不对",
    40055: "菜单的网址不对",
    40125: "AppSecret 不对，请核对 GUANGZHI_WECHAT_APP_SECRET",
    40164: "服务器的 IP 不在白名单里，请在公众平台“设置与开发 - 安全中心 - IP 白名单”里加上",
    40243: "AppSecret 已被冻结，请在公众平台解冻",
    42001: "access_token 过期，已重新获取",
    45002: "消息太长，请把 GUANGZHI_WECHAT_TEXT_LIMIT 调小",
    45009: "今天调用接口的次数用完了，明天零点恢复；可在公众平台用清零机会",
    45011: "调用太频繁，过一分钟再试",
    45015: "对方超过 48 小时没有发消息，或已取消关注，微信不再接收",
    45047: "给对方的客服消息条数到上限了；对方再发一条消息即可",
    48001: "公众号没有这个接口的权限：客服消息和菜单要已认证的公众号，请把 GUANGZHI_WECHAT_VERIFIED 改为 no",
    48002: "对方关闭了“接收消息”，微信不再接收",
    48004: "接口被封禁，请登录公众平台查看原因",
    50002: "对方或公众号被限制",
    50004: "公众号被禁用接口，请登录公众平台查看原因",
    50005: "对方没有关注公众号",
    65301: "没有对应的个性化菜单",
    89503: "这个 IP 调用要管理员确认，请在公众平台的通知里确认",
}

# the menu file
MENU_NOT_READ = "菜单文件 {path} 读不出来：{why}"
MENU_INVALID = "菜单文件 {path} 的写法不对：{why}"
MENU_NO_BUTTONS = "最外面应为 buttons，下面列 1 到 3 个一级菜单"
MENU_TOO_MANY = "“{name}”下面最多 5 个子菜单"
MENU_NAME = "每个菜单都要有 name；一级不超过 16 字节（约 5 个汉字），二级不超过 60 字节：{name}"
MENU_ONE_OF = "“{name}”应有 ask（问题）、say（口令）、url（网址）、items（子菜单）中的一个，现在有 {given}"
MENU_NOTHING = "没有"
MENU_TEXT_LONG = "“{name}”的 ask 或 say 太长，最多 120 字节（约 40 个汉字）"
MENU_URL = "“{name}”的 url 应以 https:// 或 http:// 开头，不超过 1024 字节"

# answers of the callback itself, read by an operator who opens it or misconfigures it
REFUSED_SIGNATURE = "签名不对，已拒绝。请核对公众号后台与本服务的 Token、EncodingAESKey 是否一致。"
REFUSED_STALE = "消息的时间戳太旧，已拒绝。请核对服务器时间。"
REFUSED_MALFORMED = "不是微信公众平台的消息格式。"
REFUSED_TOO_LARGE = "消息太大，已拒绝。"

# the stand-in of the platform
PLATFORM_NOTICE = "该公众号暂时无法提供服务，请稍后再试"
SIMULATOR_WELCOME = (
    "微信公众号模拟器：输入文字即发送。/关注、/取关；/重发 再投递上一条；/菜单 口令、/语音 文字、/链接 标题、"
    "/图片 文件（要配置模拟平台的接口）；/退出 结束。"
)
SIMULATOR_API = "〔平台接口在 {url}：客服消息、菜单和图片也走模拟器〕"
SIMULATOR_MESSAGE = "公众号〔客服消息〕> {text}"
SIMULATOR_PROMPT = "我> "
SIMULATOR_REPLY = "公众号> {text}"
SIMULATOR_NOTICE = "〔系统提示〕{notice}"
SIMULATOR_SILENT = "〔没有显示任何内容〕"
SIMULATOR_DELIVERY = "  第 {number} 次投递：{seconds:.2f} 秒，{result}"
SIMULATOR_RESULTS = {
    "shown": "显示回复",
    "silent": "不显示",
    "transferred": "转给平台的人工客服",
    "timeout": "5 秒内无响应，断开",
    "failed": "响应无效",
    "unreachable": "连不上服务",
    "refused": "内容不合规则",
}
SIMULATOR_COMMANDS = {
    "/关注": "subscribe",
    "/取关": "unsubscribe",
    "/重发": "again",
    "/菜单": "click",
    "/语音": "voice",
    "/链接": "link",
    "/图片": "image",
    "/退出": "quit",
}
SIMULATOR_NOTHING_TO_REPEAT = "〔还没有发过消息〕"
SIMULATOR_GOODBYE = "再见。"

# ── Telegram ─────────────────────────────────────────────────────────────────

TELEGRAM_HELP = (
    "直接发问题给我，我会带着出处回答。\n"
    "/sources 上一个回答的依据\n"
    "/human 找人工\n"
    "/help 这份说明\n"
    "也可以发“更多”“详细”“来源”；没收到的回答，发“取回”。\n"
    "在群里请 @{name}、回复我的消息，或者用 /ask@{name} 加上问题。改了发过的问题，我会再答一次。"
)
TELEGRAM_COMMANDS = (("help", "怎么用"), ("sources", "上一个回答的依据"), ("human", "找人工"))
TELEGRAM_SEARCHING = "正在查资料…"
TELEGRAM_GOES_ON = " …"
TELEGRAM_MORE = "更多"
TELEGRAM_SOURCES = "来源"
TELEGRAM_DETAILS = "详细"
TELEGRAM_THANKS = "谢谢，已记下。"
TELEGRAM_NOT_YOURS = "只有提问的人可以评价这个回答。"
TELEGRAM_GONE = "这个回答已经找不到了，请再问一次。"
TELEGRAM_BLOCKED = "对方停用了机器人，或把它移出了群"
TELEGRAM_TOO_FAST = "Telegram 要求放慢，稍后自动再发"
TELEGRAM_UNREACHABLE = "连不上 Telegram，稍后自动再发"
TELEGRAM_UNDECIDED = "发送时连接断了，不知道对方收到没有；不会自动重发"
TELEGRAM_TOKEN_REFUSED = "Telegram 不认这个机器人令牌，请核对 GUANGZHI_TELEGRAM_TOKEN"
TELEGRAM_REFUSED = "Telegram 拒绝了这条消息"
TELEGRAM_REFUSALS = {
    "chat not found": "Telegram 找不到这个会话",
    "message is too long": "消息超过了 Telegram 的长度上限",
    "not enough rights": "机器人在这个群里没有发言的权限",
    "topic_closed": "群里的这个话题已经关闭",
}
TELEGRAM_REFUSED_SECRET = "密钥不对，已拒绝。只有 Telegram 可以调用这个地址。"
TELEGRAM_REFUSED_MALFORMED = "不是 Telegram 的消息格式。"
TELEGRAM_SIMULATOR_STARTED = "Telegram 替身：{url}。把服务的 GUANGZHI_TELEGRAM_API_URL 设成这个地址再启动。"
TELEGRAM_SIMULATOR_WELCOME = "输入文字即发送；/按 加按钮上的字（如 /按 来源）按下最近的按钮；/退出 结束。"
TELEGRAM_SIMULATOR_REPLY = "机器人> {text}"
TELEGRAM_SIMULATOR_BUTTONS = "〔{buttons}〕"
TELEGRAM_SIMULATOR_NO_BUTTON = "〔没有这个按钮〕"
