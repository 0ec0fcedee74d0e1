"""What staff write to a customer is told to the case desk as an answer: who wrote it, in which role, when."""

from tests.integration.sentiment_escalation.conversation_world import (
    ADVISOR,
    INTEGRATOR,
    MANAGER,
    NOW,
    OWNER,
    World,
    message,
)


def test_a_message_of_staff_is_an_answer_with_its_author_role_and_time(world: World) -> None:
    world.write("where is my car", message_id="m-1")
    world.write("On its way.", MANAGER, message_id="m-2")
    assert world.answered() == [
        {
            "type": "staff_answered",
            "request_id": "answer#centre-1#c-1#staff:m-2",
            "centre_id": "centre-1",
            "owner_id": "owner-1",
            "conversation_id": "c-1",
            "message_id": "staff:m-2",
            "staff_id": "manager-1",
            "role": "manager",
            "answered_at": world.now.isoformat(),
        }
    ]


def test_sent_twice_it_is_told_once(world: World) -> None:
    world.write("On its way.", ADVISOR, message_id="m-2")
    world.write("On its way.", ADVISOR, message_id="m-2")
    assert [told["staff_id"] for told in world.answered()] == ["advisor-1"]


def test_what_customers_and_systems_write_is_no_answer(world: World) -> None:
    world.write("I answer myself.", OWNER)
    world.write("We have received your message.", INTEGRATOR, author="system")
    assert world.answered() == []


def test_an_integrator_passes_on_an_answer_of_somebody_it_names(world: World) -> None:
    world.write("On its way.", INTEGRATOR, author="staff")
    assert world.answered() == []
    world.write("It is here.", INTEGRATOR, author="staff", author_id="advisor-1")
    assert [(told["staff_id"], told["role"]) for told in world.answered()] == [("advisor-1", None)]


def test_a_late_answer_carries_the_time_at_which_it_was_received(world: World) -> None:
    world.receive(message(9, "[3] thieves!"), message(5, "I am looking into it.", "staff"))
    world.requested()
    assert [told["answered_at"] for told in world.answered()] == [NOW.replace(minute=5).isoformat()]
