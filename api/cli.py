"""The `guangzhi` command. Each subcommand connects, calls one operation, and shows what came back."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from api import wording
from api.cli_channels import (
    outbox,
    simulate_telegram,
    simulate_wechat,
    simulate_wechat_kf,
    simulate_wecom,
    simulate_wecom_bot,
    wechat,
)
from api.cli_evaluation import evaluation
from api.cli_programs import keys, mcp
from api.errors import ApiError, QuestionInvalid
from api.invocation import AsJson
from api.invocation import open_line as _line
from api.invocation import print_json as _print_json
from api.invocation import settings_of_command as _settings

if TYPE_CHECKING:
    pass

WRONG, MISUSED = 1, 2  # exit statuses: something failed; the command was not understood
INTERRUPTED = 130  # as shells say it

app = typer.Typer(
    help="光质通：光电产业链质量知识助手。回答都有出处，不需要模型、密钥和网络。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
shelf = typer.Typer(invoke_without_command=True)
simulation = typer.Typer(help="模拟器：在终端里扮演聊天平台上的一个人。", no_args_is_help=True)
app.add_typer(evaluation, name="eval")
app.add_typer(simulation, name="simulate")
app.add_typer(shelf, name="documents")
app.add_typer(keys, name="keys")
app.add_typer(outbox, name="outbox")
app.add_typer(wechat, name="wechat")
simulation.command("wechat")(simulate_wechat)
simulation.command("telegram")(simulate_telegram)
simulation.command("wecom")(simulate_wecom)
simulation.command("wecom-bot")(simulate_wecom_bot)
simulation.command("kf")(simulate_wechat_kf)
app.command()(mcp)

Without = Annotated[Literal["library"] | None, typer.Option("--without", help="library：不用内置知识，只答导入的文档")]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听的地址，默认 127.0.0.1；0.0.0.0 为所有网卡")] = None,
    port: Annotated[int | None, typer.Option(help="监听的端口，默认 8000", min=1, max=65535)] = None,
) -> None:
    """启动网页和公众号服务。"""
    settings = _settings()
    web = replace(settings.web, host=host or settings.web.host, port=port or settings.web.port)
    from api.serving import serve as run
    from api.terminal import announcing_waits, err, out

    with announcing_waits() as progress:
        try:
            run(replace(settings, web=web), lambda text: out().print(text, markup=False), progress)
        except KeyboardInterrupt:
            err().print(wording.STOPPED)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(metavar="问题", help="想问的内容")] = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", help="题目文件，一行一个 JSON：id、question，可有 history；- 为标准输入")
    ] = None,
    as_json: AsJson = False,
    without: Without = None,
) -> None:
    """问一个问题，或用 --batch 回答一整份问卷。"""
    if batch is not None:
        _ask_batch(batch, library=without is None)
        return
    from api.commands import checked_question

    text = checked_question(question or "")
    with _line() as line:
        told = line.call("ask", {"question": text, "library": without is None})
    from api import answers
    from api.terminal import out, show_answer

    answer = answers.from_json(told)
    if as_json:
        _print_json(answers.for_terminal(answer))
    else:
        show_answer(answer, text, out())


def _ask_batch(path: Path, library: bool) -> None:
    from api.questionnaire import answer_lines

    lines = _read(path).split("\n")
    failed = False
    with _line() as line:
        for answer in answer_lines(lines, line, library):
            failed = failed or "error" in answer
            print(json.dumps(answer, ensure_ascii=False), flush=True)
    if failed:
        raise typer.Exit(WRONG)


@app.command()
def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="文件或目录…", help="PDF、Word、PPT、Excel、CSV、HTML、Markdown、文本、图片，和装着它们的 ZIP"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """导入文档；内容没变的会跳过，坏文件不影响其他文件。中途停下，再运行一次就接着做。"""
    report = _ingested(paths)
    from api.terminal import err, out, show_ingestion

    if as_json:
        _print_json(report)
    elif report["files"]:
        show_ingestion(report["files"], out())
    else:
        from knowledge.readers import SUPPORTED

        err().print(wording.NOTHING_TO_INGEST.format(kinds="、".join(sorted(SUPPORTED))))
    if report["left"]:
        err().print(wording.INGEST_LEFT.format(left=report["left"]))
        raise typer.Exit(INTERRUPTED)
    if report["failed"] or not report["files"]:
        raise typer.Exit(WRONG)


def _ingested(paths: list[Path]) -> dict[str, Any]:
    settings = _settings()
    from api.calling import Here, connect
    from api.terminal import announcing_waits

    params = {"paths": [str(path.absolute()) for path in paths]}  # the serving process has a folder of its own
    with announcing_waits() as progress, connect(settings, progress) as line:
        if isinstance(line, Here):
            with _stopping_between_files(line.assistant.ingestion.stopping.set):
                return line.call("ingest", params, progress)
        try:
            return line.call("ingest", params, progress)
        except KeyboardInterrupt:
            _fail(wording.INGEST_GOES_ON, INTERRUPTED)


@contextmanager
def _stopping_between_files(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets the file at hand be finished, the next one does what it always does."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stopping(_signal: int, _frame: FrameType | None) -> None:
        restore()
        stop()
        os.write(sys.stderr.fileno(), f"{wording.INGEST_STOPPING}\n".encode())  # whatever the signal came into

    for number in before:
        signal.signal(number, stopping)
    try:
        yield
    finally:
        restore()


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="文件…", help="与 ingest 相同的格式；ZIP 里的文件逐个查看")],
    as_json: AsJson = False,
) -> None:
    """导入之前先看：识别出的标题、日期、条款结构、表格和疑点。什么都不存。"""
    from api.commands import inspect as inspected

    told = {"files": [one for file in files for one in inspected(file)["files"]]}
    from api.terminal import out, show_inspection

    if as_json:
        _print_json(told)
    else:
        show_inspection(told["files"], out())
    if any(one["error"] for one in told["files"]):
        raise typer.Exit(WRONG)


@shelf.callback()
def documents(context: typer.Context, as_json: AsJson = False) -> None:
    """列出全部文档和编号；set 修改一份文档的版本、状态和日期。"""
    if context.invoked_subcommand:
        return
    listed = _call("documents", {})
    from api.terminal import out, show_documents

    if as_json:
        _print_json(listed["documents"])
    else:
        show_documents(listed["documents"], out())


@shelf.command("set")
def set_document(
    document_id: Annotated[str, typer.Argument(metavar="编号", help="见 guangzhi documents")],
    title: Annotated[str | None, typer.Option(help="标题")] = None,
    number: Annotated[str | None, typer.Option(help="标准号或文号，如 GB/T 19001-2016")] = None,
    edition: Annotated[str | None, typer.Option(help="版本，如 2016 或 2023-07-20")] = None,
    status: Annotated[str | None, typer.Option(help="现行、即将实施、废止")] = None,
    body: Annotated[str | None, typer.Option(help="发布机构")] = None,
    published: Annotated[str | None, typer.Option(help="发布日期，如 2024-09-28")] = None,
    effective: Annotated[str | None, typer.Option(help="实施日期，如 2025-01-01")] = None,
    repealed: Annotated[str | None, typer.Option(help="废止日期：从这一天起不再有效")] = None,
    replaces: Annotated[str | None, typer.Option(help="代替哪个文件：编号或标题")] = None,
    replaced_by: Annotated[str | None, typer.Option(help="被哪个文件代替：编号或标题")] = None,
    as_json: AsJson = False,
) -> None:
    """修改文档的版本、状态、日期等；"" 清空一项。文件没变时重新导入也会保留。"""
    given = {
        "title": title,
        "number": number,
        "edition": edition,
        "status": status,
        "body": body,
        "published": published,
        "effective": effective,
        "repealed": repealed,
        "replaces": replaces,
        "replaced_by": replaced_by,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    told = _call("set_document", {"id": document_id, "changes": changes})
    from api.terminal import out, show_documents

    if as_json:
        _print_json(told)
        return
    out().print(wording.DOCUMENT_SET.format(title=told["title"]), markup=False)
    show_documents([told], out())


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="旧版", help="编号、文件名、标准号，或一个文件的路径")],
    new: Annotated[str, typer.Argument(metavar="新版", help="同上；没有导入的文件只读不存")],
    as_json: AsJson = False,
) -> None:
    """逐条对照两份文档：新增、删除、修改、移动的条款，改动处逐词标出。"""
    told = _call("diff", {"old": _named(old), "new": _named(new)})
    from api.terminal import out, show_comparison

    if as_json:
        _print_json(told)
    else:
        show_comparison(told, out())


def _named(name: str) -> dict[str, str]:
    """The serving process has a working folder of its own."""
    path = Path(name)
    return {"name": name, "path": str(path.absolute())} if path.exists() else {"name": name}


@app.command()
def remove(document_id: Annotated[str, typer.Argument(metavar="编号", help="见 guangzhi documents")]) -> None:
    """移除一份文档。"""
    removed = _call("remove", {"id": document_id})
    from api.terminal import out

    out().print(wording.REMOVED.format(title=removed["title"]), markup=False)


@app.command()
def rebuild() -> None:
    """从数据库重建两个索引（换嵌入模型之后要做）。"""
    counts = _call("rebuild", {})
    from api.terminal import out

    out().print(wording.REBUILT.format(**counts))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """检查：配置了什么、能不能用、该怎么办。"""
    findings = _call("doctor", {})["findings"]
    findings.append(_service_finding())
    from api.terminal import out, show_findings

    if as_json:
        _print_json(findings)
    else:
        show_findings(findings, out())
    if any(finding["health"] == "failed" for finding in findings):
        raise typer.Exit(WRONG)


def _service_finding() -> dict[str, Any]:
    from api.doctor import Finding
    from api.jobs import find_serving

    serving = find_serving(_settings().home)
    says = wording.SERVICE_RUNNING.format(pid=serving.pid) if serving else wording.SERVICE_STOPPED
    return asdict(Finding(wording.DOCTOR_SERVICE, "ok", says))


# ---------------------------------------------------------------- what the subcommands share


def _call(name: str, params: dict[str, Any]) -> dict[str, Any]:
    settings = _settings()
    from api.calling import call
    from api.terminal import announcing_waits

    with announcing_waits() as progress:
        return call(settings, name, params, progress)


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ApiError(wording.FILE_UNREADABLE.format(path=path, why=why)) from error


def main() -> None:
    """Errors with a message for people are said without a traceback."""
    try:
        app()
    except QuestionInvalid as error:
        _fail(str(error), MISUSED)
    except KeyboardInterrupt:
        _fail(wording.INTERRUPTED, INTERRUPTED)
    except Exception as error:
        from api.jobs import KNOWN_ERRORS

        if isinstance(error, KNOWN_ERRORS):
            _fail(str(error), WRONG)
        from api.wiring import debugging

        if debugging():
            raise
        _fail(wording.UNEXPECTED.format(kind=type(error).__name__), WRONG)


def _fail(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(status)
