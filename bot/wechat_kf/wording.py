"""What people and operators read in WeChat customer service, in plain, warm, short Chinese."""

from __future__ import annotations

# to a customer
TRANSFERRED = "正在为您转接人工，请稍等。您可以先把情况写在这里。"

# why a message was not sent, for the operator's list
QUOTA_SPENT = "客户发一条消息之后最多回 5 条，已用完；客户再发消息时接着发"
WELCOME_TOO_LATE = "欢迎语要在客户进入会话后 20 秒内发出，已过期"
IN_HUMAN_HANDS = "会话正由人工接待（或在排队），这条程序回答没有发"
SESSION_OVER = "会话已经结束，客户再发消息才能回"
FAILED_AFTER = "微信没有送达：{why}"
FAIL_TYPES = {
    0: "原因未知",
    1: "客服账号已删除",
    2: "应用已关闭",
    4: "会话已过期，超过 48 小时",
    5: "会话已关闭",
    6: "超过 5 条的限制",
    7: "没有绑定视频号",
    8: "主体没有验证",
    9: "没有绑定视频号，且主体没有验证",
    10: "客户拒收",
}


def failed(fail_type: object) -> str:
    return FAILED_AFTER.format(why=FAIL_TYPES.get(fail_type if isinstance(fail_type, int) else 0, FAIL_TYPES[0]))
