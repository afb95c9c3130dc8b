"""From a question to an answer with evidence, or to none: the conductor of the second journey.

understanding → declined? → the holdings? → lookup → search → entries and evidence → confidence →
extractive → verification. Every hop is timed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from time import perf_counter, sleep

from knowledge.catalog import Catalog
from knowledge.comparison import words_of
from knowledge.documents import Document, Origin
from knowledge.editions import first_day, short_title
from knowledge.embeddings import EmbeddingModel
from knowledge.faqs import FaqEntry
from knowledge.keyword_index import KeywordIndex
from knowledge.library import ListedStandard
from knowledge.terms import Segmenter
from knowledge.vector_index import VectorIndex
from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.articles import article_at
from retrieval.attributes import Attribute, attributes, decisive, may_have
from retrieval.binding import is_rule, later_law
from retrieval.confidence import SURE_ENTRY, Confidence, load_confidence, prefers_entry
from retrieval.definitions import Definitions
from retrieval.entries import EntryReader, WeighedEntry, replied, replies_to
from retrieval.evidence import EvidenceReader, Sentence, comparable, mention
from retrieval.extractive import LONGEST, Extract, cite, compose
from retrieval.fusion import SPREADS
from retrieval.generation.generator import Generator, Hearing
from retrieval.grounding import ground
from retrieval.holdings import asks_for_holdings, list_holdings
from retrieval.lookup import ClauseLookup
from retrieval.passages import FaqMatch, Passage
from retrieval.questions import Exchange, Question
from retrieval.refusal import decline, declined, not_in_knowledge
from retrieval.sanctions import Sanctions
from retrieval.search import Search
from retrieval.several import MOST, clauses, parts, together
from retrieval.spelling import CorpusSpelling
from retrieval.understanding import Asked, Reader, Understood
from retrieval.verification import Verifier

_SURE = 0.45  # an extract less likely than this is shown as the nearest there is, not as the answer
_SURE_UNSAID = 0.6  # … where it does not say all that a yes-or-no question names
_TELLING = 0.3  # refusing anyway, an entry that says what is not public tells more than a bare refusal
_HALF = 0.5  # of a word's pieces, or of a weight: with less it is not there, or says little
_MUCH = 0.75  # of a question's words: what stands around a sentence that names so much says the rest in other words
_LOOKED_AT, _CLAUSES = 4, 2  # the first sentences, and how many of their articles a refusal names
_ON_TOPIC = 0.35  # of a question's words: with less around a sentence, its article is no hint
_NEAR = 0.08  # an entry less likely than this is not worth suggesting
_DOCUMENTS_CACHED = 64
_GROUNDED = 1024  # entries with their citations, of one state of the knowledge
_GIVE_WAY_SECONDS = 0.002  # while warming up: whoever asks meanwhile goes first


@dataclass
class Timings:
    """Milliseconds by stage, in the order they ran."""

    clock: Callable[[], float] = perf_counter
    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = self.clock()
        try:
            yield
        finally:
            self.stages[name] = round((self.clock() - started) * 1000, 2)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything the answer may be made from, weighed: also what the models in `fitting` are trained on."""

    question: Understood
    entries: list[WeighedEntry]
    sentences: list[Sentence]
    passages: list[Passage]
    unknown: float = 0.0  # share of the question no text names


