"""Report that a member of staff wrote to the customer: for the case desk that is an answer to the open case."""

from shared.domain.conversations import Author, Conversation, Message
from shared.domain.events import StaffAnswered


def report_answer(conversation: Conversation, message: Message) -> StaffAnswered | None:
    """The report of a message of staff; None for what customers and systems write, or whose author is unknown.

    It is made whether or not a case was asked for: the desk knows of cases that no message here has led to.
    """
    if message.author is not Author.STAFF or message.author_id is None:
        return None
    return {
        "type": "staff_answered",
        "request_id": f"answer#{conversation.key}#{message.message_id}",
        "centre_id": conversation.centre_id,
        "owner_id": conversation.owner_id,
        "conversation_id": conversation.conversation_id,
        "message_id": message.message_id,
        "staff_id": message.author_id,
        "role": message.author_role,
        "answered_at": message.received_at.isoformat(),
    }
