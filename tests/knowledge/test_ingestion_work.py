"""How the work goes: reading ahead, batches, what is not embedded again, the report, stopping, the time left."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import pytest

from knowledge.embeddings import EmbeddingModel
from knowledge.errors import EmbeddingUnavailable
from knowledge.ingestion import embedded_text
from knowledge.ingestion.ahead import ahead
from knowledge.ingestion.finding import in_memory
from knowledge.ingestion.pace import Pace, in_words
from tests.fakes.embeddings import BigramEmbeddings
from tests.knowledge.ingestion_room import Room, room

__all__ = ["room"]

PATIENCE = 30  # seconds for a thread to end


def many_clauses(count: int, changed: int | None = None) -> str:
    told = (f"## 4.{n} 第{n}项\n\n第{n}项每{n + (n == changed)}天检查一次。\n\n" for n in range(1, count + 1))
    return f"# 检查规程\n\n{''.join(told)}"


class EmbeddingsThatFailAt(BigramEmbeddings):
    """The service goes away when it comes to this passage."""

    def __init__(self, last: str) -> None:
        super().__init__()
        self.last = last

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if any(self.last in text for text in texts):
            raise EmbeddingUnavailable("嵌入服务没有应答")
        return super().embed_documents(texts)


# ── what is embedded ───────────────────────────────────


def test_a_corrected_clause_alone_is_embedded_again(room: Room) -> None:
    path = room.file("规程.md", many_clauses(100))
    room.one(path)
    embedded = len(room.embeddings.embedded)
    path.write_text(many_clauses(100, changed=57))
    file = room.one(path)
    assert file.outcome == "replaced"
    assert room.embeddings.embedded[embedded:] == ["检查规程 › 4.57 第57项\n## 4.57 第57项\n\n第57项每58天检查一次。"]
    chunks = room.catalog.document_chunks(file.document_id or "")
    stored = room.vectors.vectors_of("passage", [chunk.id for chunk in chunks])
    for chunk in chunks:
        assert stored[chunk.id] == pytest.approx(room.embeddings.embed_query(embedded_text(chunk)), abs=1e-6)
    assert room.stale_vectors() == []


def test_a_new_clause_in_front_moves_the_others_without_embedding_them(room: Room) -> None:
    path = room.file("规程.md", many_clauses(30))
    room.one(path)
    embedded = len(room.embeddings.embedded)
    path.write_text(many_clauses(30).replace("## 4.1 ", "## 3.9 新增\n\n新增的一项每天检查。\n\n## 4.1 ", 1))
    room.one(path)
    assert len(room.embeddings.embedded) == embedded + 1
    assert any(text.endswith("新增的一项每天检查。") for text in room.by_vector("新增的一项每天检查"))
    assert len(room.by_vector("任意")) == 31


def test_a_model_that_fails_half_way_leaves_nothing_recorded_and_the_next_try_completes(room: Room) -> None:
    path = room.file("规程.md", many_clauses(150))
    failing = replace(room.ingestion, embeddings=EmbeddingsThatFailAt("第120项每"))
    (file,) = failing.add([path]).files
    assert file.outcome == "failed"
    assert 0 < room.vectors.count("passage") < 150
    assert room.catalog.counts()["documents"] == 0
    assert room.one(path).chunks == 150 == room.vectors.count("passage")
    assert room.stale_vectors() == []


def test_the_vectors_of_a_large_document_are_written_as_they_come(room: Room) -> None:
    most: list[int] = []

    class Watching(BigramEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            most.append(len(self.embedded) - room.vectors.count("passage"))
            return super().embed_documents(texts)

    model: EmbeddingModel = Watching()
    (file,) = replace(room.ingestion, embeddings=model).add([room.file("规程.md", many_clauses(300))]).files
    assert file.chunks == 300
    assert len(most) > 3
    assert max(most) < 200  # at every call, all but a few batches of what was embedded before is written


# ── the report ─────────────────────────────────────────


def test_the_report_counts_what_was_found(room: Room) -> None:
    text = "# 规程\n\n## 4.1 周期\n\n每月一次。\n\n## 4.3 表格\n\n| 设备 | 周期 |\n| --- | --- |\n| 烘箱 | 每周 |\n"
    file = room.one(room.file("规程.md", text))
    assert (file.clauses, file.tables, file.faqs, file.recognised) == (2, 1, 0, None)
    assert file.chunks == room.catalog.counts()["chunks"]
    (warning,) = file.warnings
    assert "4.1" in warning
    assert "4.3" in warning
    assert room.catalog.document(file.document_id or "").warnings == file.warnings


def test_a_reader_that_breaks_is_one_failed_file(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is known to do this; one will be found."""

    def breaking(*_: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr("knowledge.ingestion.preparing.clean", breaking)
    file = room.one(room.file("怪.txt", "烘箱每周清洁。"))
    assert file.outcome == "failed"
    assert "怪.txt" in (file.error or "")
    assert "IndexError" in (file.error or "")


# ── stopping ───────────────────────────────────────────


def test_stopping_ends_after_the_file_at_hand_and_the_next_run_does_the_rest(room: Room) -> None:
    for number in range(6):
        room.file(f"{number}.txt", f"第{number}号烘箱每周清洁。")

    def stop_at_the_third(what: str, done: int, total: int) -> None:
        if done == 2:
            room.ingestion.stopping.set()

    report = room.ingestion.add([room.folder], stop_at_the_third)
    assert [file.outcome for file in report.files] == ["added"] * 3
    assert report.left == 3
    room.ingestion.stopping.clear()
    report = room.ingestion.add([room.folder])
    assert [file.outcome for file in report.files] == ["unchanged"] * 3 + ["added"] * 3
    assert report.left == 0


# ── reading ahead ──────────────────────────────────────


def test_results_come_in_order_and_no_more_than_a_few_are_ahead() -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        return item * 10

    for item, result in ahead(work, range(20)):
        assert result.result(PATIENCE) == item * 10
        assert len(started) <= item + 4  # the one in hand, one waiting, one done and one begun
    assert started == list(range(20))


def test_an_item_is_named_before_its_work_is_done() -> None:
    go = threading.Event()
    looks = ahead(lambda item: go.wait(PATIENCE), [1])
    item, result = next(looks)
    assert (item, result.done()) == (1, False)
    go.set()
    assert result.result(PATIENCE)


def test_what_the_work_raises_is_that_items_and_what_the_items_raise_is_everybodys() -> None:
    def items() -> object:
        yield 1
        yield 0
        raise ValueError("no more")

    results = ahead(lambda item: 1 // item, items())  # type: ignore[arg-type, var-annotated]
    assert next(results)[1].result(PATIENCE) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)[1].result(PATIENCE)
    with pytest.raises(ValueError, match="no more"):
        next(results)


def test_whoever_leaves_early_leaves_no_thread_behind() -> None:
    results = ahead(lambda item: item, range(1000))
    next(results)
    results.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name == "reading-ahead":
            thread.join(PATIENCE)
            assert not thread.is_alive()


# ── the time left ──────────────────────────────────────


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def files_of(*sizes: tuple[str, int]) -> list[object]:
    return [in_memory(f"{number}{kind}", b"x" * size) for number, (kind, size) in enumerate(sizes)]


def test_nothing_is_said_of_the_time_left_before_something_was_measured() -> None:
    clock = Clock()
    first, *rest = files_of((".md", 100), (".md", 300))
    pace = Pace([first, *rest], clock)  # type: ignore[list-item]
    assert pace.remaining(first, 0.0) is None  # type: ignore[arg-type]
    clock.now = 2.0
    assert pace.remaining(first, 0.9) is None  # type: ignore[arg-type]


def test_the_time_left_follows_the_bytes_that_are_left() -> None:
    clock = Clock()
    first, second, third = files_of((".md", 100), (".md", 300), (".md", 100))
    pace = Pace([first, second, third], clock)  # type: ignore[list-item]
    clock.now = 10.0
    pace.finished(first, worked=True)  # type: ignore[arg-type]
    assert pace.remaining(second, 0.0) == pytest.approx(40.0)  # type: ignore[arg-type]
    clock.now = 25.0
    assert pace.remaining(second, 0.5) == pytest.approx(25.0)  # type: ignore[arg-type]


def test_files_that_are_skipped_make_nobody_too_hopeful() -> None:
    clock = Clock()
    one, two, three = files_of((".md", 1000), (".md", 100), (".md", 100))
    pace = Pace([one, two, three], clock)  # type: ignore[list-item]
    clock.now = 0.1
    pace.finished(one, worked=False)  # type: ignore[arg-type]
    clock.now = 10.1
    pace.finished(two, worked=True)  # type: ignore[arg-type]
    assert pace.remaining(three, 0.0) == pytest.approx(10.0)  # type: ignore[arg-type]


def test_a_kind_goes_at_its_own_pace() -> None:
    clock = Clock()
    scan, note, other = files_of((".pdf", 1000), (".md", 100), (".md", 100))
    pace = Pace([scan, note, other], clock)  # type: ignore[list-item]
    clock.now = 10.0
    pace.finished(scan, worked=True)  # type: ignore[arg-type]
    clock.now = 20.0
    pace.finished(note, worked=True)  # type: ignore[arg-type]
    assert pace.remaining(other, 0.0) == pytest.approx(10.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "约剩 10 秒"), (38, "约剩 40 秒"), (170, "约剩 3 分钟"), (4000, "约剩 67 分钟"), (9000, "约剩 2.5 小时")],
)
def test_the_time_left_is_said_no_finer_than_it_is_known(seconds: float, said: str) -> None:
    assert in_words(seconds) == said


