"""A message to see whether messages leave: sent at once, past the outbox, and told to the audit."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bartizan.register import people
from bartizan.register.opening import Register
from bartizan.workflows.access import Person, require
from bartizan.workflows.channels import mail_settings, webhook_settings
from bartizan.workflows.delivery import send_test_mail, send_test_post

_NONE = "nothing is set yet; save it first"


def mail(register: Register, by: Person, environment: Mapping[str, str] = os.environ) -> str:
    """Send a mail to the address of who asks. Why it failed, empty where it did not. Raises Refused, NotFound."""
    require(register, by, "administrator", what="send a test mail")
    with register.read() as connection:
        found, user = mail_settings(connection), people.user(connection, by.id)
    said = _NONE if found is None else send_test_mail(found, user, environment)
    _tell(register, by, "mail.test", said)
    return said


def webhook(register: Register, by: Person, environment: Mapping[str, str] = os.environ) -> str:
    """Post a message of the kind `test`. Why it failed, empty where it did not. Raises Refused."""
    require(register, by, "administrator", what="test the webhook")
    with register.read() as connection:
        found = webhook_settings(connection)
    said = _NONE if found is None else send_test_post(found, register.now(), environment)
    _tell(register, by, "webhook.test", said)
    return said


def _tell(register: Register, by: Person, action: str, said: str) -> None:
    with register.change(by.id) as change:
        change.record(action, note="it failed" if said else "it was sent")
