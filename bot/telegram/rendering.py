"""An answer as Telegram's HTML, in parts of a limited size, with links to the evidence.

Texts are cut while they are plain and marked up afterwards, so no cut falls inside a tag or an escape. Sizes are
counted in UTF-16 units: where Telegram counts characters instead, these are never fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from bot import wording
from bot.rendering import closing, cut, evidence_link, notes, place, shorten, size
from bot.telegram.bodies import Button
from retrieval.answers import Answer, Citation, Outcome

QUOTE_CHARACTERS = 60  # of a quote in an answer; the sources show more
SOURCE_QUOTE_CHARACTERS = 600
GENERATED = Answer(Outcome.ANSWERED, "generated", "").label

SOURCES, DETAILS, MORE, USEFUL, USELESS = "s", "d", "m", "u", "n"  # how a button's data begins


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one kind: plain, bold, or a link."""

    text: str
    bold: bool = False
    link: str | None = None


Rich = tuple[Span, ...]


def units(text: str) -> int:
    """UTF-16 units: one for a 汉字, two for most emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def measure(rich: Rich) -> int:
    return sum(units(span.text) for span in rich)


def to_html(rich: Rich) -> str:
    return "".join(_marked(span) for span in rich)


def plain(text: str) -> str:
    return escape(text, quote=False)


@dataclass(frozen=True, slots=True)
class HtmlRenderer:
    """`limit` in UTF-16 units a message; without `public_url` there are no links."""

    limit: int
    public_url: str | None = None

    def parts(self, answer: Answer) -> tuple[str, ...]:
        """The whole answer. The first part stands alone: label, beginning, and the first citation that has a quote."""
        head = _label(answer)
        citations = [self._citation(one, QUOTE_CHARACTERS) for one in _once(answer.citations)]
        blocks: list[Rich] = [_text(answer.text.strip()), _stacked(citations), _text(closing(answer))]
        whole = (*head, *_joined(blocks))
        if measure(whole) <= self.limit:
            return (to_html(whole) or plain(wording.APOLOGY),)
        return self._divided(answer, head, citations)

    def sources(self, answer: Answer) -> tuple[str, ...]:
        """Every citation, numbered, with more of its quote."""
        cited = [self._citation(one, SOURCE_QUOTE_CHARACTERS) for one in _once(answer.citations)]
        numbered = [(Span(f"{number}. "), *one) for number, one in enumerate(cited, 1)]
        return tuple(to_html(page) for page in self._pages(numbered or [_text(wording.NO_SOURCES)], ()))

    def details(self, answer: Answer) -> tuple[str, ...]:
        text = answer.details.strip() or wording.NO_DETAILS
        return tuple(to_html(page) for page in self._pages([_text(text)], self._head_of_page(answer)))

    def growing(self, said: str) -> str:
        """As much of an answer as a chat model has written and a program has verified."""
        head = _label_line(GENERATED)
        text, rest = cut_units(said.strip(), self.limit - measure(head) - units(wording.TELEGRAM_GOES_ON))
        return to_html((*head, Span(text + ("…" if rest else wording.TELEGRAM_GOES_ON))))

    def plain_pages(self, text: str) -> tuple[str, ...]:
        return tuple(to_html(page) for page in self._pages([_text(text)], ()))

    def _divided(self, answer: Answer, head: Rich, citations: list[Rich]) -> tuple[str, ...]:
        lead = self._lead(answer)
        text, rest = cut_units(answer.text.strip(), self.limit - measure(head) - measure(lead) - 2)
        first = (*head, *_joined([_text(text), lead]))
        left = [_text(rest), *(one for one in citations if one != lead), _text(closing(answer))]
        pages = self._pages(left, self._head_of_page(answer))
        return (to_html(first), *(to_html(page) for page in pages))

    def _lead(self, answer: Answer) -> Rich:
        """The citation that goes with the first part, in the fullest form that leaves room for a text."""
        quoted = [one for one in answer.citations if one.quote] or list(answer.citations)
        if not quoted:
            return ()
        forms = (self._citation(quoted[0], most) for most in (QUOTE_CHARACTERS, QUOTE_CHARACTERS // 3))
        return next((form for form in forms if measure(form) <= self.limit // 2), ())

    def _pages(self, blocks: Sequence[Rich], head: Rich) -> Iterator[Rich]:
        """The blocks on as few pages as they fit on, each page with its head; a block too long is cut."""
        room, page = self.limit - measure(head), ()  # type: tuple[int, Rich]
        for piece in (piece for block in blocks for piece in _cut_block(block, room)):
            longer = _joined([page, piece])
            if page and measure(longer) > room:
                yield (*head, *page)
                longer = piece
            page = longer
        if page:
            yield (*head, *page)

    def _head_of_page(self, answer: Answer) -> Rich:
        # Generated wording has to be told wherever it is shown, so each message of it says so.
        return _label(answer) if answer.kind == "generated" else ()

    def _citation(self, citation: Citation, characters: int) -> Rich:
        basis = wording.BASIS_INFERRED if citation.inferences else wording.BASIS
        quote = wording.QUOTE.format(quote=shorten(citation.quote, characters)) if citation.quote else wording.NOT_HELD
        return (
            Span(f"{basis}："),
            Span(place(citation), link=evidence_link(self.public_url, citation)),
            Span("\n".join([quote, *notes(citation, characters)])),
        )


def keyboard(turn_id: str, answer: Answer, page: int, pages: int) -> tuple[tuple[Button, ...], ...]:
    """The buttons under a part; an answer that is small talk has none."""
    more = Button(wording.TELEGRAM_MORE, f"{MORE}:{turn_id}:{page + 1}") if page + 1 < pages else None
    if answer.outcome is Outcome.DIALOGUE:
        return ((more,),) if more else ()
    sources = Button(wording.TELEGRAM_SOURCES, f"{SOURCES}:{turn_id}") if answer.citations else None
    details = Button(wording.TELEGRAM_DETAILS, f"{DETAILS}:{turn_id}") if answer.details.strip() else None
    opinion = (Button("👍", f"{USEFUL}:{turn_id}"), Button("👎", f"{USELESS}:{turn_id}"))
    first = tuple(button for button in (more, sources, details) if button)
    return tuple(row for row in (first, opinion) if row)


def cut_units(text: str, room: int) -> tuple[str, str]:
    """`text` in two, at a sentence end: at most `room` UTF-16 units, and the rest."""
    if units(text) <= room:
        return text, ""
    fits = text.encode("utf-16-le", "surrogatepass")[: max(room, 1) * 2].decode("utf-16-le", "ignore")
    return cut(text, size(fits))


def _cut_block(block: Rich, room: int) -> Iterator[Rich]:
    """A block that fits, or its pieces. A link is never cut: what stands around it is."""
    if measure(block) <= room:
        yield block
        return
    for span in block:
        text = span.text
        while text:
            piece, text = cut_units(text, room)
            yield (replace(span, text=piece),)


def _label(answer: Answer) -> Rich:
    return _label_line(answer.label) if answer.label else ()


def _label_line(label: str) -> Rich:
    return (Span(wording.LABEL_LINE.format(label=label), bold=True), Span("\n"))


def _text(text: str) -> Rich:
    return (Span(text),) if text else ()


def _joined(blocks: Sequence[Rich]) -> Rich:
    return _with_between([block for block in blocks if block], "\n\n")


def _stacked(blocks: Sequence[Rich]) -> Rich:
    return _with_between(blocks, "\n")


def _with_between(blocks: Sequence[Rich], between: str) -> Rich:
    spans: list[Span] = []
    for block in blocks:
        spans += [Span(between), *block] if spans else block
    return tuple(spans)


def _once(citations: Sequence[Citation]) -> list[Citation]:
    """Two sentences may rest on the same: it is shown once."""
    return list({(one.document_id or one.document, one.start, one.end, one.quote): one for one in citations}.values())


def _marked(span: Span) -> str:
    text = plain(span.text)
    if span.link:
        return f'<a href="{escape(span.link)}">{text}</a>'
    return f"<b>{text}</b>" if span.bold else text
