"""What answers say, and how surely; plain numbers in, plain numbers out."""

from dataclasses import dataclass
from math import sqrt

# Two-sided 95 %.
Z = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """The share in percent; None of nothing."""
        return 100 * self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval in percent; None of nothing."""
        if (bounds := wilson_interval(self.part, self.whole)) is None:
            return None
        return 100 * bounds[0], 100 * bounds[1]

    def __add__(self, other: "Share") -> "Share":
        return Share(self.part + other.part, self.whole + other.whole)


def wilson_interval(part: int, whole: int, z: float = Z) -> tuple[float, float] | None:
    """Return the bounds between which the true share lies, from 0 to 1; None without any answer.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212: unlike the simple
    interval it holds for few answers and for shares near 0 or 1.
    """
    if whole <= 0:
        return None
    share = part / whole
    middle = share + z * z / (2 * whole)
    spread = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def net_promoter_score(promoters: int, detractors: int, whole: int) -> float | None:
    """Promoters (9, 10) less detractors (0 to 6), in percent of all who answered: -100 to 100; None of nothing."""
    return 100 * (promoters - detractors) / whole if whole else None
