"""Post: hands a mail to the server that SMTP_URL names, over TLS only."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from tracker.alerts.digest import DigestMail

PATIENCE_S = 30
PORTS = {"smtp": 587, "smtps": 465}


class Misaddressed(ValueError):
    """The setting that names the mail server can't be used; says what to do."""


def message_of(mail: DigestMail, sender: str) -> EmailMessage:
    """`mail` as it goes over the wire: plain text, every header on one line."""
    message = EmailMessage()
    message["From"] = _one_line(sender)
    message["To"] = ", ".join(_one_line(it) for it in mail.recipients)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="hwaksan.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def send(url: str, message: EmailMessage) -> None:
    """Send `message` by smtps://user:password@host, or smtp:// with STARTTLS.

    Raises Misaddressed for another address, OSError or SMTPException where the server does not
    take it. Nothing goes over the wire before it is encrypted.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise Misaddressed("Set SMTP_URL to smtps://user:password@host or smtp://host:587.")
    port, safe = parts.port or PORTS[parts.scheme], ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(parts.hostname, port, timeout=PATIENCE_S, context=safe)
    else:
        server = smtplib.SMTP(parts.hostname, port, timeout=PATIENCE_S)
    with server:
        if parts.scheme == "smtp":
            server.starttls(context=safe)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _one_line(text: str) -> str:
    return " ".join(text.split())
