"""A person's words to a question that can be searched: mended, made whole, with what it asks for.

Everything here is by rule and dictionary; no model is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from itertools import groupby

from knowledge.references import exact_references
from knowledge.standards import (
    NUMERAL,
    ClauseReference,
    StandardReference,
    clause_references,
    fold,
    numeral_value,
    squeeze,
    standard_references,
)
from knowledge.terms import STOP_WORDS, Segmenter, fold_numerals
from retrieval.questions import Exchange, Question
from retrieval.spelling import CorpusSpelling, sounds


class Asked(StrEnum):
    """What kind of thing a question asks for."""

    WHEN = "when"
    HOW_MANY = "how_many"
    WHO = "who"
    WHICH_LIST = "which_list"
    WHETHER = "whether"
    HOW = "how"
    WHY = "why"
    WHERE = "where"
    DEFINITION = "definition"
    NUMBER = "number"  # a document or standard number
    CONTACT = "contact"  # telephone, address, link
    PRICE = "price"
    TITLE = "title"  # a theme, a name
    PENALTY = "penalty"  # what follows from a breach


_ASKED: tuple[tuple[Asked, str], ...] = (
    (Asked.PENALTY, r"罚|处罚|后果|法律责任|会怎[样么]|会咋|怎么处理|追究|违反了?会|坐牢|判刑|刑责|吊照|担责"),
    (Asked.PRICE, r"多少钱|费用|收费|价格|价钱|报价|几块|花费"),
    (Asked.NUMBER, r"文号|编号|标准号|文件号|第几号|几号文|代号|证书号|备案号"),
    (Asked.CONTACT, r"电话|联系方式|手机|邮箱|微信号|号码|网址|链接|地址|传真"),
    (
        Asked.WHEN,
        r"什么时候|啥时候|何时|哪天|哪年|哪一年|哪一天|几月|几号|几点|时间|日期|多久|多长|几年|几天"
        r"|几个月|期限|最晚|截止|到期|间隔|几日",
    ),
    (
        Asked.HOW_MANY,
        r"多少|几(?:个|家|项|户|人|次|种|类|条|批|届|件|张|万|亿|大|方面|成|倍|级|层|步|单元|页|篇)"
        r"|比例|百分之|占比|数量|余额|罚款|怎么罚|罚",
    ),
    (
        Asked.WHO,
        r"谁|哪位|哪个(?:人|单位|部门|机构|公司|企业|局)|哪家|什么人|哪个领导|负责人|主持人|归口|牵头"
        r"|起草|主办|承办|代表",
    ),
    (
        Asked.WHICH_LIST,
        r"哪些|哪几|有哪|都有(?:谁|啥|什么)|包括|名单|清单|列一下|分别|几个方面|什么条件|啥条件|哪两"
        r"|哪三|各自|有啥|有什么",
    ),
    (
        Asked.WHETHER,
        r"吗|(?<![什怎这那多])么$|是不是|有没有|能不能|可不可以|可以.{0,12}[吗么不]|能.{0,14}[吗么不]$|要不要|是否"
        r"|算不算|行不行|对不对|没有?$|不$|用不用|需不需要",
    ),
    (Asked.WHERE, r"在哪|哪里|哪儿|什么地方|地点|哪个(?:区|市|省|地方|城市)|去的哪"),
    (Asked.WHY, r"为什么|为啥|原因|怎么会|干嘛要|凭什么|目的|意义"),
    (Asked.HOW, r"怎么|怎样|如何|咋|流程|步骤|办法|做法|方式"),
    (
        Asked.DEFINITION,
        r"是什么(?!时|人|地|单|原|样|级|类|部)|是啥(?!时)|什么是|啥是|什么意思|啥意思|指啥|指什么|定义|讲的啥|讲什么|说的啥|干啥的"
        r"|做什么的",
    ),
    (Asked.TITLE, r"主题|题目|名称|叫什么|叫啥|标题|职务|什么职"),
)


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing the question is about, in every spelling that counts as it. `weight`: 0 … 1, more for the focus."""

    word: str
    spellings: tuple[str, ...]  # folded; the word itself first
    weight: float
    name: bool = False  # of a person, place or organisation
    given: bool = True  # False: taken over from the conversation
    negated: bool = False  # said not to be so: 厂名 of 没有写厂名, 校准 of 没校准
    kinds: tuple[str, ...] = ()  # what a rule calls it in general: 产品 for 光缆


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is searched."""

    asked: str  # as typed
    text: str  # mended and made whole
    concepts: tuple[Concept, ...]
    asks_for: frozenset[Asked]
    clauses: tuple[ClauseReference, ...] = ()
    standards: tuple[StandardReference, ...] = ()
    figures: tuple[str, ...] = ()  # years, dates and counts said in the question, folded
    as_of: date | None = None
    edition: str = ""  # a year, or one of PREVIOUS, NEWEST, BOTH; empty: the one that holds
    carried: str = ""  # what the conversation added
    use_library: bool = True
    today: date = field(default_factory=date.today)
    own: str = ""  # mended, without what the conversation added
    history: tuple[Exchange, ...] = ()
    slot: str = (
        ""  # the concept whose value is asked for: 不良率 of 「不良率多少」, 银行 of 「哪些银行」; empty: none by name
    )

    @property
    def rewritten(self) -> bool:
        return bool(self.carried)


# How much a word says about the topic, by part of speech (ICTCLAS tags as jieba gives them).
_POS_WEIGHT: Mapping[str, float] = {
    "n": 1.0,
    "e": 1.0,
    "v": 0.55,
    "a": 0.45,
    "m": 0.5,
    "x": 0.6,
    "b": 0.6,
    "l": 0.7,
    "i": 0.7,
    "j": 0.9,
    "t": 0.6,
}
_NAMES = {"nr", "ns", "nt", "nz", "nrt", "nrfg"}
_OTHER_POS = 0.15
_DIGIT_WEIGHT = 0.8

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年?(?!\d)|(?<![\d.])(\d{2})\s*年(?!\s*(?:内|以|之|前|后|期|有效))")
_ORDINAL = re.compile(r"第(\d+|[一二三四五六七八九十百]+)([项个批届次期张类种点位名])(?!目)")
_ITEM_MARKS = (
    "{han}是",
    "({han})",
    "第{han}",
    "{number}.",
    "{number}、",
)  # how a list counts what a question calls 第3项
_MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})(?:日|号)?")
# 2021年的时候, 2021年5月时, 2020年以前; a year before a clause's number (2021年第六十六条) says as much.
_DAY = r"((?:19|20)\d{2})\s*年?(?:\s*(\d{1,2})\s*月(?:\s*份)?(?:\s*(\d{1,2})\s*[日号])?)?"
_AS_OF = re.compile(
    rf"{_DAY}\s*(?:年?版|(?P<before>年?[以之]前|前)(?!两|几|一)|(?:的|底|初|末|中)?(?:时候|那时|那会儿?|当时|时(?!间)|那年|当年))"
)
_BARE_DAY = re.compile(
    rf"(?<![\d.:-]){_DAY}(?<=[年月日号份])(?!\s*(?:版|发布|颁布|公布|出台|修[订正改]|实施|施行|生效|通过))"
)
_EDITION_YEAR = re.compile(
    r"(?<![\d.第])((?:19|20)\d{2}|\d{2})\s*年?(?:\d{1,2}月(?:\d{1,2}[日号])?)?\s*"
    r"(?:(?:修[订正改]|发布|颁布|公布|实施|施行)?的?版|修[订正]|发布的|颁布的|公布的)"
    r"|\(((?:19|20)\d{2})(?:[年-][^)]{0,8})?\)(?!\s*第?\s*\d+\s*号)"
)
_SPOKEN_YEAR = re.compile(rf"([{NUMERAL}]{{4}})(?=\s*年)")
_YEARS_AGO = {"大前年": 3, "前年": 2, "去年": 1, "今年": 0}
PREVIOUS, NEWEST, BOTH = "previous", "newest", "both"
_EDITION_WORDS: tuple[tuple[str, str], ...] = (
    (
        BOTH,
        r"新[旧老]|[旧老]新|两版|两个版本|各版|前后(?:有|的)?(?:什么|啥|哪些)?(?:区别|变化|不同)|修[订改正]前后|改了(?:什么|啥|哪)",
    ),
    (
        PREVIOUS,
        r"[旧老]的?版|[旧老]的?(?:条例|规定|标准|法(?!院)|办法)|(?:上|前)一个?版|(?:之前|以前|原来|过去)的?版|修[订改正]之?前|改之?前",
    ),
    (NEWEST, r"新的?版|最新|新的?(?:条例|标准|规定|办法)|修[订改正]之?后|改之?后"),
)


# What only asks and names nothing; cut out first, or 哪天开的 becomes 哪 · 天开.
_QUESTION_WORDS = re.compile(
    r"(?:是|在|到|由|有|讲)?(?:什么时候|啥时候|何时|哪一?[天年月日个家位种些几条款项份届次]+|几月几[号日]"
    r"|几[号点月]|多少钱|(?:多少|几)(?:[个户张届倍篇名]|家(?!庭|具)|人(?!员|才|次|民|工)|项(?!目)|次(?!数)|种(?!类)|类(?!型|别)"
    r"|条(?!例|件|款)|批(?!次|准)|件(?!数)|位(?!置))|多少|多久|多长时间|怎么样?|怎样|咋样?|为什么|为啥"
    r"|是不是|有没有|能不能|可不可以|要不要|行不行|对不对|算不算|干啥的?|做什么的?|什么意思|啥意思|什么|啥|哪[里儿]|谁"
    r"|(?:新闻|报道|文章)(?!发|稿|会|中心|媒)(?:[里中上])?的?(?:说法|讲法|[说写讲]的?|提到的?)?|的(?:说法|讲法)"
    r"|[这那](?:[篇次种场批份张段]|条(?!例)|项(?!目)|家(?!庭))|(?:本|该)[次篇])"
)
_ASKING = re.compile(
    r"[几哪啥吗呢]|怎|咋|^(?:不|没)(?:有|是|能|会|要|用|了|到|过|得|行)?$|^.不.$|^还是$|^自己$|^别的$|^一共$|^要求$|^最[多少晚迟后]$|^之[内前后]$"
)


_NEGATED = re.compile(
    r"(?:没有?|未经?|无)(?:经过?|取得|获得|拿到|通过|办理?|做过?)?(批准|认证|许可|授权|资质|检验|登记|备案|注册|许可证)"
)
_NO = ("未", "未取得", "未获得", "未获", "无", "没有", "未依法取得", "未通过")
_NEGATED_WEIGHT = 0.9
# What stands just behind is said not to be so. Not the not of 有没有 and 能不能, nor that of a word: 不合格, 不锈钢.
_NOT = re.compile(
    r"(?<!有)(?:没有|没|未经|未|不(?!是|能|会|可|要|用|合格|符合|良|同|服|足|实|当|锈|得|仅|但|少|如|论|管|过|知道|清楚|懂))"
    r"[^\s,。;?!的就会怎罚才]{0,5}$"
)
_EITHER = re.compile(r"(\w)[不没]\1")  # 收不收费
_FOCUS_WEIGHT = 1.8
# A word of two characters that is none: 能贷, 要标, 换家, 文里. It weighs as a verb does, for it may be one yet.
_GLUED = re.compile(r"[要能会给改帮换卖赔是有把被].|.[要有来里]")
_HAVING = re.compile(r"[里中系内]有$")  # 名单里有谁: cut wrongly, and no word
_NEXT_TO = 2  # characters between a question word and what it asks about: 有, 是, 的
_HAN = "零一二三四五六七八九"
_DEFINED = re.compile(
    r"([^，,。；;？?]{1,30}?)(?:是指|指的是|指啥|指什么|是什么(?!时|人|地|单|原|样|级|类|部)|是啥(?!时)|什么意思|啥意思|的定义|讲的是?啥|讲的是?什么)"
)
_CONTINUES = re.compile(r"^(?:那|那么|然后|还有|另外|如果是|换成|再)|呢$")
_WHO_POINTED = re.compile(r"^(?:那|那么|请问)?[他她](?!们)")
_OFFICE = re.compile(
    r"(?:(?:[科处局司厅会院校所市区县部组站队]|秘书)长|主任|经理|书记|总监|教授|工程师|院士|主席|专家)([\u4e00-\u9fff]{2,3})"
)
_POINTING = re.compile(r"^(?:请问|那么?|还有|另外)*(?:该|此|这个?|这家|那个|那家)?(?=\w)")
_NOUNS = "njlgei"  # first letters of the ICTCLAS tags that a name may be made of
_PREDICATES = frozenset("有是在对被把按由")
# A verb and its noun with 的 between them: 哪年试的点, 谁发的证, 哪天揭的牌.
_PARTED = re.compile(r"(?<=\S)(试|发|开|揭|挂|颁|获|领|办)的(点|证|会|牌|奖)(?!\w)")
# Things that are always of something: a question about these alone leans on what was said before.
_GENERIC_WORDS = """
    会议 单位 企业 公司 机构 费用 时间 地方 地点 项目 平台 标准 证书 要求 条件 流程 材料
    电话 文件 内容 有效期 收费 价格 日期 名单 主题 编号 文号 主持人 主持 参加 人数 依据
    资料 周期 步骤 程序 区别 原因 作用 目的 结果 问题 情况 部门 负责人 地址 联系方式 报告
    罚款 处罚 期限 罚钱 罚多少 怎么罚 个人 情节 情节严重 违法所得 货值 营业执照
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
# Nouns that name the kind of answer wanted: a text that answers 「什么职务」 says 局长, not 职务.
_KIND_WORDS = """
    职务 头衔 岗位 来头 身份 职位 全称 简称 名字 姓名 人数 意义 态度 地点 地址 日期 时间 电话 电话号码 手机号 传真 网址
    邮箱 金额 数量 期限 单价 价格 作者 主题 名称 题目 东西 事情
"""
_OF_KIND = frozenset(_KIND_WORDS.split())
_KIND_WEIGHT = 0.2


