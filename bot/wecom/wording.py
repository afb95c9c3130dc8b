"""What people and operators read in the WeCom channels, in plain, warm, short Chinese."""

from __future__ import annotations

# to a person
ONLY_TEXT = "我现在只能看懂文字。请把问题打成字发给我。"
SEARCHING = "正在查资料……"
ANSWER_FIRST = "上一个问题还在查，回答出来以后再发一次。"
STILL_SEARCHING = "这个问题查得久了点。过一会儿发“取回”看回答；也可以先问别的。"
UNKNOWN_STREAM = "这条回答找不到了，请再问一次。"
EVIDENCE_LINK = "[查看原文]({url})"
QUOTED = "{text}\n（引用的内容：{quoted}）"

# the stand-ins in a terminal
SIMULATOR_HELP = "输入文字即发送；/退出 结束。"
SIMULATOR_REPLY = "光质通> {text}"
SIMULATOR_QUIT = ("/退出", "/quit")
SIMULATOR_NOT_TAKEN = {
    "failed": "〔服务没有收下这条消息：签名、密钥或企业 ID 不一致，或服务出错〕",
    "timeout": "〔5 秒内没有响应〕",
    "unreachable": "〔连不上服务：请先运行 guangzhi serve〕",
}

# answers of the callbacks, read by an operator who misconfigures them
REFUSED_SIGNATURE = "签名或密钥不对，已拒绝。请核对企业微信后台与本服务的 Token、EncodingAESKey、企业 ID 是否一致。"
REFUSED_STALE = "消息的时间戳太旧，已拒绝。请核对服务器时间。"
REFUSED_MALFORMED = "不是企业微信的消息格式。"
REFUSED_TOO_LARGE = "消息太大，已拒绝。"

# why a message was not sent: for the operator's list and for doctor
UNREACHABLE = "连不上企业微信的接口，或它的回答读不懂。请检查服务器的网络和代理"
BUSY = "access_token 正由另一个进程更新"
MAYBE_TAKEN = "发送途中连接断了，不知道对方收到没有；不会自动重发"
REFUSED = "企业微信拒绝（{code}）：{why}"
UNKNOWN_CODE = "请到 https://open.work.weixin.qq.com/devtool/query?e={code} 查这个错误码"
INVALID_USER = "对方不在应用的可见范围内，或账号已停用。请在应用的“可见范围”里加上该成员"
CODES = {
    -1: "企业微信系统繁忙，稍后自动重试",
    40001: "Secret 不对。请在应用详情页重新复制 Secret",
    40003: "成员的 UserID 无效",
    40008: "消息类型不被接受。成员用的是微信插件时，请把消息格式设为 text",
    40013: "企业 ID 不对。请到“我的企业”页面最下方核对",
    40014: "access_token 无效",
    40056: "应用的 AgentId 不对。请在应用详情页核对",
    40096: "客户的 external_userid 无效",
    42001: "access_token 已过期",
    45002: "消息太长",
    45009: "调用次数超过企业微信的限制，稍后自动重试",
    45033: "并发调用超过企业微信的限制，稍后自动重试",
    48002: "应用没有调用这个接口的权限。请在后台给应用开通",
    60011: "应用无权给该成员发消息。请检查“可见范围”",
    60020: "服务器的出口 IP 不在“企业可信IP”里。请在应用详情页底部加上本服务器的公网出口 IP",
    60111: "企业里没有这个成员",
    81013: INVALID_USER,
    95000: "客服账号 ID（open_kfid）不对",
    95001: "客户发一条消息之后最多回 5 条，已用完；等客户再发消息",
    95002: "客户超过 48 小时没有发消息，不能再回",
    95007: "拉取消息的 token 无效或已过期",
    95013: "会话已经结束",
    95014: "转接的成员不是这个客服账号的接待人员，或没有处于“正在接待”",
    95016: "会话现在的状态不允许这样变更",
    95017: "没有打开 API 权限。请在“微信客服”里把客服账号设为由 API 管理",
    95018: "会话现在的状态不允许由程序发消息（排队中、人工接待中或已结束）",
    301002: "应用没有权限做这个操作。请核对 Secret 与 AgentId 是不是同一个应用的",
}


def explain(code: int) -> str:
    return REFUSED.format(code=code, why=CODES.get(code) or UNKNOWN_CODE.format(code=code))
