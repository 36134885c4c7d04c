"""Screenshots made small: cells in a row that look alike become one."""

from __future__ import annotations

import re

_RECT = re.compile(
    r'<rect fill="([^"]+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" (height=[^>]*/>)'
)
_HALF_BLOCKS = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)" ([^>]*>)(▀+)</text>'
)


def compact(svg: str) -> str:
    """The same picture with neighbouring rectangles and half blocks of one colour joined."""
    joined = _joined(_RECT, svg, '<rect fill="{0}" x="{1}" y="{2}" width="{3}" {4}')
    return _joined(
        _HALF_BLOCKS, joined, '<text class="{0}" x="{1}" y="{2}" textLength="{3}" {4}{5}</text>'
    )


def _joined(pattern: re.Pattern[str], svg: str, form: str) -> str:
    parts: list[str] = []
    end = 0
    run: list[str] | None = None
    for match in pattern.finditer(svg):
        colour, x, y, width, rest, *text = match.groups()
        begins = run is not None and abs(float(run[1]) + float(run[3]) - float(x)) < 0.05
        if (
            run
            and begins
            and match.start() == end
            and (colour, y, rest) == (run[0], run[2], run[4])
        ):
            run[3] = f"{float(run[3]) + float(width):g}"
            run[5] += "".join(text)
        else:
            if run:
                parts.append(form.format(*run))
            parts.append(svg[end : match.start()])
            run = [colour, x, y, width, rest, "".join(text)]
        end = match.end()
    if run:
        parts.append(form.format(*run))
    return "".join([*parts, svg[end:]])
