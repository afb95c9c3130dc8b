"""`guangzhi eval`: answers, retrieval, refusal, conversations and the built-in library measured; two runs compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from api import wording
from api.invocation import AsJson, open_line, print_json, settings_of_command

if TYPE_CHECKING:
    from rich.table import Table

    from api.wiring import Progress
    from retrieval.evaluation.ablations import Ablation
    from retrieval.evaluation.runs import Run

SHORT = 1  # exit status: a rule of the library is broken

evaluation = typer.Typer(help="评测：用题库衡量回答和检索，比较两次结果，检查内置知识。", no_args_is_help=True)

Set = Annotated[Path, typer.Argument(metavar="目录", help="里面有 corpus.jsonl、queries.jsonl、qrels.tsv")]
Limit = Annotated[int | None, typer.Option(help="只用前多少题", min=1)]
Save = Annotated[Path | None, typer.Option("--save", help="把这次结果存成 JSON，供 eval compare 比较")]
Page = Annotated[Path | None, typer.Option("--html", help="写一份网页报告，一个文件，可以直接打开")]
Answers = Annotated[bool, typer.Option("--answers", help="每题真正作答一遍，逐字核对每处引文")]
WithoutAnswering = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="某项",
        help="去掉一项，看少了它差多少；可写多次：library（内置知识）、dense（向量）、bigrams、headings、reranking（重排）、synonyms、"
        "misspellings、pinyin、rewriting（补全追问）、refusal（不拒答）",
    ),
]
WithoutFinding = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="某项",
        help="去掉一项，看少了它差多少；可写多次：dense（向量）、bigrams、headings、reranking（重排）、synonyms、misspellings、pinyin",
    ),
]


Measurement = TypeVar("Measurement")


class Reported(Protocol):
    """What every measurement comes back as."""

    def as_json(self) -> dict[str, Any]: ...

    def table(self) -> Table: ...


@evaluation.command("questions")
def eval_questions(
    files: Annotated[list[Path], typer.Argument(metavar="题库…", help="JSON 行：question、expected_points 等")],
    as_json: AsJson = False,
    without: WithoutAnswering = None,
    save: Save = None,
    html: Page = None,
) -> None:
    """逐题提问：要点、字数、引文是否属实、该拒的拒没拒、把握准不准、用时。"""
    from retrieval.evaluation import load_questions
    from retrieval.evaluation.ablations import OF_ANSWERS, chosen

    questions = [question for path in files for question in load_questions(path)]
    off = chosen(without or (), OF_ANSWERS)
    from api.evaluating import evaluate_over

    with open_line() as line:
        report = evaluate_over(line, questions, off)
    _show(report, as_json)
    if not as_json:
        _tell_rows(report.shortfalls())
    _keep(lambda: report.as_run("、".join(path.stem for path in files), _how(off)), save, html)


@evaluation.command("conversations")
def eval_conversations(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="目录或题库", help="有 corpus.jsonl 和 conversation.jsonl 的目录，或题目带 history 的题库"
        ),
    ],
    limit: Limit = None,
    as_json: AsJson = False,
    without: WithoutAnswering = None,
    answers: Answers = False,
    save: Save = None,
    html: Page = None,
) -> None:
    """追问：补全后的问题是否比原样的问题找得到更多。目录在临时目录里建索引，不碰数据目录。"""
    if path.is_dir():
        _conversation_set(path, limit, as_json, without or [], answers, save, html)
    else:
        _follow_ups(path, limit, as_json, without or [], save, html)


def _conversation_set(
    folder: Path,
    limit: int | None,
    as_json: bool,
    without: list[str],
    answers: bool,
    save: Path | None,
    html: Path | None,
) -> None:
    from api.evaluating import evaluate_conversation_set
    from retrieval.evaluation.ablations import OF_RANKINGS, OF_SET_ANSWERS, Ablation, chosen

    off = chosen(without, (OF_SET_ANSWERS if answers else OF_RANKINGS) | {Ablation.REWRITING})
    settings = settings_of_command()
    report = _measured(lambda told: evaluate_conversation_set(settings, folder, limit, off, answers, told))
    _show(report, as_json)
    if not as_json:
        _tell_rows(report.shortfalls())
    _keep(lambda: report.as_run(_how(off, limit)), save, html)


def _follow_ups(
    path: Path, limit: int | None, as_json: bool, without: list[str], save: Path | None, html: Path | None
) -> None:
    from api.evaluating import answer_follow_ups_over
    from retrieval.evaluation import load_questions
    from retrieval.evaluation.ablations import OF_ANSWERS, chosen

    off, questions = chosen(without, OF_ANSWERS), load_questions(path)[:limit]
    with open_line() as line:
        report = answer_follow_ups_over(line, questions, off)
    _show(report, as_json)
    if not as_json:
        _tell_rows(report.shortfalls())
    _keep(lambda: report.as_run(path.stem, _how(off, limit)), save, html)


@evaluation.command("retrieval")
def eval_retrieval(
    folder: Set,
    limit: Limit = None,
    as_json: AsJson = False,
    without: WithoutFinding = None,
    answers: Answers = False,
    save: Save = None,
    html: Page = None,
) -> None:
    """检索集：与 BM25、向量、倒数排名融合同场比较。在临时目录里建索引，不碰数据目录。"""
    from api.evaluating import evaluate_retrieval_set

    off, settings = _off(without, answers), settings_of_command()
    report = _measured(lambda told: evaluate_retrieval_set(settings, folder, limit, off, answers, told))
    _show(report, as_json)
    _keep(lambda: report.as_run(_how(off, limit)), save, html)


@evaluation.command("refusal")
def eval_refusal(
    folder: Set,
    limit: Limit = None,
    as_json: AsJson = False,
    without: WithoutFinding = None,
    answers: Answers = False,
    save: Save = None,
    html: Page = None,
) -> None:
    """拒答集：能不能分开答得了和答不了的题。在临时目录里建索引，不碰数据目录。"""
    from api.evaluating import evaluate_refusal_set

    off, settings = _off(without, answers), settings_of_command()
    report = _measured(lambda told: evaluate_refusal_set(settings, folder, limit, off, answers, told))
    _show(report, as_json)
    _keep(lambda: report.as_run(_how(off, limit)), save, html)


def _off(without: list[str] | None, answers: bool) -> frozenset[Ablation]:
    from retrieval.evaluation.ablations import OF_RANKINGS, OF_SET_ANSWERS, chosen

    return chosen(without or (), OF_SET_ANSWERS if answers else OF_RANKINGS)


@evaluation.command("compare")
def eval_compare(
    first: Annotated[Path, typer.Argument(metavar="前一次", help="--save 存下的文件")],
    second: Annotated[Path, typer.Argument(metavar="后一次", help="同一份题库的另一次结果")],
    as_json: AsJson = False,
) -> None:
    """比较两次结果：差别是否大于偶然（配对检验），哪些题变了。"""
    from retrieval.evaluation.comparing import compare
    from retrieval.evaluation.runs import load_run

    comparison = compare(load_run(first), load_run(second))
    _show(comparison, as_json)
    if not as_json:
        _tell_rows(comparison.changes())


@evaluation.command("library")
def eval_library(
    facts: Annotated[
        Path | None, typer.Option("--facts", help="事实文件，一行一个 JSON：id、confidence；用来算覆盖率")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """检查内置知识：出处和措辞、有没有互相矛盾、自己的问法能不能答到、事实覆盖。违反规则时退出码为 1。"""
    from retrieval.evaluation.library import load_facts

    wanted = load_facts(facts) if facts else []
    settings = settings_of_command()
    from api.calling import connect
    from api.evaluating import check_library_over
    from api.terminal import announcing_waits

    with announcing_waits() as progress, connect(settings, progress) as line:
        report = check_library_over(line, wanted, progress)
    _show(report, as_json)
    if not as_json:
        _tell_rows(report.shortfalls())
    if report.breaks:
        raise typer.Exit(SHORT)


# ---------------------------------------------------------------- what they share


def _measured(measure: Callable[[Progress], Measurement]) -> Measurement:
    from api.terminal import announcing_waits

    with announcing_waits() as progress:
        return measure(progress)


def _show(report: Reported, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        _tell(report.table())


def _tell(table: Table) -> None:
    from api.terminal import out

    out().print(table)


def _tell_rows(table: Table) -> None:
    if table.row_count:
        _tell(table)


def _how(without: frozenset[Ablation], limit: int | None = None) -> dict[str, str]:
    """The settings a result hangs on, as a stored run names them."""
    known = settings_of_command()
    return {
        "去掉": "、".join(sorted(one.value for one in without)) or "无",
        "题数上限": str(limit) if limit else "无",
        "嵌入": known.knowledge.embedding,
        "对话模型": known.chat.model if known.chat else "无",
    }


def _keep(as_run: Callable[[], Run], save: Path | None, html: Path | None) -> None:
    if not save and not html:
        return
    from api.terminal import err

    run = as_run()
    if save:
        from retrieval.evaluation.runs import save_run

        save_run(run, save)
        err().print(wording.RUN_SAVED.format(path=save), markup=False)
    if html:
        from api.evaluation_page import write_page

        write_page(run, html)
        err().print(wording.RUN_PAGE.format(path=html), markup=False)