class Answerer:
    """Answers questions from the knowledge. Thread-safe; follows the catalog's revisions by itself."""

    def __init__(
        self,
        catalog: Catalog,
        keywords: KeywordIndex,
        vectors: VectorIndex,
        embeddings: EmbeddingModel,
        segmenter: Segmenter,
        standards: Sequence[ListedStandard] = (),
        contact: str | None = None,
        confidence: Confidence | None = None,
        generator: Generator | None = None,
    ) -> None:
        self._catalog = catalog
        self._contact = contact
        self._confidence = confidence or load_confidence()
        self.reader = Reader(segmenter, CorpusSpelling(keywords.knows, keywords.words))
        self.search = Search(catalog, keywords, vectors, embeddings, segmenter)
        # a document never changes under its id, which is its content's hash
        self._document = lru_cache(maxsize=_DOCUMENTS_CACHED)(catalog.document)
        self._grounded = lru_cache(maxsize=_GROUNDED)(self._ground)
        self._evidence = EvidenceReader(keywords.rarity, keywords.knows, self._document)
        self._entries = EntryReader(self.reader, self._evidence.weight)
        self._lookup = ClauseLookup(catalog, standards, words_of(segmenter))
        self._sanctions = Sanctions(self._document, catalog.document_chunks)
        self._definitions = Definitions(catalog.document, catalog.document_chunks)
        self.generator = generator
        self.verifier = Verifier(catalog)

    def answer(self, question: Question, show: Callable[[str], None] | None = None) -> Answer:
        """Never raises for what a person may type; the outcome says how far the knowledge carried it.

        `show` gets verified sentences of a chat model while it writes: how the answer's text will begin.
        """
        hearing = self.generator.hearing(show) if self.generator else None
        if (len(parts(question.text)) == 1 and len(clauses(question.text)) == 1) or self._approved(question):
            return self._one(question, hearing)
        return self._several(question, hearing)

    def _approved(self, question: Question) -> bool:
        """Whether an entry was approved for just these words, however many questions they may be."""
        return self.search.approved(self.reader.read(question)) is not None

    def _several(self, question: Question, hearing: Hearing | None) -> Answer:
        """Each part as a question that follows those before it; the whole, where its parts carry nothing.

        Parted by no more than a comma, the whole comes before parts that are not all answered.
        """
        asked = parts(question.text)
        loosely = len(asked) == 1
        asked = clauses(question.text) if loosely else asked
        answers = self._each(question, asked[:MOST], hearing)
        if loosely and any(one.outcome is not Outcome.ANSWERED for one in answers):
            whole = self._one(question, hearing)
            if whole.outcome is Outcome.ANSWERED:
                return whole
        answer = together(asked, answers)
        if answer is None:
            return self._one(question, hearing)
        spent: dict[str, float] = {}
        for stage, milliseconds in (pair for one in answers for pair in one.milliseconds.items()):
            spent[stage] = round(spent.get(stage, 0.0) + milliseconds, 2)
        return replace(answer, question=question.text, milliseconds=spent)

    def _each(self, question: Question, asked: Sequence[str], hearing: Hearing | None) -> list[Answer]:
        history, answers = question.history, []
        for part in asked:
            unheard = hearing.unheard() if hearing else None  # a part has its place only in the whole
            answers.append(self._one(replace(question, text=part, history=history), unheard))
            history = (*history, Exchange(part, answers[-1].text))
        return answers

    def _one(self, question: Question, hearing: Hearing | None) -> Answer:
        timings = Timings()
        with timings.stage("total"), self.search.steady():
            with timings.stage("understanding"):
                understood = self.reader.read(question)
            answer = self._answer(understood, timings, hearing)
            with timings.stage("verification"):
                answer = self.verifier.verified(answer)
        used = understood.rewritten and answer.kind != "clause"  # a look-up reads the person's own words
        shown = understood.text if used else question.text
        return replace(answer, question=shown, milliseconds=timings.stages)

    def warm(self) -> None:
        """Load what the first question that no look-up settles would wait for: the embedding model, above all."""
        self.candidates(self.reader.read(Question(wording.NOT_FOUND)))
        for entry in self.search.shelf().faqs.values():
            self._entries.prepare(entry)
            sleep(_GIVE_WAY_SECONDS)
        for document_id in self.search.shelf().documents:
            self._definitions.prepare(document_id)
            sleep(_GIVE_WAY_SECONDS)

    def _answer(self, question: Understood, timings: Timings, hearing: Hearing | None) -> Answer:
        if reason := declined(question.asked):
            return decline(reason)
        shelf = list(self.search.shelf().documents.values())
        if asks_for_holdings(question):
            return list_holdings(self._catalog, shelf)
        with timings.stage("lookup"):
            exact = self._lookup.answer(question, shelf)
            approved = None if exact else self.search.approved(question)
            defined = None if exact or approved else self._definitions.answer(question, self.search.admitted(question))
        if exact:
            return exact
        if approved:
            return self._from_entry(approved)
        if defined:
            return defined
        candidates = self.candidates(question, timings)
        with timings.stage("evidence"):
            return self._decide(candidates, hearing)

    def candidates(self, question: Understood, timings: Timings | None = None) -> Candidates:
        timings = timings or Timings()
        with timings.stage("embedding"):
            vector = self.search.embed(question)
        with timings.stage("search"):
            passages = self.search.passages(question, vector)
            if Asked.PENALTY in question.asks_for:
                passages = [*passages, *self._sanctions.beside(passages)]
            matches = self.search.faqs(question, vector)
        with timings.stage("weighing"):
            sentences = self._evidence.sentences(question, passages)
            unknown = self._evidence.unknown(question)
            entries = self._entries.weigh(question, matches, [s.text for s in sentences[:3]], unknown)
        return Candidates(question, entries, sentences, passages, unknown)

    # ------------------------------------------------------------------ deciding

    def sureness(self, found: Candidates) -> float:
        """How sure the fitted models are that something found answers the question, 0 … 1."""
        return max(self._best_entry(found)[1], self._confidence.of_extract(extract_features(found)))

    def _decide(self, found: Candidates, hearing: Hearing | None) -> Answer:
        faq, of_faq = self._best_entry(found)
        of_extract = self._confidence.of_extract(extract_features(found))
        if of_faq < self._confidence.faq_threshold and of_extract < self._confidence.extract_threshold:
            if faq and not faq.entry.settles and of_faq >= _TELLING and self._of_the_same(found.question, faq.entry):
                return self._from_entry(faq.entry)
            return self._refused(found)
        if faq and of_faq >= self._confidence.faq_threshold and prefers_entry(of_faq, of_extract):
            if of_faq < SURE_ENTRY or not replies_to(faq.entry, found.question):
                return self._near_entry(faq.entry)
            return self._from_entry(faq.entry, found.question.own)
        if extract := compose(found.question, found.sentences):
            sure = _SURE_UNSAID if _unsaid(found.question, extract) else _SURE
            return self._worded(found, extract, hearing) if of_extract >= sure else self._unsure(extract)
        return self._refused(found)

    def _of_the_same(self, question: Understood, entry: FaqEntry) -> bool:
        """Whether the entry's own question names what the question hangs on most."""
        given = [concept for concept in question.concepts if concept.given]
        most = max(given, key=self._evidence.weight, default=None)
        return most is not None and mention(most, comparable(entry.question)) >= 1.0

    def _best_entry(self, found: Candidates) -> tuple[FaqMatch | None, float]:
        scored = [(self._confidence.of_entry(e.features), e.match) for e in found.entries]
        best = max(scored, key=lambda pair: pair[0], default=None)
        return (best[1], best[0]) if best else (None, 0.0)

    def _near(self, found: Candidates) -> list[FaqMatch]:
        near = sorted(found.entries, key=lambda e: -self._confidence.of_entry(e.features))
        return [e.match for e in near if self._confidence.of_entry(e.features) >= _NEAR][:3]

    def _refused(self, found: Candidates) -> Answer:
        return not_in_knowledge(self._contact, self._near(found), clauses=_near_clauses(found))

    def _from_entry(self, entry: FaqEntry, asked: str = "") -> Answer:
        """`asked`: the question, where it is not the entry's own; what only replies to its own is left out."""
        shelf = self.search.shelf()
        unsettled = Outcome.PARTLY_SUPPORTED if entry.partly else Outcome.NOT_IN_KNOWLEDGE
        outcome = Outcome.ANSWERED if entry.settles else unsettled
        citations = self._grounded(entry, shelf.revision, shelf.day)
        text = with_clauses(entry)
        return Answer(outcome, "faq", replied(text, asked) if asked else text, citations, details=entry.details)

    def _ground(self, entry: FaqEntry, _revision: int, _day: date) -> tuple[Citation, ...]:
        return ground(entry, self._catalog, list(self.search.shelf().documents.values()))

    def _near_entry(self, entry: FaqEntry) -> Answer:
        """An entry that may be about something else, behind its own question, so that whoever asked can tell."""
        answer = self._from_entry(entry)
        if answer.outcome is not Outcome.ANSWERED:
            return answer
        text = wording.NEAR_ENTRY.format(question=entry.question, text=answer.text)
        return replace(answer, outcome=Outcome.PARTLY_SUPPORTED, text=text)

    def _worded(self, found: Candidates, extract: Extract, hearing: Hearing | None) -> Answer:
        """The extract; in the words of the chat model where there is one and its words hold."""
        answer = self._from_extract(extract)
        if self.generator is None or answer.outcome is not Outcome.ANSWERED:
            return answer
        written = self.generator.write(found.question, extract, found.sentences, hearing)
        return replace(self._from_extract(written), kind="generated") if written else answer

    def _unsure(self, extract: Extract) -> Answer:
        """What was found, said to be no more than that."""
        answer = self._from_extract(extract)
        if answer.outcome is not Outcome.ANSWERED:
            return answer
        return replace(answer, outcome=Outcome.PARTLY_SUPPORTED, text=wording.UNSURE.format(text=answer.text))

    def _from_extract(self, extract: Extract) -> Answer:
        citations: list[Citation] = [cite(s.document, s.start, s.end, s.passage) for s in extract.sentences]
        outcome = Outcome.NOT_IN_KNOWLEDGE if _admits_ignorance(extract.sentences[0]) else Outcome.ANSWERED
        text = "\n".join([extract.text, *self._cautions(extract)])
        return Answer(outcome, "extract", text, tuple(citations), details=extract.details)

    def _cautions(self, extract: Extract) -> Iterator[str]:
        """Where a regulation older than the law it carries out is quoted, and that law is not."""
        shelf = self.search.shelf().documents.values()
        quoted = {one.document.metadata.title: one.document.metadata for one in extract.sentences}
        for metadata in quoted.values():
            law = later_law(metadata, (one.metadata for one in shelf if one.holds))
            if law and law.title not in quoted:
                title = short_title(law.title)
                now, then = (one.published or first_day(one) for one in (law, metadata))
                yield wording.OLDER_THAN_LAW.format(law=title, year=now.year, old=then.year)

    def document(self, document_id: str) -> Document:
        return self._document(document_id)


