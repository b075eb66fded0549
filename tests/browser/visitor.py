"""A visitor: a person at a browser of their own, of whose pages everything amiss is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    WebError,
)

PATIENCE_MS = 60_000  # that a busy machine may take for a page
DESK = {"width": 1280, "height": 900}
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
NOTHING_ELSE = ("data:", "blob:", "about:")
REFUSED = "Failed to load resource: the server responded with a status of 4"
CUT_OFF = "Failed to load resource: net::ERR_INTERNET_DISCONNECTED"
KEPT = "local_storage,cache_storage,service_workers"
# What reaches beyond the window and is not cut off by something that scrolls by itself.
WIDEST = """
() => {
  const cut = (it) => it && it !== document.body
    && (getComputedStyle(it).overflowX !== "visible" || cut(it.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right + scrollX > innerWidth)
    .filter((it) => !cut(it.parentElement))
    .map((it) => it.tagName.toLowerCase() + (it.id && "#" + it.id)
      + [...it.classList].map((name) => "." + name).join(""))
    .slice(0, 12);
}
"""


class Visitor:
    """Somebody with a browser at `address`.

    `amiss` tells what went wrong on any page so far: requests to another host, errors in the
    console (a breach of the content-security policy is one), uncaught errors and dialogs.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        lang: str = "ko",
        phone: bool = False,
        workers: Literal["allow", "block"] = "block",
        **more: Any,
    ) -> None:
        self.address = address
        self.context = browser.new_context(
            base_url=address,
            locale={"ko": "ko-KR", "en": "en-GB"}[lang],
            timezone_id="Asia/Seoul",
            reduced_motion="reduce",
            # A worker outlives its page, and would answer for the pages of the next test.
            service_workers=workers,
            **(PHONE if phone else {"viewport": DESK}),
            **more,
        )
        self.lang, self.window = lang, PHONE["viewport"] if phone else DESK
        self.context.on("request", self._on_request)
        self.context.on("response", self._on_response)
        self.context.on("console", self._on_console)
        self.context.on("weberror", self._on_error)
        self.context.on("dialog", self._on_dialog)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.arrive()

    def arrive(self, session: str | None = None) -> None:
        """Begin anew; `session` is the cookie of who is signed in."""
        self._amiss: list[str] = []
        self._errors: list[ConsoleMessage] = []
        self._refused: set[str] = set()
        self.cut_off = False
        self.context.set_offline(False)
        self.page.set_viewport_size(self.window)
        self.change(session)

    def change(self, session: str | None) -> None:
        """Let somebody else sit down at the same browser."""
        cookies = {"lang": self.lang} | ({"session": session} if session else {})
        self.context.clear_cookies()
        self.context.add_cookies(
            [{"name": name, "value": it, "url": self.address} for name, it in cookies.items()]
        )

    def leave(self) -> None:
        """Close all pages, and with them all that they still do; the device keeps nothing."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.page.goto("about:blank")
        kept = {"origin": self.address, "storageTypes": KEPT}
        self.context.new_cdp_session(self.page).send("Storage.clearDataForOrigin", kept)

    def offline(self, cut: bool) -> None:
        """Take the network away, or give it back."""
        self.cut_off = self.cut_off or cut
        self.context.set_offline(cut)

    @property
    def amiss(self) -> list[str]:
        """All that went wrong so far. A page that is itself a refusal is not amiss.

        Nor is what a page tries without a network, where the test took it away: the browser
        writes that down, and no script can keep it from doing so.
        """
        errors = [
            f"console: {it.text} ({it.location['url']})"
            for it in self._errors
            if not (
                it.text.startswith(REFUSED)
                and it.location["url"].partition("#")[0] in self._refused
            )
            and not (self.cut_off and it.text.startswith(CUT_OFF))
        ]
        return self._amiss + errors

    def open(self, path: str) -> Page:
        """The page at `path`, loaded."""
        self.page.goto(path)
        return self.page

    def at_width(self, width: int) -> list[str]:
        """What stands out sideways when the window is `width` px wide."""
        self.page.set_viewport_size({"width": width, "height": 740})
        fits = "document.scrollingElement.scrollWidth <= innerWidth"
        return [] if self.page.evaluate(fits) else self.page.evaluate(WIDEST) or ["?"]

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", *NOTHING_ELSE)):
            self._amiss.append(f"request to another host: {request.url}")

    def _on_response(self, answer: Response) -> None:
        # A draft that is sent shows on its page what became of it, as a page does.
        told = answer.request.is_navigation_request() or "x-draft" in answer.request.headers
        if answer.status >= 400 and told:
            self._refused.add(answer.url.partition("#")[0])

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append(message)

    def _on_error(self, error: WebError) -> None:
        self._amiss.append(f"uncaught: {error.error}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._amiss.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@contextmanager
def next_page(page: Page) -> Iterator[Any]:
    """What is done within leads to another page; `.value` is the answer that it came with.

    A draft that is kept rewrites its own address, which `expect_navigation` takes for a navigation.
    """

    def whole(it: Response) -> bool:
        own = it.request.is_navigation_request() and it.frame == page.main_frame
        return own and not HTTPStatus.MULTIPLE_CHOICES <= it.status < HTTPStatus.BAD_REQUEST

    with page.expect_event("load"), page.expect_event("response", whole) as answer:
        yield answer
