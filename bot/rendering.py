"""An answer as plain text in parts of a limited size, for a phone: short, cut at sentence ends, with its evidence.

The first part stands alone. It has the beginning of the answer and the first citation with its quote, whatever
else has to wait for 「更多」.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote as url_quote

from bot import wording
from retrieval.answers import Answer, Citation

QUOTE_CHARACTERS = 60  # of a quote in an answer; 「来源」 shows more
SOURCE_QUOTE_CHARACTERS = 200
SMALLEST_LIMIT = 400  # bytes; less has no room for a sentence, a citation and the way to the rest

# A sentence ends with its mark and the quotes and brackets that close after it, or with the line.
_CLOSERS = "”’」』）〕】)"
_SENTENCE_END = re.compile(rf"[。！？；]+[{_CLOSERS}]*|\n+")
_PAUSE = re.compile(r"[，、：,: 　]")
_JOINERS = "\u200d\ufe0e\ufe0f"  # these belong to the character before them (emoji sequences)


def size(text: str) -> int:
    """Bytes of UTF-8, as the platforms count: one 汉字 costs three."""
    return len(text.encode())


@dataclass(frozen=True, slots=True)
class TextRenderer:
    """Renders for a channel that takes plain text of at most `limit` bytes a message.

    `public_url` is where people reach our web pages; without it there are no links to the evidence.
    """

    limit: int
    public_url: str | None = None
    numbered: bool = False  # suggestions carry a number, for a channel where a person can choose by it

    def __post_init__(self) -> None:
        if self.limit < SMALLEST_LIMIT:
            raise ValueError(f"a message needs at least {SMALLEST_LIMIT} bytes, not {self.limit}")

    def parts(self, answer: Answer) -> tuple[str, ...]:
        """The whole answer. Each part but the last ends with how to get the next."""
        citations = self._citations(answer, QUOTE_CHARACTERS)
        text, end = answer.text.strip(), closing(answer, self.numbered)
        whole = _join(_labelled(answer, text), "\n".join(citations), end)
        if size(whole) <= self.limit:
            return (whole or wording.APOLOGY,)
        first, rest, uncited = self._first(answer, text, citations)
        return (first, *self._pages(answer, _join(rest, "\n".join(uncited), end)))

    def details(self, answer: Answer) -> tuple[str, ...]:
        return tuple(self._pages(answer, answer.details.strip() or wording.NO_DETAILS))

    def sources(self, answer: Answer) -> tuple[str, ...]:
        """Every citation, numbered, with more of its quote."""
        citations = self._citations(answer, SOURCE_QUOTE_CHARACTERS)
        numbered = (f"{number}. {text}" for number, text in enumerate(citations, 1))
        return tuple(pages("\n".join(numbered) or wording.NO_SOURCES, self.limit))

    def _first(self, answer: Answer, text: str, citations: list[str]) -> tuple[str, str, list[str]]:
        """The first part, what is left of the text, and the citations that are not, or not fully, in the part.

        Something is always left: had it all been in this part, the whole would have fitted without it.
        """
        lead = self._lead(answer)
        room = self.limit - size(_join(_labelled(answer, ""), lead)) - size(f"\n\n\n{wording.MORE_HINT}")
        head, rest = cut(text, room)
        first = f"{_join(_labelled(answer, head), lead)}\n{wording.MORE_HINT}"
        return first, rest, [citation for citation in citations if citation != lead]

    def _lead(self, answer: Answer) -> str:
        """The citation that goes with the first part: the first with a quote."""
        quoted = [citation for citation in answer.citations if citation.quote]
        return next((self._fitting_citation(one, self.limit // 2) for one in (quoted or answer.citations)), "")

    def _pages(self, answer: Answer, text: str) -> Iterator[str]:
        # Generated wording has to be told wherever it is shown, so each message of it says so.
        label = f"{_labelled(answer, '')}\n" if answer.kind == "generated" else ""
        return (label + page for page in pages(text, self.limit - size(label)))

    def _fitting_citation(self, citation: Citation, room: int) -> str:
        """The fullest form that fits. The quote and the mark of an inference are in each of them."""
        full = self._citation(citation)
        plain = "\n".join(_citation_lines(citation, QUOTE_CHARACTERS))
        short = _basis(citation, QUOTE_CHARACTERS // 3, title_characters=20)
        for form in (full, plain, short):
            if size(form) <= room:
                return form
        return cut(short, room)[0]

    def _citations(self, answer: Answer, characters: int) -> list[str]:
        """Each as it reads, and once: two sentences may rest on the same."""
        return list(dict.fromkeys(self._citation(citation, characters) for citation in answer.citations))

    def _citation(self, citation: Citation, characters: int = QUOTE_CHARACTERS) -> str:
        return "\n".join([*_citation_lines(citation, characters), *self._link(citation)])

    def _link(self, citation: Citation) -> Iterator[str]:
        if link := evidence_link(self.public_url, citation):
            yield link


def evidence_link(public_url: str | None, citation: Citation) -> str | None:
    """The page that shows a quote in its context; none where there is nothing to show, or nowhere to show it."""
    if not public_url or not citation.document_id or citation.start is None or citation.end is None:
        return None
    page = f"{public_url.rstrip('/')}/evidence/{url_quote(citation.document_id, safe='')}"
    return f"{page}?start={citation.start}&end={citation.end}"


def cut(text: str, room: int) -> tuple[str, str]:
    """`text` in two: as much as fits in `room` bytes up to a sentence end, and the rest.

    A sentence longer than the room is cut at a pause, or else between characters. Takes at least one character.
    """
    if size(text) <= room:
        return text, ""
    most = len(text.encode()[: max(room, 0)].decode(errors="ignore"))
    ends = [end for match in _SENTENCE_END.finditer(text, 0, most) if text[end := match.end()] not in _CLOSERS]
    pauses = [match.end() for match in _PAUSE.finditer(text, most // 2, most)]
    at = (ends or pauses or [_whole_characters(text, most)])[-1]
    return text[:at].rstrip(), text[at:].lstrip()


def pages(text: str, limit: int) -> Iterator[str]:
    """`text` in pages of at most `limit` bytes, each but the last with how to get the next at its end."""
    hint = f"\n{wording.MORE_HINT}"
    while size(text) > limit:
        page, text = cut(text, limit - size(hint))
        if page:
            yield page + hint
    if text:
        yield text


def shorten(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: _whole_characters(text, characters)] + "…"


def _whole_characters(text: str, at: int) -> int:
    """The last position up to `at` that has no accent, joiner or half of an emoji sequence after it."""
    wanted = at
    while 0 < at < len(text) and (
        unicodedata.combining(text[at]) or text[at] in _JOINERS or text[at - 1] == _JOINERS[0]
    ):
        at -= 1
    return at or max(wanted, 1)


def _join(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _labelled(answer: Answer, text: str) -> str:
    """What the wording is stands before it: generated text has to be told from an extract at first sight."""
    label = wording.LABEL_LINE.format(label=answer.label) if answer.label else ""
    return "\n".join(part for part in (label, text) if part)


def closing(answer: Answer, numbered: bool = False) -> str:
    """What is missing and what can be asked instead, unless the text has said so already."""
    missing = [part for part in answer.missing if part not in answer.text]
    offered = [(number, one) for number, one in enumerate(answer.suggestions, 1) if one not in answer.text]
    suggestions = [f"{number}. {one}" if numbered else f"· {one}" for number, one in offered]
    lines = [wording.MISSING.format(missing="、".join(missing))] if missing else []
    head = wording.SUGGESTIONS_NUMBERED if numbered else wording.SUGGESTIONS
    return "\n".join([*lines, *([head, *suggestions] if suggestions else [])])


def _citation_lines(citation: Citation, characters: int) -> Iterator[str]:
    yield _basis(citation, characters)
    yield from notes(citation, characters)


def notes(citation: Citation, characters: int) -> Iterator[str]:
    """What has to be said with a quote that is not as it stood in the file."""
    if citation.original and citation.original != citation.quote:
        yield wording.ORIGINAL.format(original=shorten(citation.original, characters))
    for read, stood in citation.inferences:
        yield wording.INFERENCE.format(stood=stood, read=read)


def _basis(citation: Citation, characters: int, title_characters: int = 60) -> str:
    basis = wording.BASIS_INFERRED if citation.inferences else wording.BASIS
    quote = wording.QUOTE.format(quote=shorten(citation.quote, characters)) if citation.quote else wording.NOT_HELD
    return f"{basis}：{place(citation, title_characters)}{quote}"


def place(citation: Citation, title_characters: int = 60) -> str:
    """Where a citation points: title, edition, clause and place; of a text that is not held, what is printed on it."""
    title = shorten(citation.document, title_characters)
    title = title if "《" in title else f"《{title}》"  # a title that has book marks of its own is not wrapped again
    if not citation.quote:  # known by what is printed on it, not by its text
        known = "，".join(value for value in (citation.number, citation.date) if value)
        return "".join([citation.body or "", title, f"（{known}）" if known else "", _clause(citation)])
    return " ".join(
        part for part in (f"{title}{citation.edition or ''}", _clause(citation), citation.place or "") if part
    )


def _clause(citation: Citation) -> str:
    """`8.5.2` is read as a clause only with 第…条 around it; `第十二条`, `A.1` and `附录 B` speak for themselves."""
    clause = citation.clause or ""
    return wording.CLAUSE.format(clause=clause) if re.fullmatch(r"\d+(?:\.\d+)*", clause) else clause
