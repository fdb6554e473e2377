"""What customers and agents write, put together from the scenarios and from phrases that fit everywhere."""

from collections.abc import Mapping
from random import Random
from typing import Any

from helpdesk.demo.data import Scenario, read

TONES = ("polite", "terse", "angry")
# Complaints and late money make people angrier.
ANGRY = {"service-complaint", "staff-conduct", "late-service", "refund-not-received", "safety-hazard"}

SORRY = ("抱歉", "道歉", "致歉", "sorry", "apolog")


def phrase(rng: Random, language: str, key: str, slots: Mapping[str, Any]) -> str:
    """One of the phrases of this kind, such as openers.polite, with its slots filled."""
    found: Any = read("phrases")[language]
    for part in key.split("."):
        found = found[part]
    return str(rng.choice(found).format_map(slots))


def choose_tone(rng: Random, scenario: Scenario) -> str:
    """How the customer writes."""
    weights = (40, 25, 35) if scenario.category in ANGRY else (58, 34, 8)
    return rng.choices(TONES, weights)[0]


def first_message(
    rng: Random, scenario: Scenario, language: str, tone: str, slots: Mapping[str, Any]
) -> tuple[str, str]:
    """Subject and text with which the customer begins."""
    words = scenario.words[language]
    subject = rng.choice(words.subject).format_map(slots)
    text = rng.choice(words.say).format_map(slots)
    if not scenario.category:
        return subject, text
    if scenario.category in ("suggestion", "content-report"):
        return subject, phrase(rng, language, "openers.plain", slots) + text
    opener = phrase(rng, language, f"openers.{tone}", slots)
    closer = phrase(rng, language, f"closers.{tone}", slots)
    if language == "en" or (closer and rng.random() < 0.35):
        closer = f"\n\n{closer}" if closer else ""
    return subject, f"{opener}{text}{closer}".strip()


def agent_reply(
    rng: Random, language: str, text: str, slots: Mapping[str, Any], *, is_first: bool, is_late: bool
) -> str:
    """A whole reply: greeting, an apology when the first one comes late, the text, and who wrote it."""
    greeting = phrase(rng, language, "greeting" if is_first else "greeting_again", slots)
    sorry = ""
    if is_first and is_late and not any(word in text for word in SORRY):
        sorry = phrase(rng, language, "apology", slots)
    return f"{greeting}{sorry}{text.format_map(slots)}{phrase(rng, language, 'signature', slots)}"
