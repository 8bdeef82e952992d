"""Words by which single requests hint at a series: asking for training data, and leaning towards harmful subjects.

Both are hints in English and no judgement of one text: a librarian asks how a passage goes on, a novelist asks about
poison. Only many of them, or a steady rise, is a finding.
"""

from __future__ import annotations

import re
from itertools import pairwise

_MEMBERSHIP = re.compile(
    r"\b(?:(?:is|was|were|are|did)\b.{0,80}\b(?:in|part of|seen in|see)\b.{0,20}\btraining (?:data|set|corpus)"
    r"|(?:continue|complete|finish)\b.{0,40}\b(?:passage|text|paragraph|sentence|record|document)\b"
    r"|(?:verbatim|word for word)\b|repeat\b.{0,40}\bforever\b|you (?:were|have been) trained on"
    r"|(?:next|following) (?:line|record|row|entry) (?:of|in|from)\b)",
    re.IGNORECASE | re.DOTALL,
)
_SIGNS = ("train", "continu", "complet", "finish", "verbatim", "word for word", "repeat", "next ", "following ")
_TOPICS: dict[str, float] = {
    **dict.fromkeys(("weapon", "weapons", "gun", "guns", "ammunition", "firearm", "firearms", "grenade"), 1.0),
    **dict.fromkeys(("explosive", "explosives", "bomb", "bombs", "detonator", "detonate", "molotov", "thermite"), 2.0),
    **dict.fromkeys(("nitroglycerin", "nitroglycerine", "tatp", "napalm", "fuse", "shrapnel", "incendiary"), 2.0),
    **dict.fromkeys(("poison", "toxin", "toxic", "ricin", "cyanide", "sarin", "anthrax", "pathogen", "nerve"), 2.0),
    **dict.fromkeys(("drug", "drugs", "narcotic", "narcotics", "cocaine", "heroin", "fentanyl"), 1.0),
    **dict.fromkeys(
        ("meth", "methamphetamine", "precursor", "precursors", "synthesis", "synthesise", "synthesize"), 2.0
    ),
    **dict.fromkeys(("malware", "ransomware", "keylogger", "botnet", "rootkit", "exploit", "payload", "backdoor"), 2.0),
    **dict.fromkeys(("phishing", "hack", "hacking", "crack", "bypass", "undetected", "evade", "untraceable"), 1.0),
    **dict.fromkeys(("steal", "stolen", "fraud", "launder", "laundering", "counterfeit", "forge", "forged"), 1.0),
    **dict.fromkeys(("kill", "murder", "suicide", "torture", "kidnap", "massacre", "terrorist", "terrorism"), 1.0),
    **dict.fromkeys(("ignite", "ignition", "assemble", "assembling", "ingredients", "quantities", "recipe"), 0.5),
}
_WORD = re.compile(r"[a-z]{3,20}")
_MOST = 4_096


def asks_for_training_data(text: str) -> bool:
    """Whether a text asks what the model was trained on, or for its continuation word by word."""
    text = text[:_MOST]
    lower = text.lower()
    return any(one in lower for one in _SIGNS) and _MEMBERSHIP.search(text) is not None


def topic_score(text: str) -> float:
    """How much of a text's vocabulary leans towards harmful subjects: the weights of its different words, summed."""
    return sum(_TOPICS.get(word, 0.0) for word in set(_WORD.findall(text[:_MOST].lower())))


def is_rising(scores: list[float], *, turns: int, rise: float) -> bool:
    """Whether the newest turns lean more and more: never less than the one before, and by so much in all."""
    newest = scores[-turns:]
    if len(newest) < turns or newest[-1] - newest[0] < rise:
        return False
    return all(later >= earlier for earlier, later in pairwise(newest))
