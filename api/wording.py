"""Every sentence that the command line, the web routes and the wiring say to a person, in plain, short Chinese."""

PRODUCT = "光质通"

# settings
UNKNOWN_VARIABLE = "不认识的设置：{name}"
NEAR_VARIABLE = "（是不是想写 {near}？）"
ALL_VARIABLES = "全部设置见 .env.example。"
INVALID_VALUE = "{name} 的值不对：{why}"
NOT_A_NUMBER = "应为整数，现在是“{value}”"
OUT_OF_RANGE = "应在 {low} 到 {high} 之间，现在是 {value}"
NOT_A_CHOICE = "应为 {choices} 之一，现在是“{value}”"
NOT_AN_ADDRESS = "应以 http:// 或 https:// 开头"
NOT_AN_ORIGIN = "应为 https://www.example.org 这样的网址，不带路径，多个用逗号隔开；“{value}”不是"
SECRET_TOO_SHORT = "至少要 {least} 个字符"
WECHAT_NEEDS_TOKEN = "设置了微信的其他项，但没有 GUANGZHI_WECHAT_TOKEN"
WECHAT_INVALID = (
    "微信设置不对：GUANGZHI_WECHAT_AES_KEY 应为公众号后台给的 43 位字母和数字，"
    "兼容模式和安全模式还需要 GUANGZHI_WECHAT_APP_ID"
)
H5_NEEDS = "设置了 GUANGZHI_H5_ACCOUNT，微信网页登录还需要：{missing}"
WECOM, WECOM_BOT, WECHAT_KF = "企业微信自建应用", "企业微信智能机器人", "微信客服"
CHANNEL_NEEDS = "{channel}还需要：{missing}"
CHANNEL_INVALID = "{channel}的设置不对：EncodingAESKey 应为后台给的 43 位字母和数字，其他项不能为空"
CHAT_NEEDS_MODEL = "设置了对话模型的其他项，但没有 GUANGZHI_CHAT_MODEL"
CHAT_NEEDS_URL = (
    "只写了 GUANGZHI_CHAT_MODEL，没有 GUANGZHI_CHAT_URL：请填兼容 OpenAI 的服务地址，"
    "或者把模型写成“提供方:模型”，如 openai:gpt-4o-mini"
)
RERANK_NEEDS_URL = "设置了重排服务的其他项，但没有 GUANGZHI_RERANK_URL"
NOT_PRICES = "应为“输入价/输出价”，如 2/8，现在是“{value}”"

TELEGRAM_NEEDS_TOKEN = "设置了 Telegram 的其他项，但没有 GUANGZHI_TELEGRAM_TOKEN"
TELEGRAM_TOKEN_SHAPE = "应为 @BotFather 给的令牌：数字、冒号、一串字母和数字"

# the data folder
HOME_IN_USE = "另一个程序正在使用数据目录 {home}，请稍后再试"
HOME_NOT_WRITABLE = "数据目录 {home} 无法写入：{why}"
WAITING_FOR_HOME = "等待另一个命令完成…"
LOADING_LIBRARY = "装入内置知识：{what}"
CUTTING = "词典更新，重新切词：{what}"
DATABASE_FAILED = "数据库打不开：{why}。请检查 GUANGZHI_DATABASE_URL 和数据目录"
DATABASE_NEWER = "数据库是更新的版本建立的（{revision}），请升级光质通"

# questions
QUESTION_EMPTY = "问题是空的，请写下想问的内容"
QUESTION_TOO_LONG = "问题有 {length} 个字，超过 {limit} 个字；请说得短一些"

# commands and jobs
UNKNOWN_COMMAND = "没有这个操作：{name}"
JOB_REFUSED = "正在运行的服务拒绝了这个操作（{status}）"
JOB_BROKE = "操作在服务里出错了，详情见服务的日志"
SERVICE_GONE = "正在运行的服务中途停止了，请再试一次"
FILE_MISSING = "没有这个文件或目录：{path}"
JOB_WAITS = "排队：另一个导入或重建正在进行"
MALFORMED_PARAMETERS = "操作的参数不对：{why}"

# the questionnaire
BATCH_NOT_JSON = "不是有效的 JSON"
BATCH_NOT_OBJECT = "应为一个 JSON 对象"
BATCH_NO_QUESTION = "缺少 question，或不是文字"
BATCH_BAD_HISTORY = "history 应为文字的列表"
FILE_UNREADABLE = "{path} 读不出来：{why}"

