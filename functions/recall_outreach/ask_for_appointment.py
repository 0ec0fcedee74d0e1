"""Ask a colleague of the centre to call back and arrange the appointment that an owner wants."""

from shared.content import load_all, wording
from shared.domain.centres import LADDER, Centre
from shared.domain.events import NotificationRequested
from shared.domain.figures import Book
from shared.domain.number_guard import check_text
from shared.domain.outreach import Attempt, Task
from shared.domain.owners import Owner
from shared.domain.statements import Argument, join, render, say


def ask_for_appointment(task: Task, attempt: Attempt, centre: Centre, owner: Owner | None) -> NotificationRequested:
    """The request, in the centre's language, to the first person of the lowest rung that has one."""
    person = min(centre.ladder, key=lambda p: LADDER.index(p.rung))
    words = wording(centre.locale)
    book = Book({"vin": task.vin, "words": attempt.words, "name": owner.name if owner else None}, load_all())
    known: dict[str, Argument] = {"name": book.at("text", "name")} if owner else {}
    unnamed = "" if owner else ".unnamed"
    subject = render(say(f"outreach.note.subject{unnamed}", **known), words)
    sentences = [render(say(f"outreach.note.text{unnamed}", vehicle=book.at("text", "vin"), **known), words)]
    if attempt.words:
        sentences.append(render(say("outreach.note.words", words=book.at("text", "words")), words))
    text = join(sentences)
    for written in (subject, text):
        check_text(written, book, words)
    return {
        "type": "notification_requested",
        "notification_id": f"outreach#{task.id}#{attempt.id}#appointment",
        "kind": "appointment_wanted",
        "purpose": "service",
        "urgency": "routine",
        "centre_id": centre.id,
        "to": {"staff_id": person.id},
        "locale": centre.locale,
        "subject": subject.text,
        "text": text.text,
        "requested_at": attempt.at.isoformat(timespec="seconds"),
    }
