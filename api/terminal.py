"""What the command line shows: answers, tables, progress. Results go to standard output, everything else beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from api import wording
from api.wiring import Progress as Report
from retrieval.answers import Answer, Citation

TITLE_CHARACTERS = 28  # of what is being worked on, beside the bar


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
    table = _table("文件", "结果", "标题或原因", "段落", "条款")
    for file in files:
        outcome = wording.INGEST_OUTCOMES[file["outcome"]]
        style = {"failed": "red", "unchanged": "dim"}.get(file["outcome"], "")
        told = "；".join(filter(None, [file["error"] or file["title"] or "", *file["warnings"]]))
        counts = (str(file["chunks"] or ""), str(file["clauses"] or ""))
        table.add_row(escape(file["path"]), outcome, escape(told), *counts, style=style)
    console.print(table)
    counted = {name: sum(file["outcome"] == name for file in files) for name in wording.INGEST_OUTCOMES}
    console.print(wording.INGEST_SUMMARY.format(**counted))


def show_documents(documents: Sequence[Mapping[str, Any]], console: Console) -> None:
    if not documents:
        console.print(wording.NO_DOCUMENTS)
        return
    table = _table("编号", "标题", "版本", "日期", "状态", "来源")
    table.columns[0].no_wrap = True
    for one in documents:
        status = wording.SUPERSEDED if one["superseded_by"] else one["status"]
        known = (one["id"], one["title"], one["edition"] or "", one["published"] or "", status, one["source"])
        table.add_row(*map(escape, known))
    console.print(table)


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