def _near_clauses(found: Candidates) -> list[str]:
    """Questions for the articles that may have to do with it: whoever asked in other words can look for himself."""
    asked: list[str] = []
    for one in found.sentences[:_LOOKED_AT]:
        article = article_at(one.document, one.start)
        if article and one.features["context"] >= _ON_TOPIC and is_rule(one.document.metadata):
            title = short_title(one.document.metadata.title)
            asked.append(wording.CLAUSE_QUESTION.format(title=title, clause=article))
    return list(dict.fromkeys(asked))[:_CLAUSES]


def _unsaid(question: Understood, extract: Extract) -> bool:
    """Whether much of what a yes-or-no question asks stands nowhere around the extract: 转让 of 证书能转让吗."""
    most = extract.sentences[0].features.get("context", 1.0) >= _MUCH
    if most or Attribute.WHETHER not in attributes(question.own):
        return False
    around = [
        f"{one.passage.chunk.heading} {one.document.metadata.title} {one.passage.chunk.text}"
        for one in extract.sentences
    ]
    text = comparable(" ".join([*around, *(one.text for one in extract.sentences)]))
    named = (c for c in question.concepts if c.given and len(c.word) > 1 and c.weight >= _HALF)
    return any(mention(concept, text, general=True) < _HALF for concept in named)


