"""The two themes of our own; Textual's others can be chosen too."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="lookalike-dark",
    primary="#e8a87c",
    secondary="#85b8c4",
    accent="#f2cf63",
    foreground="#ece6df",
    background="#17151a",
    surface="#201d24",
    panel="#2b2730",
    success="#8fc18b",
    warning="#f2b35e",
    error="#ee7b73",
    dark=True,
    variables={
        "footer-key-foreground": "#f2cf63",
        "input-selection-background": "#e8a87c 35%",
        "border": "#e8a87c",
        "border-blurred": "#4a4450",
    },
)
LIGHT: Final = Theme(
    name="lookalike-light",
    primary="#a8481f",
    secondary="#1f6b7d",
    accent="#8a5a00",
    foreground="#2a2521",
    background="#f7f3ee",
    surface="#efe9e2",
    panel="#e4dcd2",
    success="#2f7a3b",
    warning="#a15c00",
    error="#b3261e",
    dark=False,
    variables={
        "footer-key-foreground": "#a8481f",
        "input-selection-background": "#a8481f 25%",
        "border": "#a8481f",
        "border-blurred": "#c4b8aa",
    },
)
THEMES: Final = (DARK, LIGHT)
