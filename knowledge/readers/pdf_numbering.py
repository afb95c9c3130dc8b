"""How a line of a standard, a regulation or a list shows that something begins with it."""

from __future__ import annotations

import re

_HAN_NUMBER = "[一二三四五六七八九十百零〇\\d]+"
_UNITS = "年月日个名份次项种家人天时分秒号页元万亿倍台级类条款章节%℃"

_CHAPTER = re.compile(rf"第{_HAN_NUMBER}\s?([编篇章节])(?![的和、，])")
_SET_OFF = re.compile(rf"第{_HAN_NUMBER}(?:[编篇章节]|条(?:之{_HAN_NUMBER})?)[\s　]")
_ARTICLE = re.compile(rf"第{_HAN_NUMBER}条")
_DOTTED = re.compile(r"(?:\d{1,2}|[A-Z])(?:\s?[.．]\s?\d{1,3}){1,5}(?=[\s　]+\S|[\u4e00-\u9fff]|$)")
_SINGLE = re.compile(rf"\d{{1,2}}[\s　]+(?=[^\s\d{_UNITS}])")
_ANNEX = re.compile(r"附\s*录\s*[A-Z](?![A-Za-z])")
_UNNUMBERED = frozenset(("前言", "引言", "目次", "目录", "参考文献", "索引"))
_ITEM = re.compile(
    rf"[（(]{_HAN_NUMBER}[)）]|[a-zA-Z\d]{{1,2}}[)）]|\d{{1,2}}[、．](?!\d)|\d{{1,2}}\.(?=[\s　\u4e00-\u9fff])"
    "|——|[-–][\\s　]|[•·●○◆◇■□▪➢√]|[①-⑳]"
)
_OPENER = re.compile(rf"{_HAN_NUMBER}、|注\s?\d*[:：]|示例\s?\d*[:：]|[表图]\s?[A-Z]?[.\d]+[\s　]|【")
_LEADERS = re.compile(r"[.·…．]{4,}|…{2,}|(?:\.\s){4,}")
_SENTENCE_END = re.compile(r"[。！？；：!?;:…](?:[\"”’」』）)】》]*)$|[a-zA-Z)]\.$")
_CHAPTER_LEVELS = {"编": 1, "篇": 1, "章": 1, "节": 2}


def always_begins(text: str) -> bool:
    """第十二条 or 第三章 set off by a space: never the middle of a sentence, even after a full line."""
    return _SET_OFF.match(text) is not None


def begins_clause(text: str) -> bool:
    """A clause number, where the line before does not run on into it: 8.5.2 …, 第三章 …, 附录 A."""
    return any(pattern.match(text) for pattern in (_CHAPTER, _SET_OFF, _DOTTED, _ANNEX))


def begins_item(text: str) -> bool:
    """A list marker: （一）, a), 1., ——, a bullet."""
    return _ITEM.match(text) is not None


def may_begin(text: str) -> bool:
    """Something that begins a block only where the line before it is complete."""
    return begins_item(text) or any(pattern.match(text) for pattern in (_OPENER, _ARTICLE, _SINGLE))


def heading_level(text: str) -> int:
    """1 to 6 if the line, standing alone, reads as a numbered or customary heading; else 0."""
    if ends_sentence(text) or "，" in text or "。" in text or is_contents_entry(text):
        return 0
    if chapter := _CHAPTER.match(text):
        return _CHAPTER_LEVELS[chapter[1]]
    if dotted := _DOTTED.match(text):
        return dotted[0].replace("．", ".").count(".") + 1
    return 1 if _SINGLE.match(text) or _ANNEX.match(text) or "".join(text.split()) in _UNNUMBERED else 0


def is_contents_entry(text: str) -> bool:
    """A line of a table of contents: a title, leaders, a page."""
    return _LEADERS.search(text) is not None


def ends_sentence(text: str) -> bool:
    return _SENTENCE_END.search(text.rstrip()) is not None
