"""A chat model that gets things wrong: whatever it makes of the evidence, nobody gets to read it."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from knowledge.documents import Document
from retrieval.evidence import Sentence
from retrieval.generation.evidence import Evidence, with_exception
from retrieval.generation.faithfulness import supported
from tests.retrieval.generation.faithful import CASES, FRESH
from tests.retrieval.generation.hostile_world import FILES
from tests.retrieval.generation.material import a_document, a_generator, as_evidence, heard, sentences_of, the_documents
from tests.retrieval.generation.mutations import MUTATIONS

EACH = 30  # cases of each mutation that go through the whole generator
SLOWEST = 2.0  # seconds an answer may take here
TRUE = "光缆出厂检验报告有效期为24个月"
Case = tuple[str, Sentence, Sentence, str]  # mutation, sentence, another one of the document, what the model says


def cases(seed: int, others: int) -> Iterator[Case]:
    """Every mutation of every sentence; what happens to be true of the other sentence is no mutation."""
    chance = random.Random(seed)
    for document in the_documents():
        found = [with_exception(sentence) for sentence in sentences_of(document)]
        for sentence in found:
            for other in chance.sample(found, others):
                for mutation in MUTATIONS:
                    said = mutation(_in_a_line(sentence), _in_a_line(other), chance)
                    if said and not any(_repeats(said, one) for one in (sentence, other)):
                        yield mutation.__name__, sentence, other, said


def _in_a_line(sentence: Sentence) -> str:
    return sentence.text.replace("\n", "")


def _repeats(said: str, sentence: Sentence) -> bool:
    """Whether it is the sentence all the same, or its beginning, but for its label or a comma; no exception lost."""
    bare, labelled = (re.sub("[，。；]", "", text) for text in (said, _in_a_line(sentence)))
    for whole in (labelled, re.sub(r"^第\S+条\s+", "", labelled)):
        if whole.startswith(bare) and not re.search("但|除|不适用|另有规定", whole[len(bare) :]):
            return True
    return False


def test_nothing_that_a_mutation_says_reaches_the_user() -> None:
    chosen: list[Case] = []
    count: Counter[str] = Counter()
    everything = list(cases(1, 1))
    random.Random(2).shuffle(everything)
    for case in everything:
        count[case[0]] += 1
        chosen += [case] if count[case[0]] <= EACH else []
    assert len(chosen) >= 300
    assert set(count) == {mutation.__name__ for mutation in MUTATIONS}

    judged = next(s for s in sentences_of(the_documents()[0]) if "出厂检验报告有效期" in s.text)
    never = Event()
    for number, (name, sentence, other, said) in enumerate(chosen):
        true = f"{TRUE}[1]。\n" if number % 2 else ""
        generator, _ = a_generator(true, *_told(said, number, never), timeout=0.1 if number % 24 == 0 else 5.0)
        started = time.monotonic()
        got = heard(generator, [judged, sentence, other])
        assert time.monotonic() - started < SLOWEST
        assert got.shown == ([f"{TRUE}。"] if true else []), (name, said, got.shown)
        assert (got.answer.text if got.answer else "") == "".join(got.shown), (name, said)
    never.set()


def _told(said: str, number: int, never: Event) -> list[object]:
    """What the model does: says it all; stalls behind it; dies behind it, or in the middle of it."""
    whole = f"{said.rstrip('；。')}[2][3]。"
    if number % 24 == 0:
        return [whole, never]
    if number % 5 == 0:
        return [whole, ConnectionError("reset")]
    return [whole[: len(whole) // 2], ConnectionError("reset")] if number % 7 == 0 else [whole]


@pytest.mark.slow
def test_no_mutation_of_any_sentence_is_found_in_its_evidence() -> None:
    tried = 0
    leaked = []
    for name, sentence, other, said in cases(7, 2):
        tried += 1
        if supported(said.rstrip("；。"), as_evidence(sentence, other)):
            leaked.append((name, said, sentence.text, other.text))
    assert tried > 1500  # without the regulations, from the tests' own texts alone
    assert leaked == []


def test_what_a_careful_model_says_gets_through_more_often_than_not() -> None:
    refused = refused_of(the_documents()[:2], CASES)
    assert len(refused) <= 5, refused  # of 44
    county = [a_document(text, name.rsplit(".", 1)[0]) for name, text in FILES.items()]
    refused = refused_of(county, FRESH)
    assert len(refused) <= 10, refused  # of 54; 21 before the rules were widened once more


def refused_of(documents: Sequence[Document], told: Sequence[tuple[tuple[str, ...], str]]) -> list[str]:
    everything = [sentence for document in documents for sentence in sentences_of(document)]

    def evidence(wanted: tuple[str, ...]) -> list[Evidence]:
        return as_evidence(*(next(s for s in everything if words in s.text) for words in wanted))

    return [said for wanted, said in told if not supported(said, evidence(wanted))]


def test_a_sentence_of_the_evidence_is_said_by_the_evidence() -> None:
    """Copied as it was offered: labels of items are list marks, an exception that follows belongs to it."""
    copied = refused = 0
    for document in the_documents():
        for sentence in sentences_of(document):
            item = as_evidence(sentence)[0]
            words = re.sub(r"^[（(][一二三四五六七八九十]+[）)]\s*", "", item.offered).replace("\n", "")
            copied += 1
            refused += not supported(re.sub(r"[。；]$", "", words), [item])
    assert copied > 30
    assert refused <= copied * 0.02