class Reader:
    """Reads questions. Thread-safe; holds only dictionaries."""

    def __init__(self, segmenter: Segmenter, spelling: CorpusSpelling | None = None) -> None:
        """`spelling`: how the texts held write their words; without it a name is cut as the dictionary guesses."""
        self._segmenter = segmenter
        self._spelling = spelling
        self._vocabulary = segmenter.vocabulary
        self._synonyms = segmenter.vocabulary.synonyms()
        self._broader = segmenter.vocabulary.broader()
        self._field_words = frozenset(segmenter.vocabulary.words)
        self._whole = frozenset(segmenter.vocabulary.all_words())
        self._tagger = segmenter.tagger()

    def read(self, question: Question) -> Understood:
        own = self._mended(question.text)
        carried = self._carried(own, question.history)
        text = f"{own} {carried}".strip() if carried else own
        clauses = tuple(exact_references(own))
        concepts = [*self._concepts(own, True)]
        known = {c.word for c in concepts}
        concepts += [c for c in self._concepts(carried, False) if c.word not in known] if carried else []
        as_of = pinned_day(own, question.today, bool(clauses))
        return Understood(
            asked=question.text,
            text=text,
            concepts=tuple(concepts),
            asks_for=frozenset(asked_for(own)),
            clauses=clauses,
            standards=tuple(standard_references(text)),
            figures=tuple(f for f in figures(own) if as_of is None or f != f"{as_of.year}年"),
            as_of=as_of,
            edition=pinned_edition(own, question.today),
            carried=carried,
            use_library=question.use_library,
            today=question.today,
            own=own,
            history=question.history,
            slot=_slot(own, [c.word for c in concepts if c.given]),
        )

    # ------------------------------------------------------------------ spelling

    def _mended(self, text: str) -> str:
        """Known misspellings, and words that sound like one of the field's own."""
        mended = re.sub(r"\s+", " ", text).strip()
        for wrong, right in self._vocabulary.misspellings.items():
            mended = mended.replace(wrong, right)
        mended = _PARTED.sub(r"\1\2", mended)
        return _homophones(mended, tuple(self._vocabulary.words), tuple(self._vocabulary.all_words()))

    # ------------------------------------------------------------------ concepts

    def _concepts(self, text: str, given: bool) -> Iterator[Concept]:
        seen: set[str] = set()
        protected = {r.number for r in clause_references(text)} | {r.number for r in standard_references(text)}
        for number in sorted(protected):
            seen.add(number)
            yield Concept(number, (number,), 1.0, given=given)
        for concept in _negated(text):
            seen.add(concept.word)
            yield replace(concept, given=given)
        focus = _focus(text)
        rest = _QUESTION_WORDS.sub(" ", fold(_blanked(text)))
        rest = _MONTH_DAY.sub(" ", _YEAR.sub(" ", fold_numerals(rest)))
        rest, ordinals = _ordinals(rest)
        yield from (concept for concept in map(partial(replace, given=given), ordinals) if concept.word not in seen)
        for word, tag in self._tagged(rest):
            word = word.strip()
            if word in seen or word in STOP_WORDS or not re.search(r"[\w]", word):
                continue
            if word == "1" or _HAVING.match(word) or (_ASKING.search(word) and word not in self._synonyms):
                continue
            weight = max(_weight(word, tag), 0.9 if word in self._field_words else 0.0)
            if self._glued(word):
                weight = min(weight, _POS_WEIGHT["v"])
            if word in _OF_KIND:
                weight = min(weight, _KIND_WEIGHT)
            if weight <= 0 or (len(word) == 1 and not word.isdigit() and tag[:1] not in {"n"}):
                continue
            seen.add(word)
            if focus.endswith(word):
                weight *= _FOCUS_WEIGHT
            spellings = (word, *self._synonyms.get(word, ()))
            kinds = tuple(dict.fromkeys(kind for one in spellings for kind in self._broader.get(one, ())))
            yield Concept(word, spellings, weight, tag in _NAMES - {"nz"}, given, _denied(word, rest), kinds)

    def _tagged(self, text: str) -> list[tuple[str, str]]:
        """Words with their tags, cut as the texts held write them; words of the field stay whole."""
        tagged = self._tagger(text)
        if self._spelling is None:
            return tagged
        typed = {word for word, _ in tagged}
        found: list[tuple[str, str]] = []
        for whole, run in groupby(tagged, lambda pair: pair[0] in self._whole):
            for word, tag in run if whole else self._spelling.respelt(run):
                # what is left between known words is no name for that: 局来, 是假货
                found += [(word, tag)] if word in typed or self._spelling.knows(word) else self._tagger(word)
        return found

    def _glued(self, word: str) -> bool:
        known = self._spelling is None or word in self._whole or self._spelling.knows(word)
        return not known and bool(_GLUED.fullmatch(word))

    # ------------------------------------------------------------------ follow-ups

    def _carried(self, own: str, history: tuple[Exchange, ...]) -> str:
        """What an earlier question adds to one that cannot stand alone; empty where it can."""
        if not history:
            return ""
        if not self._needs_context(own):
            return self._full_name(own, history)
        last = self._mended(history[-1].question)
        if len(history) > 1 and self._needs_context(last):
            last = f"{last} {self._mended(history[-2].question)}"
        words = [c.word for c in self._concepts(last, False) if c.weight >= 0.5]
        if _WHO_POINTED.match(squeeze(own)):
            words = [*self._people(history[-1].answer)[:1], *words]
        own_squeezed = squeeze(own)
        return " ".join(word for word in dict.fromkeys(words) if word not in own_squeezed)

    def _people(self, text: str) -> list[str]:
        """The persons that a text names by their office, in order: 陆遥 of 科长陆遥主持."""
        knows = self._spelling.knows if self._spelling else lambda _word: False
        offices = _OFFICE.finditer(text)
        likely = (next((one[1][:n] for n in (3, 2) if knows(one[1][:n])), "") for one in offices)
        return list(dict.fromkeys(filter(None, likely)))

    def _full_name(self, own: str, history: tuple[Exchange, ...]) -> str:
        """The name in full that an earlier question gave to what this one begins with: 平台, spoken of as 追溯平台."""
        subject = self._subject(own)
        if len(subject) != 1 or self._particular(*subject[0]):
            return ""
        bare = subject[0][0]
        for exchange in reversed(history):
            said = "".join(word for word, _ in self._subject(self._mended(exchange.question)))
            at = said.find(bare)
            if at > 0:
                name = said[: at + len(bare)]
                return "" if name in squeeze(own) else name
        return ""

    def _particular(self, word: str, tag: str) -> bool:
        """Names one thing by itself: a name, or a word of the field."""
        return tag in _NAMES or word in self._field_words or word in self._synonyms

    def _subject(self, text: str) -> list[tuple[str, str]]:
        """The nouns that a question begins with, as tagged: 示例, 检测, 平台 of 示例检测平台归谁管."""
        tokens = [(word, tag) for word, tag in self._tagger(_POINTING.sub("", fold(text))) if word.strip()]
        found: list[tuple[str, str]] = []
        for (word, tag), (_, after) in zip(tokens, [*tokens[1:], ("", "")], strict=True):
            noun = tag[:1] in _NOUNS or (tag == "x" and word.isalnum())
            between = bool(found) and after.startswith(("n", "j")) and (tag in {"v", "vn", "b"} or word in "与和及")
            if not noun and not (between and word not in _PREDICATES):
                break
            found.append((word, tag))
        return found

    def _needs_context(self, text: str) -> bool:
        """Points back, or names nothing of its own: 「那费用呢」, 「它归谁管」, 「几年有效」."""
        plain = squeeze(text)
        if clause_references(text) and len(plain) > 6:
            return False
        own = [c for c in self._concepts(text, True) if c.weight >= 0.9 and c.word not in _GENERIC]
        if not own:
            return len(plain) <= 24
        pronoun = re.match(r"^(?:那|那么)?(?:它|他|她|其|这家|那家)(?!们)", plain)
        return bool(pronoun) or (len(own) == 1 and len(plain) <= 8 and bool(_CONTINUES.match(plain)))


