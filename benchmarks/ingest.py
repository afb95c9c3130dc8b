"""Documents in: the time of a file against embedding its passages alone; scans in pages a minute; memory.

    python benchmarks/ingest.py [--passages N] [--documents N] [--rounds N] [--kinds md docx pdf]
                                [--ocr-pages N] [--memory-passages N …] [--pdf-pages N] [--stand-in] [--profile]

The documents are made here, each different. A round ingests them into a new home (read, cleaned, split, embedded,
written to both stores) and then embeds the very same passages in one call, with the same loaded model, so that
both see the same machine. Target: median ratio at most 1.05. Scans count apart: recognition is most of their time.
Memory is that of a process of its own for each size, with its workers; target: flat over 10,000 passages.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from knowledge.catalog import Catalog  # noqa: E402
from knowledge.database import Base, Database  # noqa: E402
from knowledge.embeddings import EmbeddingModel  # noqa: E402
from knowledge.embeddings.models import BuiltinE5  # noqa: E402
from knowledge.ingestion import Ingestion, embedded_text  # noqa: E402
from knowledge.readers import DEFAULT_LIMITS  # noqa: E402
from knowledge.terms import Segmenter  # noqa: E402
from knowledge.vector_index import open_vector_index  # noqa: E402

THINGS = ("光模块", "激光器", "探测器", "耦合台", "光谱仪", "贴片机", "老化柜", "洁净工作台", "静电手环", "跳线")
ACTS = ("校准", "点检", "保养", "清洁", "比对", "标识", "登记", "复核", "封存", "交接")
PEOPLE = ("计量室", "设备科", "质量部", "生产班组", "仓库管理员", "工艺工程师", "内审员")
RECORDS = ("点检记录", "校准证书", "交接单", "偏差报告", "复核意见", "环境温湿度记录")
STAND_IN = "stand-in"
FONT = "STSong-Light"  # every PDF reader supplies it

Clause = tuple[str, str, str]  # number, title, text


def clauses(document: int, count: int) -> list[Clause]:
    """Clauses of two to five sentences, about as long as those of a standard; no two are equal."""
    made = []
    for n in range(count):
        seed = document * 7919 + n * 104729
        sentences = [_sentence(document, n, seed // (part + 1) + part) for part in range(2 + seed % 4)]
        title = f"{THINGS[seed % 10]}的{ACTS[seed // 10 % 10]}"
        made.append((f"{4 + n // 40}.{1 + n // 8 % 5}.{1 + n % 8}", title, "".join(sentences)))
    return made


def _sentence(document: int, n: int, seed: int) -> str:
    lists = (THINGS, ACTS, PEOPLE, RECORDS)
    thing, act, who, record = (words[seed // 10**i % len(words)] for i, words in enumerate(lists))
    return (
        f"{who}应当按照第{document}号规程的要求，每{2 + seed % 29}天对{thing}进行一次{act}，"
        f"结果填入编号为Q{document}-{n}-{seed % 997}的{record}，保存期限不少于{1 + seed % 9}年。"
    )


def markdown(document: int, parts: list[Clause]) -> bytes:
    body = "".join(f"\n## {number} {title}\n\n{text}\n" for number, title, text in parts)
    return f"# 第{document}号设备管理规程\n{body}".encode()


def word(document: int, parts: list[Clause]) -> bytes:
    from docx import Document

    made = Document()
    made.add_heading(f"第{document}号设备管理规程", 0)
    for number, title, text in parts:
        made.add_heading(f"{number} {title}", 2)
        made.add_paragraph(text)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def pdf(document: int, parts: list[Clause]) -> bytes:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    body = ParagraphStyle("body", fontName=FONT, fontSize=11, leading=17, wordWrap="CJK", firstLineIndent=22)
    heading = ParagraphStyle("heading", parent=body, firstLineIndent=0)
    title = ParagraphStyle("title", parent=heading, fontSize=18, leading=26, alignment=1)
    story = [Paragraph(f"第{document}号设备管理规程", title)]
    for number, name, text in parts:
        story += [Paragraph(f"{number} {name}", heading), Paragraph(text, body)]
    file = BytesIO()
    SimpleDocTemplate(file).build(story)
    return file.getvalue()


KINDS: dict[str, Callable[[int, list[Clause]], bytes]] = {"md": markdown, "docx": word, "pdf": pdf}


@contextmanager
def opened(home: Path, embeddings: EmbeddingModel) -> Iterator[Ingestion]:
    with closing(Database(f"sqlite:///{home / 'guangzhi.db'}")) as database:
        Base.metadata.create_all(database.engine)
        vectors = open_vector_index(home / "chroma", None, embeddings.name)
        yield Ingestion(Catalog(database), vectors, embeddings, Segmenter(), DEFAULT_LIMITS)


def write_documents(folder: Path, kind: str, documents: int, passages: int) -> None:
    folder.mkdir(parents=True)
    for number in range(documents):
        made = KINDS[kind](number, clauses(number, passages // documents))
        (folder / f"{number}.{kind}").write_bytes(made)


def warm_up(folder: Path, kind: str, embeddings: EmbeddingModel) -> None:
    """What a process pays once: the model, the dictionary, the libraries, a worker that reads."""
    home = folder / "warm"
    write_documents(home / "files", kind, 1, 8)
    with opened(home, embeddings) as ingestion:
        ingestion.add([home / "files"])


# ---------------------------------------------------------------- time


def measure_time(kind: str, documents: int, passages: int, rounds: int, models: Path) -> dict[str, float]:
    embeddings = BuiltinE5(models)
    ingested, alone, ratios, processor, count = [], [], [], [], 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "files")
        write_documents(folder, kind, documents, passages)
        warm_up(Path(temporary), kind, embeddings)
        for number in range(rounds):
            home = Path(temporary, f"home-{number}")
            home.mkdir()
            with opened(home, embeddings) as ingestion:
                started, cpu = time.perf_counter(), _processor()
                report = ingestion.add([folder])
                ingested.append(time.perf_counter() - started)
                cpus = [_processor() - cpu]
                if report.failed:
                    raise RuntimeError(next(file.error for file in report.files if file.error))
                shelf = ingestion.catalog.shelf()
                texts = [embedded_text(c) for one in shelf for c in ingestion.catalog.document_chunks(one.id)]
            started, cpu = time.perf_counter(), _processor()
            embeddings.embed_documents(texts)
            alone.append(time.perf_counter() - started)
            cpus.append(_processor() - cpu)
            ratios.append(ingested[-1] / alone[-1])
            processor.append(cpus[0] / cpus[1])
            count = len(texts)
    return {
        "files": documents,
        "passages": count,
        "ingested s": median(ingested),
        "alone s": median(alone),
        "ratio": median(ratios),
        "of processor": median(processor),
        "passages/s": count / median(ingested),
    }


def _processor() -> float:
    """Seconds of processor so far, of this process and its workers: what other programs do counts less."""
    return sum(_used(process) for process in (os.getpid(), *_children())) + _ended()


def _used(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system


def _children() -> list[int]:
    children: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended
            children += map(int, (task / "children").read_text().split())
    return children


def _ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_ocr(pages: int) -> dict[str, float]:
    """Reading alone: nothing is embedded."""
    from knowledge.readers import read_bytes
    from tests.corpus.scan_file import scanned

    document = pdf(1, clauses(1, pages * 9))
    scan = scanned(document)
    started = time.perf_counter()
    read = read_bytes("scan.pdf", scan)
    seconds = time.perf_counter() - started
    sure = [block.confidence for block in read.blocks if block.confidence is not None]
    count = read.pages or 1
    return {
        "pages": count,
        "seconds": seconds,
        "pages/minute": 60 * count / seconds,
        "confidence": sum(sure) / len(sure),
    }


# ---------------------------------------------------------------- memory, in a process of its own


class StandIn(EmbeddingModel):
    """Vectors of the right size at no cost: what ingestion itself holds, without the model's constant share."""

    name = "stand-in"
    dimensions = 384

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        chance = np.random.default_rng(len(texts[0]))
        vectors: list[list[float]] = chance.normal(size=(len(texts), self.dimensions)).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def measure_memory(what: str, size: int, models: str) -> dict[str, float]:
    """MB resident before, after and at most: `size` passages in files of 250 (many) or in one (md), or pages (pdf)."""
    embeddings = StandIn() if models == STAND_IN else BuiltinE5(Path(models))
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        path = home / "大"
        if what == "many":
            write_documents(path, "md", size // 250, size)
        else:
            path.mkdir()
            (path / f"大.{what}").write_bytes(KINDS[what](1, clauses(1, size if what == "md" else size * 6)))
        with opened(home, embeddings) as ingestion:
            ingestion.add([_small(home)])  # what is loaded once is loaded
            before = _resident()
            files = ingestion.add([path]).files
            after = _resident()
        if any(file.outcome != "added" for file in files):
            raise RuntimeError(files[0].error)
    sizes = {"passages": sum(file.chunks for file in files), "pages": sum(file.pages or 0 for file in files)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return sizes | {"before MB": before, "after MB": after, "peak MB": peak, "worker MB": _workers_peak()}


def _workers_peak() -> float:
    """MB, of the largest worker that still runs."""
    statuses = [Path(f"/proc/{child}/status").read_text() for child in _children()]
    return max((int(status.split("VmHWM:")[1].split()[0]) / 1024 for status in statuses), default=0.0)


def _small(home: Path) -> Path:
    path = home / "小.md"
    path.write_bytes(markdown(0, clauses(0, 300)))
    return path


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def in_child(*arguments: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", *arguments]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    told: dict[str, float] = json.loads(output.splitlines()[-1])
    return told


# ---------------------------------------------------------------- the report


def print_row(label: str, figures: dict[str, float]) -> None:
    print(label.ljust(18) + "".join(f"{name} {value:,.2f}   ".replace(".00 ", " ") for name, value in figures.items()))
    sys.stdout.flush()


def profile(kind: str, documents: int, passages: int, models: Path) -> None:
    """Where the time goes that is not embedding: seconds of this thread by function."""
    import cProfile
    import pstats

    with cProfile.Profile() as measured:
        measure_time(kind, documents, passages, 1, models)
    pstats.Stats(measured).sort_stats("tottime").print_stats(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=240, help="of each kind and round (default 240)")
    parser.add_argument("--documents", type=int, default=6, help="that they are divided over (default 6)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--ocr-pages", type=int, default=3, help="pages to recognise; 0 leaves it out")
    parser.add_argument("--memory-passages", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--pdf-pages", type=int, default=500, help="of one text PDF, for its memory; 0 leaves it out")
    parser.add_argument("--models", type=Path, help="folder for the model's graph (default: a temporary one)")
    parser.add_argument("--stand-in", action="store_true", help="measure memory without the model, in a minute")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--child", nargs=3, metavar=("KIND", "SIZE", "MODELS"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child:
        print(json.dumps(measure_memory(told.child[0], int(told.child[1]), told.child[2])))
        return
    with tempfile.TemporaryDirectory() as temporary:
        models = told.models or Path(temporary)
        remembering = STAND_IN if told.stand_in else str(models)
        if told.profile:
            profile(told.kinds[0], told.documents, told.passages, models)
            return
        for kind in told.kinds:
            print_row(kind, measure_time(kind, told.documents, told.passages, told.rounds, models))
        if told.ocr_pages:
            print_row("scan", measure_ocr(told.ocr_pages))
        for size in told.memory_passages:
            print_row("memory, files", in_child("many", str(size), remembering))
            print_row("memory, one file", in_child("md", str(size), remembering))
        if told.pdf_pages:
            print_row(f"memory, PDF {told.pdf_pages}", in_child("pdf", str(told.pdf_pages), remembering))


if __name__ == "__main__":
    main()
