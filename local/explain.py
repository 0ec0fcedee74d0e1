"""`aftercare explain`: explain bills from files, offline, with the code that runs on Lambda."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.models import Bill, Estimate
from functions.bill_explanation.read_bill import read_bill
from functions.bill_explanation.read_repair_order import read_estimate
from functions.bill_explanation.render_html import render_html
from functions.bill_explanation.render_text import render_text
from functions.bill_explanation.take_in_bill import locale_of
from functions.bill_explanation.write_document import write_document
from shared.content import load_all, wording
from shared.domain.errors import AftercareError, InvalidInput
from shared.runtime import clock


def explain_files(options: argparse.Namespace) -> int:
    """Explain each file; 1 when one of them could not be explained, and why is on standard error."""
    several_need_jsonl = len(options.files) > 1 and options.format != "jsonl"
    if several_need_jsonl:
        print("Several files need --format jsonl.", file=sys.stderr)
        return 2
    failed = False
    for file in options.files:
        try:
            print(_explain(file, options))
        except OSError as error:
            failed = True
            _report(file, options, [{"pointer": "", "detail": f"cannot be read: {error.strerror}"}])
        except InvalidInput as error:
            failed = True
            _report(file, options, [v._asdict() for v in error.violations])
        except AftercareError as error:
            failed = True
            _report(file, options, [{"pointer": "", "detail": error.detail}])
    return int(failed)


def _report(file: Path, options: argparse.Namespace, problems: list[dict[str, str]]) -> None:
    if options.format == "jsonl":
        print(json.dumps({"file": str(file), "errors": problems}, ensure_ascii=False))
    for problem in problems:
        place = f" {problem['pointer']}" if problem["pointer"] else ""
        print(f"{file}:{place} {problem['detail']}", file=sys.stderr)


def _explain(file: Path, options: argparse.Namespace) -> str:
    bill = _read(file)
    if options.estimate is not None:
        bill = bill.model_copy(update={"estimate": _read_estimate(options.estimate)})
    locale = options.locale or locale_of(bill)
    today: date = clock.now().astimezone().date()
    explanation, book = explain_bill(bill, today, load_all())
    words = wording(locale)
    document = write_document(explanation, book, words, today)
    match options.format:
        case "text":
            return render_text(document, words).rstrip()
        case "html":
            return render_html(document, words, question_url=None)
        case "jsonl":
            return json.dumps({"file": str(file), **document}, ensure_ascii=False)
        case _:
            return json.dumps(document, ensure_ascii=False, indent=2)


def _read(file: Path) -> Bill:
    media_type = "application/xml" if file.suffix.lower() == ".xml" else "application/json"
    return read_bill(file.read_bytes(), media_type, owner_id=None)


def _read_estimate(file: Path) -> Estimate:
    """An estimate as JSON, or a whole bill in any known form whose lines are the estimate."""
    if file.suffix.lower() != ".xml":
        body = file.read_bytes()
        if b'"totals"' not in body:
            return read_estimate(body)
    bill = _read(file)
    return Estimate(
        number=bill.number,
        made_on=bill.issued_on,
        lines=bill.lines,
        total=bill.totals.gross,
        tax_total=bill.totals.tax,
    )