def _negated(text: str) -> Iterator[Concept]:
    """没批准, 未取得认证: one concept each, in the wordings of the rules; 批准 alone would be found everywhere."""
    for match in _NEGATED.finditer(text):
        what = match[1]
        yield Concept(f"未经{what}", (f"未经{what}", *(f"{no}{what}" for no in _NO)), _NEGATED_WEIGHT)


def _denied(word: str, text: str) -> bool:
    """Whether the text says everywhere that it names the word that it is not so."""
    text = _EITHER.sub(r"\1", text)
    places = [match.start() for match in re.finditer(re.escape(word), text)]
    if re.match("处?罚", word):  # 没有合格证罚款多少: what follows from it, not what is missing
        return False
    return bool(places) and all(_NOT.search(text[:at]) for at in places)


def _slot(text: str, words: Sequence[str]) -> str:
    """The word right behind the first question word, or else the last one before it; none that only names a kind."""
    plain = fold_numerals(squeeze(text))
    asking = _QUESTION_WORDS.search(plain)
    if asking is None:
        return ""
    places = sorted((at, word) for word in words if (at := plain.find(word)) >= 0)
    behind = [word for at, word in places if 0 <= at - asking.end() <= _NEXT_TO]
    before = [word for at, word in places if 0 <= asking.start() - at - len(word) <= _NEXT_TO]
    slot = behind[0] if behind else before[-1] if before else ""
    return "" if slot in _OF_KIND or slot.isdigit() else slot


