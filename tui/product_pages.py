"""Products' pages: opened in a browser, or their addresses copied."""

from __future__ import annotations

from textual import on

from tui.clipboard import ClipboardApp
from tui.messages import LinkWanted
from tui.search.web_address import is_web
from tui.wording import say


class ProductPages(ClipboardApp):
    """Opens what a shopper wants to see more of."""

    @on(LinkWanted)
    def _link(self, event: LinkWanted) -> None:
        address = event.product.item_url
        if not is_web(address):
            self.notify(say("This product's page is no web address."), severity="warning")
        elif event.copy:
            self.copy_to_clipboard(address)
            self.notify(say("Link copied."))
        else:
            self.open_url(address)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open a page; where no window would show it, its address is copied, and that is said."""
        from tui.browser import has_window

        if has_window():
            super().open_url(url, new_tab=new_tab)
        else:
            self.copy_to_clipboard(url)
            self.notify(say("No browser here: link copied."))