# serve
STARTED = "光质通已启动：{url}"
STOPPED = "已停止。"
PORT_IN_USE = "端口 {port} 已被占用；换一个端口：guangzhi serve --port {other}"
PORT_REFUSED = "不能在 {host}:{port} 上监听：{why}"
ALREADY_SERVING = "这个数据目录已经有一个服务在运行：{url}"

# the web
BAD_JSON = "请求的格式不对，应为 JSON。"
BAD_REQUEST = "请求里缺少内容，或格式不对。"
TOO_LARGE = "内容太大了，请缩短后再发。"
WEB_QUESTION_EMPTY = "请先写下您的问题。"
WEB_QUESTION_TOO_LONG = "问题请在 {limit} 字以内。"
UNKNOWN_TURN = "没有这一轮对话。"
TURN_FAILED = "服务器刚才出了点问题，请再问一次。"
NOT_FOUND = "没有这个地址。"
WRONG_METHOD = "不支持这样的请求。"
BROKEN = "服务器出了点问题，请稍后再试。"
ORIGIN_REFUSED = (
    "网站 {origin} 没有获准使用光质通。如果您是管理员：请把它加进 GUANGZHI_WIDGET_ORIGINS 并重启服务；"
    "如果它就是光质通自己的地址，请填 GUANGZHI_PUBLIC_URL。"
)
WIDGET_REFUSED = "这个网站还没有获准嵌入光质通。"
LOGIN_FAILED_TITLE = "没能用微信登录"
LOGIN_EXPIRED = "登录的凭证过期了，或者已经用过。请再试一次。"
LOGIN_UNREACHABLE = "暂时连不上微信的登录服务。请稍后再试，或者不登录直接提问。"
LOGIN_REFUSED = "微信没有接受这次登录，需要管理员检查设置。您可以不登录直接提问。"
PAGE_NOT_FOUND = "找不到这个页面"
PAGE_BROKEN = "打不开这个页面"
EVIDENCE_GONE_TITLE = "找不到这份文件"
EVIDENCE_GONE = "这份文件不在现在的资料里，可能已经移除。"
ORIGINS = {"library": "内置", "file": "导入"}
PRIVACY = (
    "对话记录保存在您这台设备的浏览器里，可随时清空。\n"
    "服务器留存的提问会先遮盖手机号、身份证号、银行卡号和邮箱，用来发现资料里缺什么。"
)
SAMPLES = (
    "质量管理体系认证证书有效期几年",
    "光电产业链质量管理体系要求什么时候发布、什么时候实施",
    "产品质量追溯要记录哪些信息",
    "8.5.2 标识和可追溯性要求做什么",
)

