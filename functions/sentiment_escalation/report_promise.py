"""Report what a member of staff promised, for the case desk's ledger."""

from functions.sentiment_escalation.centre_desk import CentreDesk
from shared.content import load
from shared.domain.conversations import Author, Conversation, Message
from shared.domain.events import PromiseMade
from shared.domain.promises import recognise_promises


def report_promise(conversation: Conversation, message: Message, desk: CentreDesk) -> PromiseMade | None:
    """The report of a message that promises something; None for one that does not, or whose author is unknown."""
    if message.author is not Author.STAFF or message.author_id is None:
        return None
    rules = load("promises")["entries"]
    if not recognise_promises(message.words, message.received_at, desk.calendar(), rules):
        return None
    return {
        "type": "promise_made",
        "request_id": f"promise#{conversation.key}#{message.message_id}",
        "centre_id": conversation.centre_id,
        "owner_id": conversation.owner_id,
        "conversation_id": conversation.conversation_id,
        "staff_id": message.author_id,
        "words": message.words,
        "made_at": message.received_at.isoformat(),
        "locale": message.locale,
    }
