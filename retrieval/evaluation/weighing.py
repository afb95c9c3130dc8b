"""How sure the assistant was of an answer, and what it would have said had it refused nothing."""

from __future__ import annotations

from retrieval.answering import Answerer
from retrieval.answers import Answer, Outcome
from retrieval.evaluation.questions import Weigh, Weighed
from retrieval.questions import Question

_BY_MODELS = "weighing"  # the stage that only an answer by the fitted models has


def weigher(answerer: Answerer, unrefusing: Answerer) -> Weigh:
    """`unrefusing`: the same answerer without thresholds.

    What a rule settles (a clause number, an entry's own words, a declined request) was never weighed: it counts as
    fully sure where it answers and not at all where it refuses. Nor does an entry count that says a thing is not
    public: no threshold makes an answer of it.
    """

    def weigh(question: Question, answer: Answer) -> Weighed:
        refused = answer.outcome is Outcome.NOT_IN_KNOWLEDGE
        if _BY_MODELS not in answer.milliseconds:
            return Weighed(0.0 if refused else 1.0, answer)
        would_say = unrefusing.answer(question) if refused else answer
        if would_say.outcome is Outcome.NOT_IN_KNOWLEDGE:
            return Weighed(0.0, would_say)
        return Weighed(answerer.sureness(answerer.candidates(answerer.reader.read(question))), would_say)

    return weigh
