"""What the command line shows: answers, tables, progress. Results go to standard output, everything else beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from api import wording
from api.wiring import Progress as Report
from knowledge.comparison import Change, Kind, Run, shown
from knowledge.editions import FIELDS
from retrieval.answers import Answer, Citation

TITLE_CHARACTERS = 40  # of what is being worked on, beside the bar


WIDE = 200  # columns, where the output goes to a file or another program


def out() -> Console:
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, soft_wrap=True, width=WIDE)


def err() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def showing_progress() -> Iterator[Report]:
    """A bar that appears with the first step and is gone at the end; without a terminal, nothing."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", visible=False, total=None)

        def report(what: str, done: int, total: int) -> None:
            shown = what if len(what) <= TITLE_CHARACTERS else what[:TITLE_CHARACTERS] + "…"
            bar.update(task, description=escape(shown), completed=done, total=total or None, visible=True)

        yield report


@contextmanager
def announcing_waits() -> Iterator[Report]:
    """The progress bar, and where there is no terminal for it, the waiting said once in plain text."""
    said: set[str] = set()
    with showing_progress() as bar:

        def report(what: str, done: int, total: int) -> None:
            if what in (wording.WAITING_FOR_HOME, wording.JOB_WAITS) and not sys.stderr.isatty() and what not in said:
                said.add(what)
                err().print(what)
            bar(what, done, total)

        yield report


def show_answer(answer: Answer, asked: str, console: Console) -> None:
    if answer.question and answer.question != asked:
        console.print(wording.UNDERSTOOD_AS.format(question=answer.question), style="dim", markup=False)
    if answer.label:
        console.print(wording.LABEL.format(label=answer.label), style="cyan", markup=False)
    console.print(answer.text, markup=False)
    if missing := [part for part in answer.missing if part not in answer.text]:
        console.print(wording.MISSING.format(missing="、".join(missing)), markup=False)
    if answer.citations:
        console.print(f"\n{wording.SOURCES}", style="bold")
        for number, citation in enumerate(answer.citations, 1):
            _show_citation(number, citation, console)
    if suggestions := [one for one in answer.suggestions if one not in answer.text]:
        console.print("\n" + "\n".join([wording.SUGGESTIONS, *(f"· {one}" for one in suggestions)]), markup=False)


def _show_citation(number: int, citation: Citation, console: Console) -> None:
    console.print(f"[{number}] {place(citation)}", markup=False)
    console.print(
        "    " + (wording.QUOTED.format(quote=citation.quote) if citation.quote else wording.NOT_HELD), markup=False
    )
    if citation.original and citation.original != citation.quote:
        console.print("    " + wording.ORIGINAL.format(original=citation.original), style="dim", markup=False)
    for read, stood in citation.inferences:
        console.print("    " + wording.INFERENCE.format(stood=stood, read=read), style="yellow", markup=False)


def place(citation: Citation) -> str:
    """《title》 edition clause · page · number · issuer · date: what is known of it."""
    title = citation.document if "《" in citation.document else f"《{citation.document}》"
    head = " ".join(part for part in (title, citation.edition, citation.clause) if part)
    page = wording.PAGE.format(page=citation.page) if citation.page is not None else None
    return " · ".join(part for part in (head, page, citation.number, citation.body, citation.date) if part)


def show_ingestion(files: Sequence[Mapping[str, Any]], console: Console) -> None:
    """A line for each file, then what to look at, then the sums. Columns that nothing fills are left out."""
    filled = {
        name: head for name, head in _COUNTED.items() if any(file[name] is not None and file[name] for file in files)
    }
    table = _table("文件", "结果", "标题或原因", *filled.values())
    for file in files:
        style = {"failed": "red", "unchanged": "dim", "duplicate": "dim", "skipped": "yellow"}.get(file["outcome"], "")
        told = (file["path"], wording.INGEST_OUTCOMES[file["outcome"]], file["error"] or file["title"] or "")
        table.add_row(*map(escape, told), *(_counted(name, file[name]) for name in filled), style=style)
    console.print(table)
    warned = [f"{file['path']}：{warning}" for file in files for warning in file["warnings"]]
    _show_list(wording.WARNINGS, warned, console, "yellow")
    console.print(_ingestion_summary(files), markup=False)


_COUNTED = {
    "pages": "页",
    "clauses": "条款",
    "tables": "表格",
    "faqs": "问答",
    "recognised": "识别可信度",
    "chunks": "段落",
}


def _counted(name: str, value: float | None) -> str:
    if not value:
        return ""
    return f"{value:.0%}" if name == "recognised" else str(value)


