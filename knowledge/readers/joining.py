"""How text broken over lines by layout goes back together."""

from __future__ import annotations

import re

# 汉字, kana, Chinese and full-width punctuation: scripts written without spaces between words.
WIDE = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff—…“”‘’·"
_WIDE_CHARACTER = re.compile(f"[{WIDE}]")
_SOURCE_BREAK = re.compile(f"(?<=[{WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{WIDE}])")
_BLANKS = re.compile("[ \t\r\n\f]+")  # not the ideographic or the no-break space: those were typed
_SOFT_HYPHEN = "\x02"  # PDFium's mark for a hyphen that ends a line


def is_wide(character: str) -> bool:
    return _WIDE_CHARACTER.match(character) is not None


def on_one_line(text: str) -> str:
    """Markup's own line breaks undone: nothing between two 汉字, one space elsewhere."""
    return _BLANKS.sub(" ", _SOURCE_BREAK.sub("", text))


def join_wrapped(before: str, after: str) -> str:
    """Two lines of one paragraph: a space between Latin words, none beside Chinese, hyphenation undone."""
    before, after = before.rstrip(), after.lstrip()
    if not before or not after:
        return before + after
    if before.endswith(_SOFT_HYPHEN):
        return before[:-1] + ("" if after[0].islower() else "-") + after
    if before.endswith("-") or is_wide(before[-1]) or is_wide(after[0]):
        return before + after
    return f"{before} {after}"