def _ordinals(text: str) -> tuple[str, list[Concept]]:
    """第2批, 第3项: one concept each, an item also as lists count them; and the text without them."""
    found = []
    for match in _ORDINAL.finditer(text):
        value = numeral_value(match[1])
        if value is None:
            continue
        own = f"第{value}{match[2]}"
        forms = [own, match[0]]
        if match[2] in "项个点":
            forms += [mark.format(han=_in_han(value), number=value) for mark in _ITEM_MARKS]
        found.append(Concept(own, tuple(dict.fromkeys(forms)), 1.0))
    return _ORDINAL.sub(" ", text), found


def _in_han(value: int) -> str:
    """1 … 99 as 一 … 九十九; digits beyond."""
    if not 0 < value < 100:
        return str(value)
    tens, ones = divmod(value, 10)
    return (("" if tens == 1 else _HAN[tens]) + "十" if tens else "") + (_HAN[ones] if ones else "")


def _focus(text: str) -> str:
    """What a definition is asked of: 「十项行动里 三同是指啥」 is about 三同, whatever stands before."""
    match = _DEFINED.search(fold(text))
    return squeeze(match[1]) if match else ""


def asked_for(text: str) -> Iterator[Asked]:
    folded = fold(text)
    for kind, pattern in _ASKED:
        if re.search(pattern, folded, re.I):
            yield kind


