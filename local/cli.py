"""The command `aftercare`: one sub-command per job, each in the module that does it.

A sub-command is a function that takes the parser's group and registers itself there with its options and its `run`.
Its imports belong inside `run`, so that asking for help stays fast.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    type Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  argparse has no other name


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command; its result is the exit status."""
    parser = argparse.ArgumentParser(prog="aftercare", description="After-sales care for electric cars.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for register in (register_explain, register_import, register_outbox, register_score, register_token):
        register(commands)
    options = parser.parse_args(arguments)
    return int(options.run(options))


def register_explain(commands: Commands) -> None:
    """`aftercare explain FILE …`: explain bills offline."""

    def run(options: argparse.Namespace) -> int:
        from local.explain import explain_files

        return explain_files(options)

    command = commands.add_parser("explain", help="explain bills: JSON repair orders, EN 16931 UBL, e-fapiao")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--estimate", type=Path, metavar="FILE", help="the estimate to compare with")
    command.add_argument("--locale", choices=("zh-CN", "en"), help="instead of the bill's own language")
    command.add_argument("--format", choices=("text", "json", "html", "jsonl"), default="text")
    command.set_defaults(run=run)


def register_score(commands: Commands) -> None:
    """`aftercare score`: how agitated are the writers of these messages."""

    def run(_: argparse.Namespace) -> int:
        from functions.sentiment_escalation.score_lines import score_lines

        return score_lines(sys.stdin, sys.stdout, sys.stderr)

    command = commands.add_parser("score", help='score JSON lines {"id", "text"} from standard input')
    command.set_defaults(run=run)


def register_import(commands: Commands) -> None:
    """`aftercare import FILE`: bring owners, vehicles, visits, readings or consents of a dealer system in."""

    def run(options: argparse.Namespace) -> int:
        from local.import_records import Interrupted, import_file, poster
        from local.read_rows import Habits, UnusableFile

        url, token = _api_of(options)
        if not token:
            return 2
        habits = Habits(options.kind, options.dates, options.zone, options.locale, options.encoding)
        try:
            with poster(url, token) as post:
                return import_file(options.file, habits, post)
        except (UnusableFile, OSError, LookupError) as unusable:
            print(f"{options.file}: {unusable}", file=sys.stderr)
            return 2
        except Interrupted as interrupted:
            print(f"Stopped: {interrupted}. Run the same command again to go on.", file=sys.stderr)
            return 3

    command = commands.add_parser("import", help="import owners, vehicles, visits, readings, consents: CSV, JSON Lines")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--kind", choices=("owner", "vehicle", "visit", "reading", "consent"), help="rows of a CSV")
    command.add_argument("--dates", choices=("dmy", "mdy"), help="how 03/04/2026 is meant; unsaid, it is refused")
    command.add_argument("--zone", help="where times without a zone are from, such as Asia/Shanghai")
    command.add_argument("--locale", choices=("zh-CN", "en"), help="language of owners whose row says none")
    command.add_argument("--encoding", default="utf-8", help="of the file: utf-8, gb18030, cp1252, …")
    command.add_argument("--url", help="the API, with its token in AFTERCARE_TOKEN; unsaid, the local cloud's")
    command.set_defaults(run=run)


def _api_of(options: argparse.Namespace) -> tuple[str, str]:
    """Address and token of the API that is meant: the one named, or the local cloud's."""
    import os

    if options.url:
        if not options.url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            print("A token travels over https:// only.", file=sys.stderr)
            return "", ""
        token = os.environ.get("AFTERCARE_TOKEN", "")
        if not token:
            print("Put an integrator's token into AFTERCARE_TOKEN.", file=sys.stderr)
        return options.url, token
    from local.cloud import Cloud
    from local.deploy import Deployment
    from local.seed import sign_in
    from local.start import ADDRESS_FILE, HOME

    if not ADDRESS_FILE.exists():
        print("The local cloud is not running: start it with `make run`, or name an API with --url.", file=sys.stderr)
        return "", ""
    address = json.loads(ADDRESS_FILE.read_text())
    return address["url"], sign_in(Cloud(address["port"], HOME), Deployment(address["outputs"]), "integrator")


def register_outbox(commands: Commands) -> None:
    """`aftercare outbox`: what the local cloud that `make run` serves would have sent to people."""

    def run(_: argparse.Namespace) -> int:
        from local.cloud import Cloud
        from local.outbox import sent
        from local.start import ADDRESS_FILE, HOME

        if not ADDRESS_FILE.exists():
            print("The local cloud is not running: start it with `make run`.", file=sys.stderr)
            return 1
        for message in sent(Cloud(json.loads(ADDRESS_FILE.read_text())["port"], HOME)):
            print("\n".join(message.lines()), end="\n\n")
        return 0

    command = commands.add_parser("outbox", help="show the e-mails and SMS that the local cloud has sent")
    command.set_defaults(run=run)


def register_token(commands: Commands) -> None:
    """`aftercare token PERSON`: sign in on the local cloud that `make run` serves."""

    def run(options: argparse.Namespace) -> int:
        from local.cloud import Cloud
        from local.deploy import Deployment
        from local.seed import PEOPLE, sign_in
        from local.start import ADDRESS_FILE, HOME

        if options.person not in PEOPLE:
            print(f"Nobody is called {options.person}: choose from {', '.join(PEOPLE)}.", file=sys.stderr)
            return 2
        if not ADDRESS_FILE.exists():
            print("The local cloud is not running: start it with `make run`.", file=sys.stderr)
            return 1
        address = json.loads(ADDRESS_FILE.read_text())
        print(sign_in(Cloud(address["port"], HOME), Deployment(address["outputs"]), options.person))
        return 0

    command = commands.add_parser("token", help="print a token of someone of the demo centre")
    command.add_argument("person", help="owner, other-owner, advisor, manager, integrator, …")
    command.set_defaults(run=run)


if __name__ == "__main__":
    sys.exit(main())
