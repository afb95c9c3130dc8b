"""Bytes of a text file → its text: byte order marks, UTF-8, then whichever Chinese encoding reads best."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from itertools import islice

from knowledge.errors import UnreadableDocument
from knowledge.readers.assembly import refuse_too_many_characters
from knowledge.readers.limits import Limits

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHINESE = ("gb18030", "cp950")  # supersets of GB2312/GBK and of Big5
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950"}  # pages declare the subset, write the superset

# What Chinese prose is made of, in either script: about half of its characters, almost none of a misreading's.
_FREQUENT = frozenset(
    "的一是在不了有和人这這中大为為上个個国國以要时時来來用们們生到作地于於出就分对對成会會可主发發年动動同工也能下过過"
    "产產种種面而方后後多定行学學法所民得经經之进進等部度家电電力理起小物现現实實加量都两兩体體制机機当當使点點从從业業"
    "本去性好应應开開它合还還因由其些然前外天政日那社义義事平形相全表间間样樣与與关關各重新线線内內数數正心反明看原么麼"
    "利比或但质質气氣第向道命此变變条條只结結解问問意建月公无無系情者最立代想已通并並提直题題党程展五果料象员員位入常文"
    "总總次品式活设設及管特件长長求基资資边邊流路级級少图圖山统統接知较較将將组組见見计計别別角期根论論运運指九区區强強"
    "放决決西被做必先回则則任取据據处處标標准準认認证證规規应應企单單服务務要求市场場监監督审審核检檢验驗，。、；：（）《》“”"
)
_SUSPECT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SAMPLE = 20_000  # characters scored; more does not change the verdict
_READS_WELL = 0.4  # real text scores 0.5 (bare names) to 0.8, the wrong encoding 0.1 to 0.3


def decode(name: str, data: bytes, limits: Limits, declared: str | None = None) -> str:
    """The text of `data` with line breaks as \\n and no byte order mark.

    `declared` is what the file says of its own encoding; it is believed only where it fits. A few damaged
    characters in a long text become U+FFFD. Raises UnreadableDocument for binary content or an unknown
    encoding, DocumentTooLarge over `limits.max_characters`.
    """
    text = _marked(name, data)
    if text is None:
        text = _strict(data, "utf-8") or _declared(data, declared) or _guessed(data)
    if text is None:
        raise UnreadableDocument(f"{name}：不是文本，或文字编码无法识别。请用记事本打开，另存为 UTF-8 后再导入。")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    refuse_too_many_characters(name, len(text), limits)
    _refuse_binary(name, text)
    return text


def _marked(name: str, data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            if text is None:
                raise UnreadableDocument(f"{name}：开头标明 {encoding.upper()} 编码，内容却不是。文件可能已损坏。")
            return text
    return None


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _declared(data: bytes, encoding: str | None) -> str | None:
    """The text in the encoding a page declares, if it is one we know how to check."""
    encoding = _ALIASES.get((encoding or "").lower(), (encoding or "").lower())
    if encoding not in _CHINESE:
        return None
    text = _tolerant(data, encoding)
    return text if text is not None and _score(text, encoding) >= _READS_WELL else None


def _guessed(data: bytes) -> str | None:
    damaged = _tolerant(data, "utf-8")  # strict reading has failed, so some byte is wrong
    if damaged is not None:
        return damaged
    readings = [(text, _score(text, encoding)) for encoding in _CHINESE if (text := _tolerant(data, encoding))]
    best, score = max(readings, key=lambda reading: reading[1], default=(None, 0.0))
    return best if score >= _READS_WELL else None


def _tolerant(data: bytes, encoding: str) -> str | None:
    """The text with damaged bytes as U+FFFD, or None if more than one character in twenty is damaged."""
    text = data.decode(encoding, errors="replace")
    damaged = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", errors="ignore"))
    return text if damaged * 20 <= foreign else None


def _score(text: str, encoding: str) -> float:
    """0 to 1: how much of the non-ASCII text is ordinary for the encoding, and frequent in Chinese at all."""
    counts = Counter(islice((character for character in text if character > "\x7f"), _SAMPLE))
    total = counts.total()
    if not total:
        return 0.0
    ordinary = sum(count for character, count in counts.items() if _is_ordinary(character, encoding))
    frequent = sum(count for character, count in counts.items() if character in _FREQUENT)
    return (ordinary + frequent) / (2 * total)


def _is_ordinary(character: str, encoding: str) -> bool:
    """In the symbols, or in the first and more frequent of the standard's two planes of 汉字."""
    code = character.encode(encoding, errors="replace")
    if len(code) != 2:
        return False
    if encoding == "cp950":
        return 0xA1 <= code[0] <= 0xC6
    return code[1] >= 0xA1 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)


def _refuse_binary(name: str, text: str) -> None:
    suspects = sum(1 for _ in _SUSPECT.finditer(text))
    if "\0" in text or suspects * 10 > len(text) or suspects > 2 + len(text) // 200:
        raise UnreadableDocument(f"{name}：内容是二进制数据，不是文本。请确认文件没有改错后缀。")