def figures(text: str) -> Iterator[str]:
    """Years and days a question pins itself to, in the spelling of the texts: 2022年, 11月29日."""
    folded = fold_numerals(fold(_blanked(text)))
    for match in _YEAR.finditer(folded):
        yield f"{match[1] or '20' + match[2]}年"
    for match in _MONTH_DAY.finditer(folded):
        yield f"{int(match[1])}月{int(match[2])}日"


def pinned_day(text: str, today: date, of_a_clause: bool = False) -> date | None:
    """The last day of the time a question is pinned to; that of a year alone only where a clause is asked for."""
    folded = _with_years(fold(text), today)
    bare = _blanked(folded) if of_a_clause else ""
    match = _AS_OF.search(folded) or _BARE_DAY.search(bare)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups()[:3])
    try:
        first, last = _extent(year or today.year, month, day)
    except ValueError:
        return None
    if match.groupdict().get("before"):
        return first - timedelta(days=1)
    return min(last, today) if first <= today else last


def _extent(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    """The first and last day of a year, month or day. Raises ValueError where there is none such."""
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is not None:
        return date(year, month, day), date(year, month, day)
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def pinned_edition(text: str, today: date) -> str:
    """The edition asked for by its year (2020版, 15版) or its place (旧版, 新版)."""
    folded = _with_years(fold(text), today)
    for word, pattern in _EDITION_WORDS:
        if re.search(pattern, folded):
            return word
    match = _EDITION_YEAR.search(folded)
    if match is None:
        return ""
    year = match[1] or match[2]
    return year if len(year) == 4 else f"{'20' if int(year) <= today.year % 100 + 5 else '19'}{year}"


def _with_years(folded: str, today: date) -> str:
    """二〇二一年 → 2021年, 去年 → 2025年."""
    for word, ago in _YEARS_AGO.items():
        folded = folded.replace(word, f"{today.year - ago}年")
    return _SPOKEN_YEAR.sub(lambda m: str(numeral_value(m[1])) if not re.search("[十百千]", m[1]) else m[1], folded)


def _blanked(text: str) -> str:
    rest = list(text)
    spans = [(r.start, r.end) for r in clause_references(text)] + [(r.start, r.end) for r in standard_references(text)]
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    return "".join(rest)


def _weight(word: str, tag: str) -> float:
    if tag in _NAMES:
        return 1.0
    if word.isdigit():
        return _DIGIT_WEIGHT if len(word) != 4 else 0.4  # a year is held apart, among the figures
    weight = _POS_WEIGHT.get(tag[:1], _OTHER_POS)
    return weight if len(word) > 1 else weight * 0.5


@lru_cache(maxsize=2048)
def _homophones(text: str, words: tuple[str, ...], known: tuple[str, ...]) -> str:
    """Put a word of the field where other characters sound exactly like it: 苏质带 → 苏质贷.

    Characters that already belong to a known word are never touched: 光电联合体 is not 光电链合体.
    """
    spoken = _sounds_of(words)
    typed = sounds(text)
    settled = {i for word in known for m in re.finditer(re.escape(word), text) for i in range(m.start(), m.end())}
    out = list(text)
    for length in sorted({len(word) for word in words if len(word) >= 3}, reverse=True):
        for at in range(len(text) - length + 1):
            right = spoken.get(tuple(typed[at : at + length]))
            if right is None:
                continue
            wrong = [at + i for i, char in enumerate(right) if out[at + i] != char]
            if wrong and not settled.intersection(wrong):
                out[at : at + length] = right
    return "".join(out)


@lru_cache(maxsize=4)
def _sounds_of(words: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    return {tuple(sounds(word)): word for word in words if len(word) >= 3}
