"""Two runs of one set, question by question: is the difference more than chance, and which questions changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.metrics import Estimate, mcnemar_p, paired_difference, sign_flip_p
from retrieval.evaluation.runs import Run, RunRow

_SAME = 1e-9
LIKELY = 0.05  # a p below it is called more than chance


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that came out differently; `first` and `second` are of the two runs."""

    first: RunRow
    second: RunRow

    @property
    def gained(self) -> float:
        return self.second.score - self.first.score


@dataclass(frozen=True, slots=True)
class Comparison:
    first: Run
    second: Run
    pairs: tuple[tuple[RunRow, RunRow], ...]
    score: Estimate  # of the second over the first
    score_p: float  # signs thrown at random
    right: Estimate
    right_p: float  # McNemar, exact
    only_in: tuple[int, int]  # questions that only one of the runs has

    @property
    def changed(self) -> tuple[Changed, ...]:
        """Those that turned wrong first, then those that turned right, then what only moved."""
        every = [Changed(a, b) for a, b in self.pairs if a.right != b.right or abs(a.score - b.score) > _SAME]
        return tuple(sorted(every, key=lambda one: (int(one.second.right) - int(one.first.right) or 2, one.gained)))

    @property
    def lost(self) -> int:
        return sum(a.right and not b.right for a, b in self.pairs)

    @property
    def won(self) -> int:
        return sum(b.right and not a.right for a, b in self.pairs)

    def verdict(self) -> str:
        """One sentence for people."""
        if min(self.score_p, self.right_p) >= LIKELY:
            return "看不出比偶然更大的差别。"
        if self.score.mean > 0 or (not self.score.mean and self.won > self.lost):
            return "后一次更好，差别大于偶然。"
        return "后一次更差，差别大于偶然。"

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.first.kind,
            "questions": len(self.pairs),
            "only_in": list(self.only_in),
            "runs": [
                {"set": run.set_name, "made": run.made.isoformat(), "revision": run.revision, "settings": run.settings}
                for run in (self.first, self.second)
            ],
            "score": {**asdict(self.score), "p": self.score_p},
            "right": {**asdict(self.right), "won": self.won, "lost": self.lost, "p": self.right_p},
            "changed": [_changed(one) for one in self.changed],
        }

    def table(self) -> Table:
        a, b = (sum(row.right for row in rows) for rows in zip(*self.pairs, strict=True))
        table = Table(title=f"两次 {escape(self.first.set_name)}：共有的 {len(self.pairs)} 题")
        for column in ("", "前一次", "后一次", "相差（95 % 区间）", "p"):
            table.add_column(column, justify="right" if column else "left")
        table.add_row(
            "答对的题", str(a), str(b), f"{self.won - self.lost:+d}（{_range(self.right)}）", f"{self.right_p:.3f}"
        )
        means = [f"{sum(row.score for row in rows) / len(self.pairs):.3f}" for rows in zip(*self.pairs, strict=True)]
        table.add_row("得分", *means, f"{self.score.mean:+.3f}（{_range(self.score)}）", f"{self.score_p:.3f}")
        for name, one, other in self._differing():
            table.add_row(name, one, other, "", "")
        table.caption = self.verdict() + "".join(self._apart())
        return table

    def _differing(self) -> Iterator[tuple[str, str, str]]:
        a = {"代码和知识": self.first.revision, **self.first.settings}
        b = {"代码和知识": self.second.revision, **self.second.settings}
        for name in dict.fromkeys((*a, *b)):
            if a.get(name) != b.get(name):
                yield name, escape(a.get(name, "—")), escape(b.get(name, "—"))

    def _apart(self) -> Iterator[str]:
        for run, count in zip(("前", "后"), self.only_in, strict=True):
            if count:
                yield f"只在{run}一次里的 {count} 题没有算。"

    def changes(self) -> Table:
        table = Table(title=f"变了的 {len(self.changed)} 题")
        for column in ("编号", "问题", "前一次", "后一次", "得分"):
            table.add_column(column, justify="right" if column == "得分" else "left")
        for one in self.changed:
            score = f"{one.first.score:.2f} → {one.second.score:.2f}"
            asked = escape(one.first.question)
            table.add_row(escape(one.first.id), asked, one.first.verdict, one.second.verdict, score)
        return table


def _range(value: Estimate) -> str:
    return f"{value.low:+.3f} 到 {value.high:+.3f}"


def _changed(one: Changed) -> dict[str, Any]:
    return {
        "id": one.first.id,
        "question": one.first.question,
        "verdicts": [one.first.verdict, one.second.verdict],
        "right": [one.first.right, one.second.right],
        "scores": [one.first.score, one.second.score],
    }


def compare(first: Run, second: Run) -> Comparison:
    """Over the questions that both have. Raises EvaluationInvalid where they are not of one kind, or share none."""
    if first.kind != second.kind:
        raise EvaluationInvalid(f"两次评测不是同一种（{first.kind} 和 {second.kind}），不能比较")
    theirs = {row.id: row for row in second.rows}
    pairs = tuple((row, theirs[row.id]) for row in first.rows if row.id in theirs)
    if not pairs:
        raise EvaluationInvalid("两次评测没有相同的题，不能比较")
    if strange := [a.id for a, b in pairs if a.question != b.question]:
        raise EvaluationInvalid(f"编号相同、题目不同：{'、'.join(strange[:5])}。请用同一份题库的两次结果来比较")
    before, after = [a.score for a, _ in pairs], [b.score for _, b in pairs]
    right_before, right_after = [float(a.right) for a, _ in pairs], [float(b.right) for _, b in pairs]
    differences = [b - a for a, b in zip(before, after, strict=True)]
    won = sum(b > a for a, b in zip(right_before, right_after, strict=True))
    lost = sum(b < a for a, b in zip(right_before, right_after, strict=True))
    return Comparison(
        first,
        second,
        pairs,
        paired_difference(after, before),
        sign_flip_p(differences),
        paired_difference(right_after, right_before),
        mcnemar_p(lost, won),
        (len(first.rows) - len(pairs), len(second.rows) - len(pairs)),
    )
