"""Bytes of a text file → its text: byte order marks, UTF-8, then whichever Chinese encoding reads best."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import Path

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

# The commonest characters of both scripts, the commonest first: prose is made of these, a misreading is not.
_FREQUENT_FILE = Path(__file__).with_name("frequent_characters.txt")
_SUSPECT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SAMPLE = 20_000  # characters scored; more does not change the verdict
_READS_WELL = 0.35  # Chinese of either script scores 0.37 (rare words) to 0.97, European languages below 0.2
_SURE = 0.75


def decode(name: str, data: bytes, limits: Limits, declared: str | None = None) -> str:
    """The text of `data` with line breaks as \\n and no byte order mark.

    `declared` is what the file says of its own encoding; it is believed only where it fits. A few damaged
    characters in a long text become U+FFFD. Raises UnreadableDocument for binary content or an unknown
    encoding, DocumentTooLarge over `limits.max_characters`.
    """
    text = _marked(name, data)
    if text is None:
        text = _unmarked_utf_16(data) or _utf_8(data) or _declared(data, declared) or _guessed(data)
    if text is None:
        raise UnreadableDocument(f"{name}：不是文本，或文字编码无法识别。请用记事本打开，另存为 UTF-8 后再导入。")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    refuse_too_many_characters(name, len(text), limits)
    _refuse_binary(name, text)
    return text


def decode_names(names: Sequence[bytes]) -> list[str]:
    """File names that do not say their encoding, as they come in one archive, and so in one encoding."""
    together = b"\n".join(names)
    if _utf_8(together) == _strict(together, "utf-8") is not None:
        return [name.decode() for name in names]
    likely = sorted(_CHINESE, key=lambda encoding: -_score_of_names(together, encoding))
    encoding = next((encoding for encoding in likely if _strict(together, encoding) is not None), likely[0])
    return [name.decode(encoding, errors="replace") for name in names]


def _score_of_names(names: bytes, encoding: str) -> float:
    return _score(names.decode(encoding, errors="replace"), encoding)


def _unmarked_utf_16(data: bytes) -> str | None:
    """UTF-16 without its mark: NUL bytes as no other text has them, and good text without any."""
    if b"\0" not in data[:_SAMPLE] or len(data) % 2:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(data, encoding)
        if text and sum(map(_is_everyday, text[:_SAMPLE])) >= 0.95 * len(text[:_SAMPLE]):
            return text
    return None


def _is_everyday(character: str) -> bool:
    """ASCII that is no control character, CJK and its punctuation, full-width forms, the usual symbols."""
    return (
        " " <= character < "\x7f"
        or character in "\t\r\n°±·×÷μΩφ—‘’“”•…€℃≤≥≈→①②③④⑤⑥⑦⑧⑨⑩"
        or "\u3000" <= character <= "\u303f"
        or "\u4e00" <= character <= "\u9fff"
        or "\uff00" <= character <= "\uffef"
    )


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


def _utf_8(data: bytes) -> str | None:
    """The text as UTF-8, unless it is one of the few Chinese words whose GB bytes happen to be UTF-8 too (通知)."""
    text = _strict(data, "utf-8")
    if text is None or text.isascii() or not all(c < "\x80" or "\u0100" <= c < "\u0800" for c in text):
        return text
    chinese = _strict(data, "gb18030")
    return chinese if chinese is not None and _score(chinese, "gb18030") >= _SURE else text


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
    weights = _weights()
    frequent = sum(count * weights.get(character, 0.0) for character, count in counts.items())
    return (ordinary + frequent) / (2 * total)


@cache
def _weights() -> dict[str, float]:
    """1 for the commonest character, falling evenly to 0."""
    characters = "".join(_FREQUENT_FILE.read_text("utf-8").split())
    return {character: 1 - rank / len(characters) for rank, character in enumerate(characters)}


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