def _ingestion_summary(files: Sequence[Mapping[str, Any]]) -> str:
    outcomes = {name: sum(file["outcome"] == name for file in files) for name in wording.INGEST_OUTCOMES}
    summary = wording.INGEST_SUMMARY.format(**outcomes)
    if outcomes["duplicate"]:
        summary += wording.INGEST_DUPLICATES.format(**outcomes)
    sums = {name: sum(file[name] or 0 for file in files) for name in ("chunks", *wording.INGEST_COUNTS)}
    if not sums["chunks"]:
        return summary
    counts = [said.format(sums[name]) for name, said in wording.INGEST_COUNTS.items() if sums[name]]
    return f"{summary}\n" + "、".join([wording.INGEST_TOTALS.format(**sums), *counts])


def show_inspection(files: Sequence[Mapping[str, Any]], console: Console) -> None:
    for file in files:
        console.print(file["path"], style="bold", markup=False)
        if file["error"]:
            console.print(file["error"], style="red", markup=False)
        else:
            _show_inspected(file, console)
        console.print()
    if any(not file["error"] for file in files):
        console.print(wording.INSPECT_NOTHING_STORED, style="dim")


def _show_inspected(file: Mapping[str, Any], console: Console) -> None:
    for name, head in wording.INSPECT_METADATA.items():
        if value := file["metadata"].get(name):
            console.print(f"{head}：{value}", markup=False)
    counts = [
        said.format(file[name]) for name, said in wording.INGEST_COUNTS.items() if name != "clauses" and file[name]
    ]
    console.print("、".join([wording.INSPECT_SIZE.format(**file), *counts]), markup=False)
    if file["recognised"] is not None:
        console.print(wording.INSPECT_RECOGNISED.format(share=file["recognised"]))
    console.print(_clause_tree(file["clauses"]))
    exhibits = [
        _placed(f"{wording.INSPECT_EXHIBIT_KINDS[one['kind']]} {one['number'].upper()} {one['title']}", one["place"])
        for one in file["exhibits"]
    ]
    _show_list(wording.INSPECT_EXHIBITS, exhibits, console)
    repairs = [_placed(wording.INSPECT_REPAIR.format(**one), one["place"]) for one in file["repairs"]]
    _show_list(wording.INSPECT_REPAIRS.format(count=len(repairs)), repairs, console)
    _show_list(wording.WARNINGS, file["warnings"], console, "yellow")


def _clause_tree(clauses: Sequence[Mapping[str, Any]]) -> Tree | str:
    if not clauses:
        return wording.INSPECT_NO_CLAUSES
    tree = Tree(wording.INSPECT_CLAUSES.format(count=sum(one["number"] is not None for one in clauses)))
    above = [(0, tree)]
    for one in clauses:
        while above[-1][0] >= one["level"]:
            above.pop()
        above.append((one["level"], above[-1][1].add(escape(_placed(_clause_label(one), one["place"])))))
    return tree


def _clause_label(clause: Mapping[str, Any]) -> str:
    number, title = clause["number"] or "", clause["title"]
    if not title:
        return str(clause["begins"])
    return title if title.startswith(number) else f"{number} {title}"


def _placed(text: str, place: str | None) -> str:
    return f"{text}  · {place}" if place else text


def _show_list(head: str, lines: Sequence[str], console: Console, style: str = "") -> None:
    if lines:
        console.print(head, style="bold")
        console.print("\n".join(f"· {line}" for line in lines), markup=False, style=style)


def show_documents(documents: Sequence[Mapping[str, Any]], console: Console) -> None:
    if not documents:
        console.print(wording.NO_DOCUMENTS)
        return
    called = {one["id"]: _called(one) for one in documents}
    for one in documents:
        style = "" if _status(one) == "现行" else "dim"
        head = (one["id"], _titled(one["title"]), _edition(one["edition"]), _status(one))
        console.print("  ".join(filter(None, head)), style=style, markup=False)
        _indented(Text(" · ".join(_known(one, called)), "dim"), 4, console)


def _called(one: Mapping[str, Any]) -> str:
    """A successor by its number and edition, or its title, and its id."""
    number, edition = one["number"], one["edition"]
    name = number if number and edition and edition in number else _edition(edition) or one["title"]
    return f"{name}（{one['id']}）"


def _known(one: Mapping[str, Any], called: Mapping[str, str]) -> Iterator[str]:
    """What a list says of a document below its title, as far as it is known."""
    yield from filter(None, (one["number"], one["body"]))
    for name, says in wording.DOCUMENT_DAYS.items():
        if one[name]:
            yield says.format(day=one[name])
    if one["replaces"]:
        yield wording.DOCUMENT_REPLACES.format(name=one["replaces"])
    if one["superseded_by"] and one["status"] == "现行":
        yield wording.DOCUMENT_COPY.format(id=one["superseded_by"])
    elif newer := one["superseded_by"]:
        yield wording.DOCUMENT_REPLACED.format(name=called.get(newer, newer))
    elif one["replaced_by"]:
        yield wording.DOCUMENT_REPLACED.format(name=one["replaced_by"])
    if one["edited"]:
        yield wording.DOCUMENT_EDITED.format(fields="、".join(FIELDS[name] for name in one["edited"]))
    yield one["source"]


