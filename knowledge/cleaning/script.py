"""Traditional characters to simplified, and the pinyin notes that some page converters leave in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from knowledge.cleaning.aligned import Edit

_HAN = re.compile(r"[\u3400-\u9fff]")
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
_PINYIN_NOTE = re.compile(rf"(?<=[\u3400-\u9fff])[(（]([a-zü{_TONED}]{{1,6}})[)）]")
_MANY_NOTES = 5  # fewer toned notes than this are somebody's real text
_TRADITIONAL_SHARE = 0.02  # of Chinese characters; simplified texts stay below 0.001

# What one converter makes of 專(zhuān)家學: three bytes lost in the middle of a character.
_MOJIBAKE = {"?qū)<覍W": "专家学"}


def pinyin_note_edits(text: str) -> Iterator[Edit]:
    """質(zhì) → 質, where the whole text is strewn with such notes; a lone 「(a)」 stays."""
    notes = list(_PINYIN_NOTE.finditer(text))
    if sum(any(c in _TONED for c in note[1]) for note in notes) < _MANY_NOTES:
        return
    yield from (Edit(note.start(), note.end(), "") for note in notes)


def mojibake_edits(text: str) -> Iterator[Edit]:
    """Known byte damage of crawled pages, mended as a marked inference."""
    for damaged, mended in _MOJIBAKE.items():
        for match in re.finditer(re.escape(damaged), text):
            yield Edit(match.start(), match.end(), mended, "页面乱码", inferred=True)


def simplification_edits(text: str) -> Iterator[Edit]:
    """Traditional to simplified, line by line; nothing where the text is simplified already."""
    if not is_traditional(text):
        return
    convert = _converter().convert
    for line in re.finditer(r"[^\n]+", text):
        simplified = convert(line[0])
        if len(simplified) != len(line[0]):  # a phrase changed its length: fall back to single characters
            simplified = "".join(_one(c, convert) for c in line[0])
        yield from (
            Edit(line.start() + i, line.start() + i + 1, new)
            for i, (old, new) in enumerate(zip(line[0], simplified, strict=True))
            if old != new
        )


def simplified(text: str) -> str:
    """`text` as `simplification_edits` would leave it."""
    out = list(text)
    for edit in simplification_edits(text):
        out[edit.start : edit.end] = edit.new
    return "".join(out)


def is_traditional(text: str) -> bool:
    sample = "".join(_HAN.findall(text[:20_000]))
    if not sample:
        return False
    convert = _converter().convert
    changed = sum(a != b for a, b in zip(sample, convert(sample), strict=False))
    return bool(changed / len(sample) > _TRADITIONAL_SHARE)


def _one(char: str, convert: Any) -> str:
    simplified = str(convert(char))
    return simplified if len(simplified) == 1 else char


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
