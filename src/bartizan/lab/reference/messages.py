"""Generated messages: ordinary mail and spam, written from phrases of our own, for models that read words.

Both kinds share openings, closings and a part of their vocabulary, and a few messages are mixed, so that no single word
decides and no model is always right.
"""

from __future__ import annotations

import numpy as np

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain

MESSAGES = Domain(modality="text")

_OPENINGS = ("hello", "dear customer", "hi there", "good morning", "dear colleague", "hi", "dear friend", "hello again")
_CLOSINGS = ("best regards", "see you soon", "thank you", "kind regards", "many thanks", "talk soon", "yours", "bye")
_ORDINARY = (
    "the meeting about the budget moved to thursday afternoon",
    "could you send me the draft of the contract before lunch",
    "the train is late so start the workshop without me",
    "attached are the minutes and the list of open questions",
    "our son has a fever and cannot come to practice today",
    "the invoice for the new chairs was paid last week",
    "please review the second chapter when you have a moment",
    "the library called because your book has arrived",
    "shall we cook together on saturday or eat out",
    "the server will be restarted tonight after ten",
    "i booked the small room because the large one was taken",
    "the gardener asks whether the gate will be open tomorrow",
    "your order of printer paper will be delivered on monday",
    "the figures in the third table do not add up",
    "grandmother thanks everybody for the cards and the flowers",
    "the offer from the painter is lower than we thought",
    "my account of the trip is finished and the photos follow",
    "the new colleague starts in march and needs a desk",
)
_SPAM = (
    "you have won a prize and must claim your cash reward now",
    "cheap pills without prescription delivered to your door",
    "earn money from home with no experience and no risk",
    "your account is suspended so verify your password at once",
    "limited offer buy one watch and get a second one free",
    "a wealthy widow wishes to transfer millions to you",
    "lose weight fast with this secret miracle product",
    "click the link below to unlock your exclusive bonus",
    "guaranteed profit with our automatic trading robot",
    "hot singles in your town are waiting to meet you",
    "act now because this credit without any check expires today",
    "congratulations your number was selected in the lottery",
    "double your savings in a week with hidden crypto coins",
    "free casino spins and a welcome bonus for new players",
    "your parcel is held so pay the small customs fee here",
    "refinance your loan today at the lowest rate ever seen",
    "order genuine designer bags at a fraction of the price",
    "last warning your mailbox is full so confirm your login",
)


def messages_data(rows: int = 1600, seed: int = 11) -> Dataset:
    """So many messages as an object array of str, shape (rows,); class 1 is spam."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = np.array([_message(rng, bool(spam)) for spam in y], dtype=object)
    return Dataset(x=x, y=y.astype(np.int64), classes=2, name="generated messages")


def _message(rng: np.random.Generator, spam: bool) -> str:
    own, other = (_SPAM, _ORDINARY) if spam else (_ORDINARY, _SPAM)
    sentences = [own[i] for i in rng.choice(len(own), rng.integers(1, 3), replace=False)]
    if rng.random() < 0.35:
        sentences.append(_part(rng, other[rng.integers(len(other))]))
    parts = [_OPENINGS[rng.integers(len(_OPENINGS))], *(_part(rng, s, 0.15) for s in sentences)]
    return " ".join([*parts, _CLOSINGS[rng.integers(len(_CLOSINGS))]])


def _part(rng: np.random.Generator, sentence: str, lost: float = 0.5) -> str:
    """The sentence with some of its words left out."""
    words = sentence.split()
    kept = [word for word in words if rng.random() >= lost]
    return " ".join(kept or words[:1])
