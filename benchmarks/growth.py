"""What answering costs as the knowledge grows: 1,000, 10,000 and 100,000 passages.

    python benchmarks/growth.py [--sizes 1000 10000 100000] [--questions 60]

The passages are generated (distinct, by a seed; forty a document), and their vectors are a stand-in: unit vectors
scattered around one centre for each of 200 topics, because embedding 100,000 passages takes an hour and the indexes
do not care. So the stage `embedding` is not e5's and is left out of the table; everything else is the product. A size
is built in one process and asked in another, which starts as the service does. Where langchain-community is installed
(see pipelines.py), its `BM25Retriever` with jieba is asked some of the questions over the same passages, k = 10.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge.catalog import Catalog, ChunkTerms  # noqa: E402
from knowledge.database import Base, Database  # noqa: E402
from knowledge.documents import Chunk, Document, Metadata, Origin  # noqa: E402
from knowledge.embeddings import EmbeddingModel  # noqa: E402
from knowledge.keyword_index import KeywordIndex  # noqa: E402
from knowledge.terms import Segmenter  # noqa: E402
from knowledge.vector_index import open_vector_index  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
PASSAGES = 40  # of a document
WRITTEN = 2_000  # vectors at once
SEED, WIDTH = 20261121, 384
SCATTER = 0.06  # of each coordinate: within a topic cosines come out at about 0.4, and unrelated ones at 0
STAGES = ("understanding", "lookup", "search", "weighing", "evidence", "verification")
LANGCHAIN_QUESTIONS = 20

_WORDS = {
    "things": "光纤预制棒 光缆 连接器 光模块 激光器 探测器 透镜 棱镜 滤光片 分路器 耦合器 隔离器 环形器 调制器 放大器 "
    "衰减器 光开关 收发器 显示屏 传感器",
    "steps": "来料检验 清洗 镀膜 切割 研磨 装配 老化 测试 包装 入库",
    "who": "质量部 工艺组 计量室 仓库 采购部 检验班 设备科 研发部",
    "does": "核对批次 校准仪器 隔离不良品 复测样品 更换夹具 通知供方 填写台账 粘贴标签",
}
_THINGS, _STEPS, _WHO, _DOES = (words.split() for words in _WORDS.values())
TOPICS = [f"{thing}{step}" for thing in _THINGS for step in _STEPS]


def passage(number: int) -> str:
    """About 150 characters that no other passage has."""
    chance = random.Random(SEED + number)
    topic = TOPICS[number // PASSAGES % len(TOPICS)]
    who, other = chance.sample(_WHO, 2)
    first, then = chance.sample(_DOES, 2)
    return (
        f"{topic}按{number}号作业单进行，由{who}负责。开工前先{first}，室温保持在{chance.randint(18, 26)}℃，"
        f"相对湿度不高于{chance.randint(40, 65)}%。每批抽样{chance.randint(3, 80)}件，"
        f"不合格超过{chance.randint(1, 5)}件时整批退回，{other}在{chance.randint(2, 48)}小时内{then}。"
        f"记录编号{chance.randrange(16**6):06X}，由{who}和{other}共同签字，保存{chance.randint(1, 15)}年。"
    )


def questions(size: int, count: int) -> list[str]:
    chance = random.Random(SEED)
    asked = (
        "{topic}{n}号作业单每批抽样多少件",
        "{topic}按{n}号作业单的记录保存几年",
        "{topic}的时候室温要多少度，{n}号作业单",
    )
    numbers = [chance.randrange(size) for _ in range(count)]
    topics = [TOPICS[number // PASSAGES % len(TOPICS)] for number in numbers]
    return [asked[i % 3].format(topic=topics[i], n=number) for i, number in enumerate(numbers)]


class StandIn(EmbeddingModel):
    """A unit vector near the centre of the topic that a text names; the same text, the same vector."""

    name, dimensions = "stand-in", WIDTH

    def __init__(self) -> None:
        centres = np.random.default_rng(SEED).standard_normal((len(TOPICS), WIDTH))
        self._centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        self._at = {topic: at for at, topic in enumerate(TOPICS)}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        at = next((at for topic, at in self._at.items() if topic in text), 0)
        noise = np.random.default_rng(abs(hash(text)) % 2**32).standard_normal(WIDTH) * SCATTER
        vector = self._centres[at] + noise
        unit: list[float] = (vector / np.linalg.norm(vector)).tolist()
        return unit


def documents(size: int) -> Iterator[tuple[Document, list[Chunk]]]:
    for first in range(0, size, PASSAGES):
        number = first // PASSAGES
        title = f"{TOPICS[number % len(TOPICS)]}规程第{number}册"
        identity, text, chunks = f"{number:032x}", "", []
        for ordinal in range(min(PASSAGES, size - first)):
            words = passage(first + ordinal)
            at = len(text)
            text += words + "\n\n"
            chunks.append(Chunk(f"{identity}-{ordinal}", identity, ordinal, at, at + len(words), words, title))
        metadata = Metadata(title=title)
        yield (
            Document(identity, f"{number}.txt", Origin.FILE, identity, "text/plain", metadata, text, text),
            chunks,
        )


# ---------------------------------------------------------------------- the processes of one size


def build(home: Path, size: int) -> dict[str, float]:
    database = Database(f"sqlite:///{home / 'guangzhi.db'}")
    Base.metadata.create_all(database.engine)
    catalog, segmenter, model = Catalog(database), Segmenter(), StandIn()
    vectors = open_vector_index(home / "chroma", None, model.name)
    spent: dict[str, float] = defaultdict(float)
    waiting: list[Chunk] = []
    for document, chunks in documents(size):
        began = time.perf_counter()
        terms = [_terms(segmenter, chunk) for chunk in chunks]
        segmented = time.perf_counter()
        catalog.record(document, chunks, terms)
        spent["segmenting"] += segmented - began
        spent["catalog"] += time.perf_counter() - segmented
        waiting += chunks
        if len(waiting) >= WRITTEN:
            spent["vectors"] += _write(vectors, model, waiting)
    spent["vectors"] += _write(vectors, model, waiting)
    database.close()
    return dict(spent)


def _terms(segmenter: Segmenter, chunk: Chunk) -> ChunkTerms:
    terms, above = segmenter.terms(chunk.text), segmenter.terms(chunk.heading)
    return ChunkTerms(" ".join(terms.words), " ".join(terms.bigrams), " ".join(above.words))


def _write(vectors: Any, model: StandIn, waiting: list[Chunk]) -> float:
    if not waiting:
        return 0.0
    made = model.embed_documents([chunk.text for chunk in waiting])
    began = time.perf_counter()
    vectors.write("passage", [c.document_id for c in waiting], [c.id for c in waiting], made)
    waiting.clear()
    return time.perf_counter() - began


def ask(home: Path, size: int, count: int) -> dict[str, Any]:
    """Start, ask, take in one document more, ask again."""
    from retrieval.answering import Answerer
    from retrieval.questions import Question

    segmenter, model = Segmenter(), StandIn()
    segmenter.terms(TOPICS[0])
    database = Database(f"sqlite:///{home / 'guangzhi.db'}")
    catalog = Catalog(database)
    keywords, vectors = KeywordIndex(catalog), open_vector_index(home / "chroma", None, model.name)
    answerer = Answerer(catalog, keywords, vectors, model, segmenter)
    told: dict[str, Any] = {"before_mb": _resident()}
    told["keywords_s"] = _timed(keywords.catch_up)
    told["keywords_mb"] = _resident() - told["before_mb"]
    told["shelf_s"] = _timed(answerer.search.shelf)
    told["chroma_s"] = _timed(lambda: vectors.nearest("passage", model.embed_query(TOPICS[0]), 40))
    asked = questions(size, count + 5)
    for question in asked[:5]:
        answerer.answer(Question(question, use_library=False))
    stages: dict[str, list[float]] = defaultdict(list)
    right = 0
    for question in asked[5:]:
        answer = answerer.answer(Question(question, use_library=False))
        right += any(_number(question) in citation.quote for citation in answer.citations)
        for stage, milliseconds in answer.milliseconds.items():
            stages[stage].append(milliseconds)
        stages["without embedding"].append(answer.milliseconds["total"] - answer.milliseconds.get("embedding", 0.0))
    told["resident_mb"], told["right"] = _resident(), right / count
    told["stages"] = {stage: (median(v), sorted(v)[int(len(v) * 0.95)]) for stage, v in stages.items()}
    told["change_ms"] = _one_more(catalog, segmenter, answerer, size)
    database.close()
    return told


def _one_more(catalog: Catalog, segmenter: Segmenter, answerer: Any, size: int) -> float:
    """Milliseconds until lists and keyword index know a document just recorded: the next question waits so long."""
    *_, (document, chunks) = documents(size + PASSAGES)
    catalog.record(document, chunks, [_terms(segmenter, chunk) for chunk in chunks])
    return _timed(answerer.search.shelf) * 1000


def langchain(size: int) -> dict[str, Any]:
    import jieba
    from langchain_community.retrievers import BM25Retriever
    from langchain_core.documents import Document as Text

    jieba.setLogLevel("ERROR")
    jieba.initialize()
    texts = [Text(page_content=passage(number)) for number in range(size)]
    made: list[Any] = []
    seconds = _timed(lambda: made.append(BM25Retriever.from_documents(texts, preprocess_func=jieba.lcut, k=10)))
    waits = []
    for question in questions(size, LANGCHAIN_QUESTIONS):
        waits.append(_timed(lambda question=question: made[0].invoke(question)) * 1000)
    return {"index_s": seconds, "median_ms": median(waits), "resident_mb": _resident()}


def _number(question: str) -> str:
    return f"{''.join(c for c in question if c.isdigit())}号作业单"


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _resident() -> float:
    """Megabytes now; Linux."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---------------------------------------------------------------------- one after another


