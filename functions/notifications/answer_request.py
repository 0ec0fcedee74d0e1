"""Answer the requests of the HTTP door: unsubscribe links, and SMS that a provider passes on."""

from aws_lambda_powertools.event_handler import Response

from functions.notifications import stop_contact
from functions.notifications.hear_feedback import hear_sms
from functions.notifications.models import InboundSms
from functions.notifications.wiring import ApiParts
from shared.domain.access import Role
from shared.domain.errors import AftercareError
from shared.domain.validation import read_as
from shared.runtime import clock
from shared.runtime.http import Request, answer, answer_json
from shared.runtime.observability import count

_FORM = "application/x-www-form-urlencoded"


def get_stop(request: Request, parts: ApiParts, token: str) -> Response[str]:
    """Ask what to stop."""
    link = stop_contact.open_stop_link(token, clock.now(), parts.link_keys.honoured())
    return _page(stop_contact.ask_page(link))


def post_stop(request: Request, parts: ApiParts, token: str) -> Response[str]:
    """Stop it: from the page's form, or in one click from a mail program (RFC 8058), which may send multipart."""
    now = clock.now()
    link = stop_contact.open_stop_link(token, now, parts.link_keys.honoured())
    scope = ""
    if request.media_type.startswith(_FORM):
        try:
            scope = request.form.get("scope", "")
        except AftercareError:
            scope = ""  # whatever the body says, who posts to this link wants it to stop
    if stop_contact.stop_contact(link, scope, parts.notices, now):
        count("ContactsStopped")
    return _page(stop_contact.done_page(link))


def post_inbound_sms(request: Request, parts: ApiParts) -> Response[str]:
    """Take in an SMS that the provider passes on; the answer holds the one reply to send, if any."""
    request.caller.require(Role.INTEGRATOR)
    heard = hear_sms(read_as(InboundSms, request.json), parts.notices, clock.now())
    if heard.reply:
        count("ContactsStopped" if heard.taken_as == "stop" else "ContactsResumed")
    return answer_json(200, heard._asdict())


def _page(html: str) -> Response[str]:
    return answer(200, html, "text/html", {"Content-Security-Policy": stop_contact.CONTENT_SECURITY_POLICY})
