"""What a Word paragraph says: its runs as the page shows them, fields by their results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from knowledge.readers.docx_number_formats import formatted
from knowledge.readers.docx_styles import is_on

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_TEXT_BOX = f"{_W}txbxContent"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says a text box a second time
_TRANSPARENT = tuple(f"{_W}{tag}" for tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
# Properties, tracked deletions, text boxes (read after the paragraph) and the pinyin above the characters.
_UNSPOKEN = frozenset((_TEXT_BOX, _FALLBACK, *(f"{_W}{tag}" for tag in ("pPr", "rPr", "del", "moveFrom", "rt"))))
_TEXT = (f"{_W}t", f"{_M}t")
_SPOKEN = {f"{_W}tab": "\t", f"{_W}ptab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_FIELD = f"{_W}fldChar"
_INSTRUCTION = f"{_W}instrText"
_SYMBOL = f"{_W}sym"
_SYMBOLS = {  # (font, code) → the character it draws
    ("symbol", 0xB0): "°",
    ("symbol", 0xB1): "±",
    ("symbol", 0xB3): "≥",
    ("symbol", 0xA3): "≤",
    ("symbol", 0xB4): "×",
    ("symbol", 0xB8): "÷",
    ("symbol", 0xB9): "≠",
    ("symbol", 0xBB): "≈",
    ("symbol", 0x57): "Ω",
    ("symbol", 0x6D): "μ",
    ("symbol", 0x44): "Δ",
    ("symbol", 0x46): "Φ",
    ("symbol", 0x66): "φ",
    ("symbol", 0x61): "\u03b1",
    ("symbol", 0x62): "β",
    ("symbol", 0x73): "\u03c3",
    ("wingdings", 0xA8): "□",
    ("wingdings", 0x6F): "□",
    ("wingdings", 0xFC): "✓",
    ("wingdings", 0xFE): "☑",
    ("wingdings 2", 0x52): "☑",
    ("wingdings 2", 0x50): "✓",
    ("wingdings 2", 0xA3): "□",
}
_CIRCLED = re.compile(r"(?i)\s*eq\s*\\o\s*\\ac\s*\(\s*[○\u3007◯]\s*[,\uff0c;]\s*([0-9]{1,2})\s*\)")


@dataclass(slots=True)
class _Field:
    """A field that has begun: where its instruction lies in the text so far, and what it says."""

    start: int
    instruction: list[str] = field(default_factory=list)
    has_result: bool = False


def spoken(paragraph: Any) -> str:
    """The paragraph's text without its number: insertions, not deletions; a field's last result, not its code."""
    text: list[str] = []
    _speak(paragraph, text, [])
    return "".join(text)


def through(container: Any, tag: str | None = None) -> Iterator[Any]:
    """The children (of one tag), those inside content controls and tracked insertions with them."""
    for child in container.iterchildren():
        if child.tag in _TRANSPARENT:
            yield from through(child, tag)
        elif tag is None or child.tag == tag:
            yield child


def text_boxes(element: Any) -> Iterator[Any]:
    for child in element.iterchildren():
        if child.tag == _TEXT_BOX:
            yield child
        elif child.tag not in _UNSPOKEN:
            yield from text_boxes(child)


def joins_the_next(paragraph: Any) -> bool:
    """Whether the paragraph's end was deleted, or moved away, with changes tracked: what follows is part of it."""
    mark = paragraph.find(f"{_W}pPr/{_W}rPr")
    return mark is not None and any(mark.find(f"{_W}{tag}") is not None for tag in ("del", "moveFrom"))


def _speak(element: Any, text: list[str], fields: list[_Field]) -> None:
    for child in element.iterchildren():
        tag = child.tag
        if tag in _TEXT:
            text.append(child.text or "")
        elif tag in _SPOKEN:
            text.append(_SPOKEN[tag])
        elif tag == _FIELD:
            _mark(child.get(f"{_W}fldCharType"), text, fields)
        elif tag == _INSTRUCTION and fields:
            fields[-1].instruction.append(child.text or "")
        elif tag == _SYMBOL:
            text.append(_symbol(child))
        elif tag not in _UNSPOKEN:
            before = len(text)
            _speak(child, text, fields)
            if tag == f"{_W}r" and is_on(child.find(f"{_W}rPr"), "vanish"):
                del text[before:]


def _mark(kind: str | None, text: list[str], fields: list[_Field]) -> None:
    """A field begins, its result begins, or it ends; results of fields inside an instruction are not shown."""
    if kind == "begin":
        fields.append(_Field(len(text)))
    elif kind == "separate" and fields:
        fields[-1].has_result = True
        del text[fields[-1].start :]
    elif kind == "end" and fields:
        ended = fields.pop()
        if not ended.has_result:
            del text[ended.start :]
            text.append(_drawn("".join(ended.instruction)))


def _drawn(instruction: str) -> str:
    """A number in a circle, which Word's 带圈字符 makes by an instruction alone."""
    circled = _CIRCLED.match(instruction)
    return formatted(int(circled[1]), "decimalEnclosedCircle") if circled else ""


def _symbol(element: Any) -> str:
    code = element.get(f"{_W}char") or ""
    if not re.fullmatch("[0-9A-Fa-f]{1,4}", code):
        return ""
    return _SYMBOLS.get(((element.get(f"{_W}font") or "").lower(), int(code, 16) & 0xFF), "")