# the terminal
LABEL = "【{label}】"
UNDERSTOOD_AS = "理解为：{question}"
MISSING = "资料里没有：{missing}"
SUGGESTIONS = "可以这样问："
SOURCES = "依据"
NOT_HELD = "（原文未收录）"
QUOTED = "「{quote}」"
ORIGINAL = "原文：{original}"
INFERENCE = "推断：原文“{stood}”读作“{read}”"
PAGE = "第 {page} 页"
INGEST_OUTCOMES = {
    "added": "新增",
    "replaced": "更新",
    "unchanged": "未变",
    "duplicate": "重复",
    "skipped": "略过",
    "failed": "失败",
}
INGEST_SUMMARY = "新增 {added}，更新 {replaced}，未变 {unchanged}，失败 {failed}"
INGEST_DUPLICATES = "，重复 {duplicate}"
INGEST_TOTALS = "这次收进 {chunks} 个段落"
INGEST_COUNTS = {"pages": "{} 页", "clauses": "{} 个条款", "tables": "{} 个表格", "faqs": "{} 条问答"}
INGEST_STOPPING = "正在完成手头的文件，随后停下；再按一次 Ctrl-C 立即中断。"
INGEST_LEFT = "已停下，还有 {left} 个文件没有导入。上面这些都已收好；再运行同样的命令就会接着做。"
INGEST_GOES_ON = "不再等待。导入在正在运行的服务里继续进行；再运行同样的命令可以看到结果。"
WARNINGS = "提醒"
NOTHING_TO_INGEST = "没有找到可以导入的文件（支持 {kinds}）"
NO_DOCUMENTS = "还没有文档。用 guangzhi ingest 文件或目录 导入。"
INSPECT_METADATA = {
    "title": "标题",
    "body": "发布机构",
    "number": "编号",
    "edition": "版本",
    "published": "发布日期",
    "effective": "实施日期",
    "status": "状态",
    "repealed": "废止日期",
    "replaces": "代替",
    "replaced_by": "被代替为",
}
INSPECT_SIZE = "{characters} 字，{passages} 个段落"
INSPECT_RECOGNISED = "由图像识别，平均可信度 {share:.0%}"
INSPECT_CLAUSES = "条款（{count} 个有编号）"
INSPECT_NO_CLAUSES = "没有识别出条款，将按段落收录。"
INSPECT_EXHIBITS = "表和图"
INSPECT_EXHIBIT_KINDS = {"table": "表", "figure": "图"}
INSPECT_REPAIRS = "修正和推断（{count} 处）"
INSPECT_REPAIR = "“{stood}”读作“{reads}”：{reason}"
INSPECT_NOTHING_STORED = "只是查看，什么都没有存。导入请用 guangzhi ingest。"
REMOVED = "已移除：{title}"
REBUILT = "两个索引都已重建：{documents} 份文档，{faqs} 条问答"
DOCUMENT_SET = "已更新：{title}"
DOCUMENT_DAYS = {"published": "发布 {day}", "effective": "实施 {day}", "repealed": "废止 {day}"}
DOCUMENT_REPLACES = "代替 {name}"
DOCUMENT_REPLACED = "被 {name} 代替"
DOCUMENT_COPY = "与 {id} 同版"
DOCUMENT_EDITED = "人工核定：{fields}"
WHICH_DOCUMENT = "“{name}”对得上好几份文档，请改用编号：{ids}"
NO_SUCH_DOCUMENT = "没有叫“{name}”的文档或文件；用 guangzhi documents 查看编号，或写出文件的路径"
DIFF_HEAD = "{old} → {new}"
DIFF_SAME = "两份文档的条款没有差别。"
DIFF_BY_PARAGRAPH = "至少有一份文档没有条款编号，按段落对照。"
DIFF_FRONT = "条款之前"
DIFF_EDITORIAL = "只差空格、全半角或标点样式：{numbers}"
DIFF_MOVED = "只换了编号：{numbers}"
DIFF_UNNUMBERED = "{count} 个段落或标题"
COMPARE_GONE = "要对照的文件里，有一份不在现在的资料里，可能已经移除。"
INTERRUPTED = "已中断。"
WECHAT_NOT_CONFIGURED = (
    "没有配置微信：模拟器要用与服务相同的 GUANGZHI_WECHAT_TOKEN（自己定一个，写进 .env 后重启服务即可）"
)

