"""Simplified Chinese: 11月24日 and 3月5日; Django fills the month up to 03月."""

MONTH_DAY_FORMAT = "n月j日"
