"""Numbers in sentences."""

from __future__ import annotations


def amount(value: float, digits: int = 3) -> str:
    """A number as a reader writes it: 3,890 and 0.00165; very large and very small ones as 1.01e-12.

    `digits` is the number of significant digits where there is a choice; whole parts are kept whole.
    """
    size = abs(value)
    if size == 0:
        return "0"
    if not 1e-4 <= size < 1e7:  # NaN and infinities, too
        return f"{value:.{digits}g}"
    whole = len(str(int(size))) if size >= 1 else 0
    if whole >= digits:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"
