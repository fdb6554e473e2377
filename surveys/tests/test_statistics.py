"""The figures of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.statistics import Share, net_promoter_score, wilson_interval

pytestmark = pytest.mark.ground


# The first two and the fourth as Newcombe prints them (Statistics in Medicine 17, 1998, table I, method 3), the others
# worked out by hand from the formula.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (5, 5, 0.5655, 1.0),
        (0, 1, 0.0, 0.7935),
    ],
)
def test_the_interval_is_wilsons(part, whole, low, high):
    assert wilson_interval(part, whole) == pytest.approx((low, high), abs=0.0001)


@given(whole=st.integers(1, 10**6), share=st.floats(0, 1))
def test_the_interval_holds_the_share_and_stays_within_bounds(whole, share):
    part = round(whole * share)
    low, high = wilson_interval(part, whole)
    assert 0 <= low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= high <= 1


def test_nothing_has_no_share():
    assert wilson_interval(0, 0) is None
    assert Share(0, 0).percent is None
    assert Share(0, 0).interval is None
    assert net_promoter_score(0, 0, 0) is None


def test_shares_add_up():
    assert Share(1, 2) + Share(2, 2) == Share(3, 4)
    assert (Share(1, 2) + Share(2, 2)).percent == 75


@pytest.mark.parametrize(
    ("promoters", "detractors", "whole", "score"), [(5, 2, 10, 30), (0, 4, 4, -100), (3, 0, 3, 100), (1, 1, 5, 0)]
)  # fmt: skip
def test_the_net_promoter_score(promoters, detractors, whole, score):
    assert net_promoter_score(promoters, detractors, whole) == score
