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
SECRET_TOO_SHORT = "至少要 {least} 个字符"
WECHAT_NEEDS_TOKEN = "设置了微信的其他项，但没有 GUANGZHI_WECHAT_TOKEN"
WECHAT_INVALID = (
    "微信设置不对：GUANGZHI_WECHAT_AES_KEY 应为公众号后台给的 43 位字母和数字，"
    "兼容模式和安全模式还需要 GUANGZHI_WECHAT_APP_ID"
)
CHAT_NEEDS_MODEL = "设置了对话模型的其他项，但没有 GUANGZHI_CHAT_MODEL"
CHAT_NEEDS_URL = (
    "只写了 GUANGZHI_CHAT_MODEL，没有 GUANGZHI_CHAT_URL：请填兼容 OpenAI 的服务地址，"
    "或者把模型写成“提供方:模型”，如 openai:gpt-4o-mini"
)
NOT_PRICES = "应为“输入价/输出价”，如 2/8，现在是“{value}”"

# the data folder
HOME_IN_USE = "另一个程序正在使用数据目录 {home}，请稍后再试"
HOME_NOT_WRITABLE = "数据目录 {home} 无法写入：{why}"
WAITING_FOR_HOME = "等待另一个命令完成…"
LOADING_LIBRARY = "装入内置知识：{what}"
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
CHAT_OFF = "没有配置，回答都是原文摘录和整理好的问答"
CHAT_ON = "{model}，今天用了 {tokens} 个词元"
CHAT_LIMIT = "，每天上限 {limit}"
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
WECHAT_MODES = {"plain": "明文模式", "compatible": "兼容模式", "safe": "安全模式"}
PUBLIC_URL_OFF = "没有配置；微信里的回答就没有查看原文的链接。设 GUANGZHI_PUBLIC_URL"
CONTACT_OFF = "没有配置；答不上来时不能告诉对方找谁。设 GUANGZHI_CONTACT"

UNEXPECTED = "出了意外的错误（{kind}）。设 GUANGZHI_LOG_LEVEL=debug 再运行一次可以看到详情；请把它报告给维护者。"