# for programs: keys, /v1, MCP
KEY_BAD_NAME = "密钥的名字应为 1 到 {longest} 个字，不带换行"
KEY_BAD_SCOPE = "不认识的用途：{scope}；可以是 {scopes}"
KEY_NO_SCOPE = "请至少写一个用途：--scope 加 {scopes} 之一，可以写几次"
KEY_BAD_LIMIT = "次数应为 0 或正整数，0 为不限"
KEY_NAME_TAKEN = "已经有一个叫“{name}”的密钥在用；换个名字，或先 guangzhi keys revoke {name}"
KEY_NOT_FOUND = "没有叫“{name}”的、还在用的密钥；用 guangzhi keys list 查看"
KEYS_NONE = (
    "这个接口还没有打开：在服务器上运行 guangzhi keys add 名字 --scope chat，"
    "把得到的密钥填进客户端（API Key，或请求头 Authorization: Bearer 密钥）"
)
KEY_MISSING = "请求里没有密钥：请在请求头加 Authorization: Bearer 密钥（客户端里一般叫 API Key）"
KEY_WRONG = "密钥不对，或已经撤销；请向管理员要一个新的（guangzhi keys add）"
KEY_OUT_OF_SCOPE = "密钥“{name}”没有 {scope} 这项用途；请用 guangzhi keys add 另建一个带 --scope {scope} 的"
QUOTA_MINUTE = "这个密钥每分钟最多 {limit} 次，请 {seconds} 秒后再试"
QUOTA_DAY = "这个密钥今天的 {limit} 次已经用完，明天零点恢复；要更多请管理员另建密钥（--per-day）"
KEY_ADDED = "密钥“{name}”已建好，只显示这一次，请现在存好："
KEY_HOW = "客户端里：接口地址（Base URL）填 {url}/v1，模型填 guangzhi，API Key 填上面这一行。"
KEY_REVOKED = "已撤销“{name}”，它马上不能再用。"
KEY_LIST_EMPTY = "还没有密钥。用 guangzhi keys add 名字 --scope chat 建一个。"
KEY_LINE = "{name}  {scopes}  今天 {today} 次，每天 {per_day}，每分钟 {per_minute}"
KEY_UNLIMITED = "不限"
KEY_LINE_REVOKED = "（{day} 已撤销）"
MODEL_UNKNOWN = "没有叫“{model}”的模型；这里只有一个：guangzhi"
MESSAGES_BAD = "messages 应为一列消息，每条有 role（system、user 或 assistant）和 content（文字）；这里只收文字"
MESSAGES_NO_USER = "messages 里没有 role 为 user 的消息"
MESSAGE_TOO_LONG = "最后一条提问有 {length} 个字，超过 {limit} 个字；请说得短一些"
OPTION_BAD = "参数 {name} 的值不对"
OPTION_ONE = "n 只能是 1：同一个问题只有一个有依据的回答"
OPTION_TOOLS = "这里不调用工具，请不要传 tools 或 functions"
OPTION_FORMAT = "回答是文字，不能按 response_format 指定的结构输出；结构化的依据在扩展字段 guangzhi 里"
OPTION_LOGPROBS = "回答不是逐词生成的，没有 logprobs"
OPTION_DAY = "as_of 应写成 2025-01-31 这样的日期"
OPTION_TEXT_ONLY = "只有文字输出"
CORRECTION = "\n\n更正，以下面为准：\n"
TURN_UNFINISHED = "这个问题还没有答完，请稍后再问一次"
NO_DOCUMENT_CALLED = "没有叫“{name}”的文档；用 list_documents 查看有哪些，可以写编号、标题或标准号"
NO_SUCH_EDITION = "《{title}》没有收录“{edition}”这一版；收录的有：{held}"
NONE_ON_THAT_DAY = "收录的《{title}》在 {day} 都不是现行版本；收录的有：{held}"
SAME_EDITION = "两边是同一份文档：{title}（{id}）"
ONLY_EDITION = "《{title}》只收录了一个版本，没有可以对照的"
CLAUSE_NUMBER_WANTED = "请写一个条款号，如 8.5.2、第十二条、附录B；表、图、一段范围或别的问题请用 ask"
CLAUSE_SEVERAL = "有好几处 {clause}：{places}。请连上一级一起写，如 第二章第一节"
NOT_A_DAY = "日期应写成 2025-01-31 这样，现在是“{value}”"
API_DESCRIPTION = (
    "光质通的接口。/api/ 是网页自己用的；/v1/ 兼容 OpenAI 的客户端，要用密钥（guangzhi keys add）；"
    "/mcp 是 MCP（streamable HTTP），不在此表。各平台的回调地址不在此表。"
)
API_KEY_MEANS = "guangzhi keys add 给出的密钥：Authorization: Bearer 密钥"
MCP_INSTRUCTIONS = (
    "光质通：光电产业链的质量知识（质量管理体系、认证、追溯方面的标准、法规、指南和常见问题）。"
    "要答案用 ask；要原文段落用 search；知道条款号用 read_clause；"
    "比较版本用 compare_editions；看有哪些文件用 list_documents。"
    "引文与收录的原文逐字核对过。outcome 为 not_in_knowledge 表示资料里没有，请如实转告，不要补充。"
)
MCP_TOOLS = {
    "search": "检索原文",
    "ask": "提问",
    "read_clause": "读条款",
    "compare_editions": "对照版本",
    "list_documents": "列出文件",
}
RUN_ADDED = "〔增：{text}〕"
RUN_REMOVED = "〔删：{text}〕"

# evaluation
ABLATION_WHILE_SERVING = "服务正在运行。--without 只能去掉 library；要去掉别的，请先停下服务再评测"
RUN_SAVED = "结果已存到 {path}"
RUN_PAGE = "报告已写到 {path}，用浏览器打开"
PAGE_NOT_WRITTEN = "{path} 写不进去：{why}"
RUN_KINDS = {
    "questions": "问答",
    "retrieval": "检索",
    "refusal": "拒答",
    "conversations": "追问检索",
    "follow_ups": "追问作答",
}
RUN_RIGHT = {
    "questions": "答对的题",
    "retrieval": "第一段就相关的题",
    "refusal": "分得对的题",
    "conversations": "前十段里有的追问",
    "follow_ups": "答对的追问",
}

