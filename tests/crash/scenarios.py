"""The scenarios that crash enumeration runs: one line per room in SCENARIOS, a module per room that builds them."""

from tests.crash import case_desk, notifications, recall_outreach, sentiment_escalation
from tests.crash.harness import Scenario

SCENARIOS = (
    Scenario("case_desk: two requests, an answer, a missed deadline", case_desk.escalation),
    Scenario("case_desk: answered in the conversation", case_desk.answering),
    Scenario("case_desk: nobody answers", case_desk.unanswered),
    Scenario("case_desk: a promise that falls due", case_desk.promise),
    Scenario("case_desk: resolved, reopened, closed", case_desk.closing),
    Scenario("case_desk: an owner erased while messages are under way", case_desk.erasing),
    Scenario("notifications: a page and an e-mail", notifications.telling),
    Scenario("notifications: calls of outreach that count", notifications.calls_that_count),
    Scenario("recall_outreach: owners called, heard and come back", recall_outreach.winning_back),
    Scenario("recall_outreach: an owner who agrees after being skipped", recall_outreach.agreeing_late),
    Scenario("sentiment_escalation: a conversation that heats up", sentiment_escalation.heating_up),
    Scenario("sentiment_escalation: nobody answers", sentiment_escalation.waiting),
    Scenario("sentiment_escalation: an owner erased while messages are under way", sentiment_escalation.erasing),
)