def test_the_progress_tells_passages_of_a_large_file_and_the_time_left(room: Room) -> None:
    clock = Clock()
    steps: list[tuple[str, int, int]] = []

    def a_minute_a_step(*step: object) -> None:
        clock.now += 60.0
        steps.append(step)  # type: ignore[arg-type]

    timed = replace(room.ingestion, clock=clock)
    timed.add([room.file("规程.md", many_clauses(96))], a_minute_a_step)
    assert steps == [
        ("规程.md", 0, 1),
        ("约剩 2 分钟 · 32/96 段 · 规程.md", 0, 1),
        ("约剩 1 分钟 · 64/96 段 · 规程.md", 0, 1),
        ("", 1, 1),
    ]


# ── embedding ahead ────────────────────────────────────


def test_the_next_file_is_embedded_while_one_is_embedded(room: Room) -> None:
    both = threading.Barrier(2)

    class Meeting(BigramEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            both.wait(PATIENCE)  # neither ends before the other has begun
            return super().embed_documents(texts)

    paths = [room.file(f"{name}.txt", f"{name}每周清洁一次，记入清洁卡。") for name in ("烘箱", "转台")]
    report = replace(room.ingestion, embeddings=Meeting()).add(paths)
    assert [file.outcome for file in report.files] == ["added", "added"]
    assert room.stale_vectors() == []


def test_a_copy_in_another_format_that_comes_next_is_not_embedded(room: Room) -> None:
    text = "烘箱每周清洁一次，记入清洁卡。"
    paths = [room.file("甲.txt", text), room.file("乙.md", text + "\n")]
    assert room.outcomes(*paths) == ["added", "duplicate"]
    assert len(room.embeddings.embedded) == 1


def test_a_document_that_comes_back_in_one_run_with_its_place_changed_is_whole(room: Room) -> None:
    """What was embedded ahead for a file that is then stored differently does no harm."""
    one, other = room.file("甲.md", many_clauses(40)), room.file("乙.md", many_clauses(40, changed=7))
    assert room.outcomes(one, other) == ["added", "added"]
    one.write_text(many_clauses(40, changed=7))
    other.write_text(many_clauses(40))
    room.outcomes(one, other)
    assert room.vectors.count("passage") == room.catalog.counts()["chunks"]
    assert room.stale_vectors() == []


def test_stopping_leaves_no_thread_that_embeds(room: Room) -> None:
    for number in range(6):
        room.file(f"{number}.txt", f"第{number}号烘箱每周清洁。")
    room.ingestion.add([room.folder], lambda *_: room.ingestion.stopping.set())
    room.ingestion.stopping.clear()
    for thread in threading.enumerate():
        if thread.name.startswith("embedding"):
            thread.join(PATIENCE)
            assert not thread.is_alive()