def _admits_ignorance(sentence: Sentence) -> bool:
    """A built-in guide that says a thing is unverified or was not found does not settle it."""
    ours = sentence.document.origin is Origin.LIBRARY
    return ours and bool(re.search(r"未核实|未查到|没有查到|资料里没有", sentence.text))


def with_clauses(entry: FaqEntry) -> str:
    """The entry's answer, and the clause it rests on where its words do not say it."""
    unsaid = [s for s in entry.sources if s.clause and s.clause not in entry.answer and not s.clause[0].isdigit()]
    if not unsaid or not entry.settles:
        return entry.answer
    clause = wording.RESTS_ON.format(title=short_title(unsaid[0].title), clause=unsaid[0].clause)
    return f"{entry.answer}\n{clause}" if len(entry.answer) + len(clause) < LONGEST else entry.answer


def extract_features(found: Candidates) -> dict[str, float]:
    """What tells a sentence that answers from one on the same topic that does not."""
    if not found.sentences:
        return {"none": 1.0}
    best = found.sentences[0]
    features = dict(best.features)
    features["cosine"] = max(features["cosine"] - 0.8, 0.0)
    top = sorted((p.cosine for p in found.passages), reverse=True)
    features["lead"] = min(top[0] - top[min(5, len(top) - 1)], 0.1) if top else 0.0
    # how far the passage stands out of all that was found: what a text answers, it is alone in answering
    features["stands_out"] = max((p.score for p in found.passages), default=0.0) / SPREADS
    features["agree"] = 1.0 if found.passages and best.passage.chunk.id == found.passages[0].chunk.id else 0.0
    features["entries_agree"] = max((e.features["borne_out"] for e in found.entries[:3]), default=0.0)
    features["kind_context"] = features["kind"] * features["context"]
    features["thin"] = max(0.7 - features["context"], 0.0)
    asked = decisive(found.question.own)
    features["has_form"] = (1.0 if may_have(asked, best.text, found.question.own) else -1.0) if asked else 0.0
    features["concepts"] = min(len(found.question.concepts), 8) / 8
    for kind in found.question.asks_for:
        features[f"asks_{kind.value}"] = 1.0
    return features
