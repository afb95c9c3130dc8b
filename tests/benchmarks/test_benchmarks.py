"""What the benchmarks are made of; what they measure is never asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.growth import TOPICS, StandIn, documents, passage, questions
from benchmarks.plotting import scatter

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def test_a_plot_is_well_formed_and_puts_the_better_and_faster_up_and_left() -> None:
    points = [("快 & 好", 10.0, 0.9, 0.85, 0.95), ("slow", 100.0, 0.7, 0.6, 0.8)]
    drawn = ElementTree.fromstring(scatter([("set", points)], "ms", "nDCG@10"))
    better, worse = [
        group.find(f"{SVG}circle") for group in drawn.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None
    ]
    assert better is not None
    assert worse is not None
    assert float(better.attrib["cx"]) < float(worse.attrib["cx"])
    assert float(better.attrib["cy"]) < float(worse.attrib["cy"])
    assert "快 & 好" in {text.text for text in drawn.iter(f"{SVG}text")}


def test_generated_passages_are_distinct_and_lie_where_their_chunks_say() -> None:
    assert len({passage(number) for number in range(2000)}) == 2000
    held = list(documents(100))
    assert [len(chunks) for _, chunks in held] == [40, 40, 20]
    assert all(document.text[c.start : c.end] == c.text for document, chunks in held for c in chunks)
    texts = [chunk.text for _, chunks in held for chunk in chunks]
    for question in questions(100, 30):
        number = "".join(char for char in question if char.isdigit())
        assert any(
            f"{number}号作业单" in text and topic in text for text in texts for topic in TOPICS if topic in question
        )


def test_stand_in_vectors_are_near_within_a_topic_and_far_apart_between_topics() -> None:
    model = StandIn()
    one, near, far = model.embed_documents([passage(1), passage(2), passage(41)])
    cosine = lambda a, b: sum(x * y for x, y in zip(a, b, strict=True))  # noqa: E731
    assert abs(cosine(one, one) - 1) < 1e-6
    assert cosine(one, near) > 0.2 > cosine(one, far)
    assert model.embed_query(passage(1)) == one


@pytest.mark.slow  # imports half the house in a process of its own
def test_without_langchain_community_the_comparison_says_how_to_get_it() -> None:
    asking = "import pipelines; print(pipelines.available())"
    code = f"import sys; sys.path[:0] = ['benchmarks']; {asking}"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if "left out" in told:
        assert "langchain_community" in told
        assert "benchmarks/requirements.lock" in told
        assert "['ours', 'bm25']" in told
    else:
        assert "langchain-wheel" in told