def in_its_own_process(what: str, home: Path, size: int, count: int) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", __file__, "--do", what, "--home", str(home)]
    command += ["--sizes", str(size), "--questions", str(count)]
    # the stand-in's vectors hang on the hash of their text: it must be the same in every process
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**os.environ, "PYTHONHASHSEED": "1"})
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _folder_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def measured(size: int, count: int) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        built = in_its_own_process("build", home, size, count)
        database, chroma = (home / "guangzhi.db").stat().st_size / 1e6, _folder_mb(home / "chroma")
        told = in_its_own_process("ask", home, size, count)
    rows = {
        "build: segmenting, catalog, vectors (s)": " / ".join(
            f"{built[part]:.1f}" for part in ("segmenting", "catalog", "vectors")
        ),
        "on disk: database, vector index (MB)": f"{database:.0f} / {chroma:.0f}",
        "start: keyword index (s, MB)": f"{told['keywords_s']:.2f} / {told['keywords_mb']:.0f}",
        "start: lists (s)": f"{told['shelf_s']:.3f}",
        "start: vector index, first query (s)": f"{told['chroma_s']:.2f}",
        "resident after the questions (MB)": f"{told['resident_mb']:.0f}",
        "cites the passage asked for": f"{told['right']:.0%}",
    }
    for stage in (*STAGES, "without embedding"):
        if stage in told["stages"]:
            rows[f"{stage}, median / 95 % (ms)"] = "{:.1f} / {:.1f}".format(*told["stages"][stage])
    rows["one document more: the next question waits (ms)"] = f"{told['change_ms']:.0f}"
    if importlib.util.find_spec("langchain_community"):
        other = in_its_own_process("langchain", home, size, count)
        rows["LangChain BM25Retriever, jieba: index (s)"] = f"{other['index_s']:.1f}"
        rows["LangChain BM25Retriever, jieba: median (ms)"] = f"{other['median_ms']:.1f}"
        rows["LangChain BM25Retriever, jieba: resident (MB)"] = f"{other['resident_mb']:.0f}"
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--do", choices=("build", "ask", "langchain"), help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.do:
        size = given.sizes[0]
        work = {
            "build": lambda: build(given.home, size),
            "ask": lambda: ask(given.home, size, given.questions),
            "langchain": lambda: langchain(size),
        }
        print(json.dumps(work[given.do]()))
        return
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    columns = {}
    for size in given.sizes:
        began = time.perf_counter()
        columns[size] = measured(size, given.questions)
        print(f"  {size:,} passages: {time.perf_counter() - began:.0f} s", flush=True)
    print(f"\n| | {' | '.join(f'{size:,}' for size in columns)} |\n|---|{'---|' * len(columns)}")
    for row in next(iter(columns.values())):
        print(f"| {row} | {' | '.join(column.get(row, '') for column in columns.values())} |")
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
