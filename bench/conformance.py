"""Check the norm's rules against its own test suite, and explain the whole invoices beside it.

    python -m bench.conformance SUITE [EXAMPLES]

SUITE holds `<testSet>` files: parts of invoices, each with the rule that must succeed or fail.
EXAMPLES holds whole invoices; left out, it is the folder next to SUITE that ends in `-examples`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from functions.bill_explanation.en16931 import ARITHMETIC, RULES, check
from functions.bill_explanation.en16931_input import from_bill, from_ubl
from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.read_bill import read_bill
from functions.bill_explanation.read_ubl import ROOTS
from functions.bill_explanation.write_document import write_document
from functions.bill_explanation.xml_document import Element, parse_xml
from shared.content import LOCALES, load_all, wording
from shared.domain.errors import AftercareError, InputTooLarge


class Expectation(NamedTuple):
    """One assert of the suite."""

    file: str
    number: int
    rule: str
    must_succeed: bool
    invoice: Element


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("suite", type=Path)
    parser.add_argument("examples", type=Path, nargs="?")
    arguments = parser.parse_args()
    if not arguments.suite.is_dir():
        parser.error("SUITE is no folder")
    beside = next(iter(sorted(arguments.suite.resolve().parent.glob("*-examples"))), None)
    disagreements = run_suite(arguments.suite)
    examples = arguments.examples or beside
    return 1 if disagreements + (explain_examples(examples) if examples else 0) else 0


def run_suite(folder: Path) -> int:
    """Run every assert, print the table, and return how many disagree."""
    total: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    unsupported: Counter[str] = Counter()
    disagreements = []
    for expectation in expectations(folder):
        rule = expectation.rule
        if rule not in RULES:
            unsupported[rule] += 1
            continue
        total[rule] += 1
        succeeds = not any(check(from_ubl(expectation.invoice), [rule]))
        if succeeds == expectation.must_succeed:
            agreed[rule] += 1
        else:
            disagreements.append(f"{expectation.file}, test {expectation.number}: {rule}")
    print(f"{'rule':<12}{'agreed':>8}{'of':>5}")
    for rule in sorted(total):
        print(f"{rule:<12}{agreed[rule]:>8}{total[rule]:>5}")
    print(f"{'all':<12}{agreed.total():>8}{total.total():>5}")
    print("not supported: " + (", ".join(f"{rule} ({n})" for rule, n in sorted(unsupported.items())) or "none"))
    for line in disagreements:
        print(f"DISAGREES  {line}")
    if not total:
        print("There is no assert in this folder.")
    return len(disagreements) + (not total)


def expectations(folder: Path) -> Iterator[Expectation]:
    """Every assert of every test set in a folder."""
    for file in sorted(folder.glob("*.xml")):
        root = parse_xml(file.read_bytes())
        for number, test in enumerate((t for t in root.children if _local(t) == "test"), 1):
            documents = [child for child in test.children if child.name in ROOTS]
            asserts = [entry for child in test.children if _local(child) == "assert" for entry in child.children]
            for entry in asserts:
                if _local(entry) in ("success", "error", "warning"):
                    must_succeed = _local(entry) == "success"
                    yield Expectation(file.name, number, entry.text.strip(), must_succeed, documents[0])


def _local(element: Element) -> str:
    return element.name.rpartition("}")[2]


def explain_examples(folder: Path) -> int:
    """Explain every whole invoice in every language; return how many were refused without reason.

    The only right reason here is size: no file of the examples is meant to be unreadable.
    """
    wrong = 0
    print(f"\n{folder.name}")
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() != ".xml":
            continue
        try:
            print(f"  explained  {file.name}: {_explain(file)}")
        except InputTooLarge as error:
            print(f"  refused    {file.name}: {error.detail}")
        except AftercareError as error:
            wrong += 1
            print(f"  REFUSED    {file.name}: {type(error).__name__}: {error.detail}")
    return wrong


def _explain(file: Path) -> str:
    body = file.read_bytes()
    bill = read_bill(body, "application/xml", owner_id=None)
    explanation, book = explain_bill(bill, bill.issued_on, load_all())
    for locale in LOCALES:
        write_document(explanation, book, wording(locale), bill.issued_on)
    by_norm = {breach.rule for breach in check(from_ubl(parse_xml(body)), ARITHMETIC)}
    by_bill = {breach.rule for breach in check(from_bill(bill, book.minor_units), ARITHMETIC)}
    findings = ", ".join(sorted({finding.rule for finding in explanation.findings})) or "none"
    breaches = ", ".join(sorted(by_norm)) or "none"
    agree = "" if by_norm == by_bill else f" (on the bill: {', '.join(sorted(by_bill)) or 'none'})"
    return f"{bill.kind}, {len(bill.lines)} lines; rules broken: {breaches}{agree}; findings: {findings}"


if __name__ == "__main__":
    sys.exit(main())
