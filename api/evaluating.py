"""Evaluation over the same line as every other command: it measures what a person would get."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api import answers, wording
from api.calling import Here, Line
from api.errors import ApiError
from api.settings import Settings
from api.wiring import Assistant, Progress, conversation
from retrieval.answers import Answer, Citation
from retrieval.evaluation import EvaluationQuestion, Report, evaluate
from retrieval.evaluation.library import Fact, LibraryReport
from retrieval.questions import Question

if TYPE_CHECKING:
    from knowledge.embeddings import EmbeddingModel
    from retrieval.answering import Answerer
    from retrieval.evaluation.ablations import Ablation
    from retrieval.evaluation.conversations import AnsweredFollowUps, ConversationReport
    from retrieval.evaluation.questions import Ask, FactsOf, Weigh
    from retrieval.evaluation.quotes import CheckQuote
    from retrieval.evaluation.retrieval import RefusalReport, RetrievalReport


def evaluate_over(
    line: Line, questions: Sequence[EvaluationQuestion], without: frozenset[Ablation] = frozenset()
) -> Report:
    """Where the data folder is open in this process, also how sure each answer was.

    Raises ApiError where the serving process has the folder and something other than the library is to be left out.
    """
    line = ablated(line, without)
    return evaluate(
        asker(line, _with_library(without)),
        questions,
        quote_checker(line),
        weigh=_weigher(line, without),
        facts_of=_facts_by_entry(),
    )


def answer_follow_ups_over(
    line: Line, questions: Sequence[EvaluationQuestion], without: frozenset[Ablation] = frozenset()
) -> AnsweredFollowUps:
    """Raises EvaluationInvalid where no question has a history; ApiError as `evaluate_over`."""
    from retrieval.evaluation.conversations import answer_follow_ups

    line = ablated(line, without)
    return answer_follow_ups(asker(line, _with_library(without)), questions, quote_checker(line))


def asker(line: Line, library: bool) -> Ask:
    def ask(question: Question) -> Answer:
        history = [said for one in question.history for said in (f"用户：{one.question}", f"助手：{one.answer}")]
        asked = {"question": question.text, "history": history, "library": library}
        return answers.from_json(line.call("ask", asked))

    return ask


def quote_checker(line: Line) -> CheckQuote:
    def check_quote(citation: Citation) -> bool:
        where = {"document_id": citation.document_id, "start": citation.start, "end": citation.end}
        return bool(line.call("check_quote", {**where, "quote": citation.quote})["stands"])

    return check_quote


def _with_library(without: frozenset[Ablation]) -> bool:
    from retrieval.evaluation.ablations import Ablation

    return Ablation.LIBRARY not in without


# ---------------------------------------------------------------- with less in it


def ablated(line: Line, without: frozenset[Ablation]) -> Line:
    """The same line with an assistant that lacks something; the library is left out question by question."""
    from retrieval.evaluation.ablations import Ablation

    if not without - {Ablation.LIBRARY}:
        return line
    if not isinstance(line, Here):
        raise ApiError(wording.ABLATION_WHILE_SERVING)
    answerer = _answerer_of(line.assistant, without)
    dialogue = conversation(answerer, line.assistant.settings)
    return Here(replace(line.assistant, answerer=answerer, dialogue=dialogue, dialogue_anew=dialogue))


def _answerer_of(assistant: Assistant, without: frozenset[Ablation]) -> Answerer:
    from knowledge.library import load_standards
    from retrieval.evaluation.ablations import Parts, answerer_of

    parts = Parts(
        catalog=assistant.catalog,
        keywords=assistant.keywords,
        vectors=assistant.vectors,
        embeddings=assistant.embeddings,
        segmenter=assistant.ingestion.segmenter,
        standards=load_standards(),
        contact=assistant.settings.contact,
        generator=assistant.answerer.generator,
    )
    return answerer_of(parts, without)


def _weigher(line: Line, without: frozenset[Ablation]) -> Weigh | None:
    """Only this process's own answerer can be asked how sure it is."""
    if not isinstance(line, Here):
        return None
    from retrieval.evaluation.ablations import Ablation
    from retrieval.evaluation.weighing import weigher

    answerer, library = line.assistant.answerer, Ablation.LIBRARY not in without
    weigh = weigher(answerer, _answerer_of(line.assistant, without | {Ablation.REFUSAL}))
    return lambda question, answer: weigh(replace(question, use_library=library), answer)


def _facts_by_entry() -> FactsOf:
    from knowledge.library import load_faqs

    facts = {entry.id: frozenset(entry.facts) for entry in load_faqs()}
    return lambda citation: facts.get(citation.source.rpartition("#")[2], frozenset())


def check_library_over(line: Line, facts: Sequence[Fact], progress: Progress) -> LibraryReport:
    return LibraryReport.from_json(line.call("check_library", {"facts": [asdict(fact) for fact in facts]}, progress))


# ---------------------------------------------------------------- in a throw-away home


def evaluate_retrieval_set(
    settings: Settings,
    folder: Path,
    limit: int | None,
    without: frozenset[Ablation],
    with_answers: bool,
    progress: Progress,
) -> RetrievalReport:
    """Raises EvaluationInvalid, EmbeddingUnavailable."""
    from knowledge.terms import Segmenter
    from retrieval.evaluation.retrieval import evaluate_retrieval
    from retrieval.evaluation.retrieval_sets import load_retrieval_set

    wanted = load_retrieval_set(folder, limit)
    with _throw_away(settings) as (home, embeddings):
        return evaluate_retrieval(wanted, home, embeddings, Segmenter(), progress, without, with_answers)


def evaluate_refusal_set(
    settings: Settings,
    folder: Path,
    limit: int | None,
    without: frozenset[Ablation],
    with_answers: bool,
    progress: Progress,
) -> RefusalReport:
    """Raises EvaluationInvalid, EmbeddingUnavailable."""
    from knowledge.terms import Segmenter
    from retrieval.evaluation.retrieval import evaluate_refusal
    from retrieval.evaluation.retrieval_sets import load_retrieval_set

    wanted = load_retrieval_set(folder, limit)
    with _throw_away(settings) as (home, embeddings):
        return evaluate_refusal(wanted, home, embeddings, Segmenter(), progress, without, with_answers)


def evaluate_conversation_set(
    settings: Settings,
    folder: Path,
    limit: int | None,
    without: frozenset[Ablation],
    with_answers: bool,
    progress: Progress,
) -> ConversationReport:
    """Raises EvaluationInvalid, EmbeddingUnavailable."""
    from knowledge.terms import Segmenter
    from retrieval.evaluation.conversations import evaluate_conversations
    from retrieval.evaluation.retrieval_sets import load_conversation_set

    wanted = load_conversation_set(folder, limit)
    with _throw_away(settings) as (home, embeddings):
        return evaluate_conversations(wanted, home, embeddings, Segmenter(), progress, without, with_answers)


@contextmanager
def _throw_away(settings: Settings) -> Iterator[tuple[Path, EmbeddingModel]]:
    from knowledge.embeddings import open_embeddings

    with tempfile.TemporaryDirectory() as home:
        yield Path(home), open_embeddings(settings.knowledge)
