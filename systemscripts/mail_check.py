"""A test mail: a query result through the whole way to a mail server, each step of the dialogue said in plain words."""

import logging

from errors import ConfigError
from mailer import Mail, build_message, message_id, recipients_of, send_message
from models import Outcome
from report_queries import read_grid, report_session
from report_rendering import render_body, template_values
from report_tables import tables_of
from settings import Settings

log = logging.getLogger(__name__)

_QUERY = "SELECT current_database() AS database, session_user AS role, now() AS moment, version() AS server"
_TEMPLATE = "<h2>It works</h2><p>This mail was sent by testemail.py. What the database answers to reports:</p>{{grid1}}"


def send_test_mail(settings: Settings, address: str, run_uuid: str) -> Outcome:
    """Send a query result to one address. Raises ConfigError without a mail server, DeliveryError when it is not taken."""
    if not settings.smtp_host:
        raise ConfigError("no mail server is set; write ETL_SMTP_HOST, ETL_EMAIL and ETL_EMAIL_PASSWORD into env.local.sh")
    with report_session(settings) as session:
        grid = read_grid(session, _QUERY)
    log.info("the database answers as the role of reports")
    now = settings.now()
    tables = tables_of({"grid1": grid}, settings.timezone)
    body = render_body(_TEMPLATE, tables, values=template_values("Test mail", now), footer=f"Sent {now:%Y-%m-%d %H:%M %Z}")
    identity = message_id(settings, "test", run_uuid)
    mail = Mail("Test mail", address, html=body.html, text=body.text, message_id=identity, sent_at=now)
    delivery = send_message(settings, build_message(settings, mail), recipients_of(mail), say=log.info)
    for refused, answer in delivery.refused.items():
        log.error("the mail server did not take it for %s: %s", refused, answer)
    done = len(recipients_of(mail)) - len(delivery.refused)
    return Outcome(done, len(delivery.refused), f"sent to {address}; look into its inbox, and into its spam folder")
