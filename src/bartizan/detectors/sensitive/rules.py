"""All rules in one place, for those who list or test them."""

from __future__ import annotations

from bartizan.detectors.sensitive.accounts import IBAN
from bartizan.detectors.sensitive.assigned import API_KEY, PASSWORD
from bartizan.detectors.sensitive.cards import CARDS
from bartizan.detectors.sensitive.internet import EMAIL, IP, LINK, MAC, OWNER
from bartizan.detectors.sensitive.introduced_rules import INTRODUCED
from bartizan.detectors.sensitive.numbers_europe import EUROPE
from bartizan.detectors.sensitive.numbers_world import WORLD
from bartizan.detectors.sensitive.pem import PEM
from bartizan.detectors.sensitive.phones import PHONE
from bartizan.detectors.sensitive.rule import Rule
from bartizan.detectors.sensitive.streets import STREET
from bartizan.detectors.sensitive.token_rules import TOKENS
from bartizan.detectors.sensitive.tokens import ENTROPY

RULES: tuple[Rule, ...] = (
    *(EMAIL, OWNER, PHONE, IBAN, *CARDS, *INTRODUCED, STREET, IP, MAC, *EUROPE, *WORLD),
    *(*TOKENS, ENTROPY, PEM, LINK, PASSWORD, API_KEY),
)
