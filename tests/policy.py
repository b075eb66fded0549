"""What every answer owes its reader's browser: a strict policy, and nothing that it would stop."""

from __future__ import annotations

import re

NONCE = re.compile(r"'nonce-([\w-]{22})'")
TAG = re.compile(r"<(?:script|style)\b[^>]*>")
ELSEWHERE = re.compile(
    r"""<(?:script|link|img|iframe|form)\b[^>]*(?:src|href|action)=["']?(?:https?:)?//"""
)
INLINE = re.compile(r"""<[a-z][^>]*\s(?:style|on[a-z]+)\s*=\s*["']""")
PARTS = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")


def nonce_of(answer) -> str:
    """The nonce of an answer's policy."""
    return NONCE.search(answer.headers["Content-Security-Policy"])[1]


def breaches(answer) -> list[str]:
    """What is wrong with an answer in this regard."""
    policy = answer.headers["Content-Security-Policy"]
    found = [f"{word!r} in the policy" for word in ("unsafe", "http") if word in policy]
    found += [f"no {part} in the policy" for part in PARTS if part not in policy]
    if answer.headers["X-Content-Type-Options"] != "nosniff":
        found.append("kinds of content are guessed")
    if answer.headers["Referrer-Policy"] != "same-origin":
        found.append("others are told where a reader comes from")
    if answer.mimetype == "text/html":
        text, nonce = answer.text, f'nonce="{nonce_of(answer)}"'
        found += [tag for tag in TAG.findall(text) if nonce not in tag]
        found += [it[0] for it in (INLINE.search(text), ELSEWHERE.search(text)) if it]
    return found