def _status(one: Mapping[str, Any]) -> str:
    """News is not 现行: only what has a number or an edition has a standing."""
    told: str = one["status"]
    return told if one["number"] or one["edition"] or told != "现行" else ""


def _titled(title: str) -> str:
    return title if "《" in title else f"《{title}》"


def _edition(edition: str | None) -> str:
    return f"{edition.removesuffix('版')}版" if edition else ""


def show_comparison(told: Mapping[str, Any], console: Console) -> None:
    """Changed clauses in colour on a terminal; where there is none, [-taken out-] and {+put in+}."""
    heads = {
        side: f"{_titled(told[side]['title'])} {_edition(told[side]['edition'])}".strip() for side in ("old", "new")
    }
    console.print(wording.DIFF_HEAD.format(**heads), style="bold", markup=False)
    counts = [f"{kind} {count}" for kind, count in told["counts"].items() if count]
    console.print(" · ".join(counts), markup=False)
    if not told["by_clauses"]:
        console.print(wording.DIFF_BY_PARAGRAPH, style="dim", markup=False)
    if told["front"]:
        console.print(Text(f"\n{wording.DIFF_FRONT}", "bold"))
        _show_words(told["front"], console)
    for change in told["changes"]:
        if change["kind"] in ("新增", "删除", "修改"):
            console.print(Text(f"\n{_of_change(change)}", "bold"))
            _show_words(change, console)
    _show_numbers(wording.DIFF_MOVED, [c for c in told["changes"] if c["kind"] == "移动"], console)
    _show_numbers(wording.DIFF_EDITORIAL, [c for c in told["changes"] if c["kind"] == "仅格式"], console)
    if not told["changes"]:
        console.print(wording.DIFF_SAME, markup=False)


def _of_change(change: Mapping[str, Any]) -> str:
    kind = "修改、移动" if change["kind"] == "修改" and change["moved"] else change["kind"]
    return f"【{kind}】" + " ".join(filter(None, (_numbers(change), change["title"])))


def _numbers(change: Mapping[str, Any]) -> str:
    if change["moved"]:
        return f"{change['old_number']} → {change['new_number']}"
    return change["new_number"] or change["old_number"] or ""


def _show_words(change: Mapping[str, Any], console: Console) -> None:
    runs = tuple(Run(Kind(run["kind"]), run["text"]) for run in change["runs"])
    told = Change(Kind(change["kind"]), change["title"], change["old"], change["new"], runs=runs)
    marks = {Kind.SAME: ("", "", ""), Kind.ADDED: ("{+", "+}", "bold green"), Kind.REMOVED: ("[-", "-]", "red strike")}
    coloured = console.color_system is not None and not console.no_color
    text = Text()
    for run in shown(told):
        before, after, style = marks[run.kind]
        text.append(run.text, style) if coloured else text.append(f"{before}{run.text}{after}")
    _indented(text, 2, console)


def _indented(text: Text, columns: int, console: Console) -> None:
    """Folded within a terminal; elsewhere every line whole, however long."""
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, columns)))
        return
    for line in text.split("\n"):
        console.print(" " * columns + line.plain, markup=False)


def _show_numbers(says: str, changes: Sequence[Mapping[str, Any]], console: Console) -> None:
    if not changes:
        return
    numbered = [_numbers(change) for change in changes if _numbers(change)]
    if others := len(changes) - len(numbered):
        numbered.append(wording.DIFF_UNNUMBERED.format(count=others))
    console.print("\n" + says.format(numbers="、".join(numbered)), markup=False)


def show_findings(findings: Sequence[Mapping[str, str]], console: Console) -> None:
    table = _table("项目", "状态", "说明")
    words = {"ok": wording.DOCTOR_OK, "warning": wording.DOCTOR_WARNING, "failed": wording.DOCTOR_FAILED}
    styles = {"ok": "green", "warning": "yellow", "failed": "red"}
    for finding in findings:
        health = f"[{styles[finding['health']]}]{words[finding['health']]}[/]"
        table.add_row(finding["name"], health, escape(finding["says"]))
    console.print(table)


def _table(*heads: str) -> Table:
    """Nothing is cut off: a reason or a number that ends in … is of no use."""
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")
    return table