# doctor
DOCTOR_OK = "正常"
DOCTOR_WARNING = "注意"
DOCTOR_FAILED = "有问题"
DOCTOR_HOME = "数据目录"
DOCTOR_DATABASE = "数据库"
DOCTOR_KEYWORDS = "关键词索引"
DOCTOR_VECTORS = "向量索引"
DOCTOR_EMBEDDING = "嵌入模型"
DOCTOR_LIBRARY = "内置知识"
DOCTOR_CHAT = "大模型"
DOCTOR_WECHAT = "微信公众号"
TELEGRAM_NOT_SIMULATED = (
    "模拟 Telegram 要先设 GUANGZHI_TELEGRAM_TOKEN（试用时可写 1:test）"
    "和 GUANGZHI_TELEGRAM_API_URL=http://127.0.0.1:8081，服务也用同样的设置"
)
TELEGRAM_SIMULATOR_PORT = "模拟平台不能在 {url} 上监听：{why}。请换一个 GUANGZHI_TELEGRAM_API_URL，并重启服务"
DOCTOR_TELEGRAM = "Telegram"
TELEGRAM_OFF = "没有配置；需要时向 @BotFather 要一个令牌，设 GUANGZHI_TELEGRAM_TOKEN"
TELEGRAM_POLLS = "@{name}，由本服务取消息"
TELEGRAM_IS_CALLED = "@{name}，由 Telegram 推送到 {url}"
TELEGRAM_TOKEN_REFUSED = "Telegram 不认这个令牌，请核对 GUANGZHI_TELEGRAM_TOKEN"
TELEGRAM_OUT_OF_REACH = (
    "连不上 {url}；这台机器要能访问它，或设代理 HTTPS_PROXY，或用 GUANGZHI_TELEGRAM_API_URL 指向自建的接口服务"
)
DOCTOR_RERANK = "重排服务"
DOCTOR_OUTBOX = "发件箱"
DOCTOR_PROGRAMS = "程序接口"
PROGRAMS_CLOSED = "没有密钥，/v1 和 /mcp 不开放；需要时运行 guangzhi keys add 名字 --scope chat"
PROGRAMS_OPEN = "{count} 个密钥在用"
PROGRAMS_LOCAL = "{count} 个密钥在用；本机程序不用密钥（GUANGZHI_API_OPEN=local）"
PROGRAMS_LOCAL_EXPOSED = (
    "本机程序不用密钥（GUANGZHI_API_OPEN=local），又配置了对外网址：反向代理若不加 X-Forwarded-For，"
    "外面的请求会被当成本机的。对外服务时请删去这一项，改用 guangzhi keys add"
)
RERANK_OFF = "没有配置，用内置的重排"
RERANK_WORKS = "{model}，{milliseconds:.0f} 毫秒一次"
RERANK_UNNAMED = "默认模型"
RERANK_FAILS = (
    "没有给出可用的结果（{why}），现在用内置的重排。"
    "请检查 GUANGZHI_RERANK_URL、GUANGZHI_RERANK_MODEL、GUANGZHI_RERANK_KEY 和服务本身"
)
CHAT_OFF = "没有配置，回答都是原文摘录和整理好的问答"
CHAT_ON = "{model}，今天写了 {answers} 次回答，用了 {tokens} 个词元（读 {input}，写 {output}）"
CHAT_COST = "，约 {cost:.2f} 元"
CHAT_LIMIT = "，每天上限 {limit}"
CHAT_SPENT = "，余量不够再写一次，今天改用原文摘录。要提高上限，改 GUANGZHI_CHAT_DAILY_TOKENS"
CHAT_NEVER = "，写一次至少要 {least}，所以一直用原文摘录。请提高 GUANGZHI_CHAT_DAILY_TOKENS，或删去这一项"
DOCTOR_PUBLIC_URL = "对外网址"
DOCTOR_CONTACT = "人工联系方式"
DOCTOR_SERVICE = "服务"
SERVICE_RUNNING = "正在运行（进程 {pid}）"
SERVICE_STOPPED = "没有运行；用 guangzhi serve 启动"
HOME_FREE = "{home}，剩余 {free:.1f} GB"
HOME_FULL = "{home}，只剩 {free:.1f} GB；请腾出空间"
DATABASE_HOLDS = "{backend}，{documents} 份文档、{chunks} 个段落、{faqs} 条问答，第 {revision} 版"
KEYWORDS_HOLD = "{count} 条"
VECTORS_HOLD = "{passages} 个段落向量、{phrasings} 个问法向量"
VECTORS_MISSING = "有 {chunks} 个段落，却只有 {passages} 个向量；请运行 guangzhi rebuild"
EMBEDDING_WORKS = "{name}，{milliseconds:.0f} 毫秒一句"
EMBEDDING_OFF = "没有启用，只用关键词检索；在 Linux 或 macOS 上设 GUANGZHI_EMBEDDING=builtin 可启用"
LIBRARY_LOADED = "已装入（{fingerprint}）"
WECHAT_OFF = "没有配置；需要时设 GUANGZHI_WECHAT_TOKEN，并在公众号后台把服务器地址填成 对外网址/wechat"
WECHAT_ON = "已配置，{mode}"
WECHAT_SENDS = "；慢的回答用客服消息发"
WECHAT_FETCHED = "；慢的回答由对方“取回”"
WECHAT_CANNOT_SEND = (
    "；填了 GUANGZHI_WECHAT_VERIFIED=yes，但没有 GUANGZHI_WECHAT_APP_ID 和 GUANGZHI_WECHAT_APP_SECRET，"
    "发不了客服消息，慢的回答仍由对方“取回”"
)
WECHAT_ROTATING = "；新旧两套密钥都认，换完请删去 GUANGZHI_WECHAT_TOKEN_BEFORE 和 GUANGZHI_WECHAT_AES_KEY_BEFORE"
WECHAT_NEEDS_SECRET = "推送菜单要有 GUANGZHI_WECHAT_TOKEN、GUANGZHI_WECHAT_APP_ID 和 GUANGZHI_WECHAT_APP_SECRET"
MENU_PUSHED = "菜单已推送，{buttons} 个一级菜单。手机上取消关注再关注可以马上看到，否则约 5 分钟"
MENU_NOT_PUSHED = "菜单没有推送成功。{why}"
OUTBOX_EMPTY = "没有发不出去的消息"
OUTBOX_HOLDS = "{count} 条消息没有发出去，或不知道发出去没有；用 guangzhi outbox 查看"
OUTBOX_LINE = "{id}  {state}  {created}  {channel}  {person}  第 {part} 部分，试了 {attempts} 次：{error}"
OUTBOX_STATES = {"dead": "没发出", "unknown": "不知道"}
OUTBOX_HOW = "再发一次：guangzhi outbox resend 编号。“不知道”的那些，对方可能已经收到，再发会有两遍。"
OUTBOX_RESENT = "{id} 已放回发件箱，服务运行时会发出去"
OUTBOX_NO_SUCH = "发件箱里没有编号为 {id} 的、没发出去的消息"
CHANNELS = {"wechat": "微信公众号", "wecom": "企业微信", "wechat_kf": "微信客服", "telegram": "Telegram"}
SIMULATOR_PORT = "模拟平台不能在 {url} 上监听：{why}。请换一个 GUANGZHI_WECHAT_API_URL，并重启服务"
WECHAT_MODES = {"plain": "明文模式", "compatible": "兼容模式", "safe": "安全模式"}
WECOM_NOT_SIMULATED = "要模拟{channel}，先填好它的各项设置（编的也行），再把 GUANGZHI_WECOM_API_URL 设成 http://127.0.0.1:8082，并重启服务"
WECOM_BOT_NOT_SIMULATED = "要模拟智能机器人，先设 GUANGZHI_WECOM_BOT_TOKEN 和 GUANGZHI_WECOM_BOT_AES_KEY，并重启服务"
WECOM_SIMULATOR_PORT = "模拟平台不能在 {url} 上监听：{why}。请换一个 GUANGZHI_WECOM_API_URL，并重启服务"
CHANNEL_ON = "已配置，回调地址 {address}；接口可用"
CHANNEL_FAILS = "已配置，但接口不通。{why}"
CHANNEL_ADDRESS = "对外网址{path}"
WECOM_BOT_ON = "已配置，回调地址 {address}"
KF_ON = "已配置，回调地址 {address}；接口可用，{accounts} 个客服账号"
KF_NO_ACCOUNT = "已配置，接口可用，但没有可管理的客服账号。请在“微信客服”里把账号授权给这个应用"
PUBLIC_URL_OFF = "没有配置；微信、企业微信、Telegram 里的回答就没有查看原文的链接。设 GUANGZHI_PUBLIC_URL"
CONTACT_OFF = "没有配置；答不上来时不能告诉对方找谁。设 GUANGZHI_CONTACT"

UNEXPECTED = "出了意外的错误（{kind}）。设 GUANGZHI_LOG_LEVEL=debug 再运行一次可以看到详情；请把它报告给维护者。"
