"""detect-secrets as a library: its recognisers, asked offline. Nothing is verified, so nothing leaves the machine.

Each is asked about some thousand characters at a time, and only where a word stands in the file that it needs; where it
finds something, that is told by lines. Its recogniser of words such as `password` is asked about lines that have
one. Its entropy is not asked: without a word beside it, a random run is a digest far more often than a key. Those for
OpenAI and npm are not asked either: their time grows with the square of a text, and our own tokens have these forms.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from bartizan.core.extras import need

_FORMS: Final = (
    # module, class, words of which one stands in the text, in small letters; () where the pattern itself is quick
    ("artifactory", "ArtifactoryDetector", ("artifactory", "jfrog")),
    ("aws", "AWSKeyDetector", ("akia", "asia", "abia", "acca", "a3t", "aws")),
    ("azure_storage_key", "AzureStorageKeyDetector", ("accountkey",)),
    ("basic_auth", "BasicAuthDetector", ("://",)),
    ("cloudant", "CloudantDetector", ("cloudant",)),
    ("discord", "DiscordBotTokenDetector", ("discord",)),
    ("github_token", "GitHubTokenDetector", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    ("gitlab_token", "GitLabTokenDetector", ("gl",)),
    ("ibm_cloud_iam", "IbmCloudIamDetector", ("ibm",)),
    ("ibm_cos_hmac", "IbmCosHmacDetector", ("ibm",)),
    ("mailchimp", "MailchimpDetector", ("mailchimp",)),
    ("private_key", "PrivateKeyDetector", ("-----begin", "putty-user-key")),
    ("pypi_token", "PypiTokenDetector", ("pypi-",)),
    ("sendgrid", "SendGridDetector", ("sg.",)),
    ("slack", "SlackDetector", ("xox", "hooks.slack.com")),
    ("softlayer", "SoftlayerDetector", ("softlayer",)),
    ("square_oauth", "SquareOAuthDetector", ("sq0csp",)),
    ("stripe", "StripeDetector", ("k_live",)),
    ("telegram_token", "TelegramBotTokenDetector", ("telegram", "bot")),
    ("twilio", "TwilioKeyDetector", ("twilio", "sid")),
)
_WORD: Final = re.compile(
    r"(?:api|auth|service|account|db|database|priv|private|client)_?key|(?:db|database|key)_?pass|passw|pwd|secret",
    re.IGNORECASE,
)
_LOOSE: Final = {
    "artifactory": re.compile("artifactory|jfrog", re.IGNORECASE),
    "cloudant": re.compile("cloudant", re.IGNORECASE),
    "ibm_cloud_iam": re.compile("ibm", re.IGNORECASE),
    "ibm_cos_hmac": re.compile("ibm", re.IGNORECASE),
    "mailchimp": re.compile("mailchimp|key|token", re.IGNORECASE),
    "softlayer": re.compile("softlayer", re.IGNORECASE),
    "telegram_token": re.compile("telegram|bot|token", re.IGNORECASE),
    "twilio": re.compile("twilio|account|sid|auth", re.IGNORECASE),
}
"""Whose form alone says little, for a digest has it too: what the line must name."""


_PIECE: Final = 16_000


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a plugin took for a secret."""

    line: int
    name: str
    value: str
    is_formed: bool
    """Whether the form of the value says what it is, not a word beside it."""


class Plugins:
    """The recognisers, loaded once. Raises MissingExtra where detect-secrets is absent."""

    def __init__(self) -> None:
        self._forms = [
            (module, words, getattr(need(f"detect_secrets.plugins.{module}"), name)()) for module, name, words in _FORMS
        ]
        self._keyword = need("detect_secrets.plugins.keyword").KeywordDetector()
        self._heuristic: Any = need("detect_secrets.filters.heuristic")

    def hits(self, text: str, most: int) -> Iterator[Hit]:
        """What the recognisers of forms find, line by line; lines over ``most`` characters are passed over."""
        low = text.lower()
        asked = [one for one in self._forms if any(word in low for word in one[1])]
        for first, lines in _pieces(text, most) if asked else ():
            piece = "\n".join(lines)
            for module, _, plugin in asked:
                if next(iter(plugin.analyze_string(piece)), None) is not None:
                    yield from self._told(module, plugin, first, lines)

    def _told(self, module: str, plugin: Any, first: int, lines: list[str]) -> Iterator[Hit]:
        for number, line in enumerate(lines, first):
            for value in plugin.analyze_string(line):
                if module not in _LOOSE or _LOOSE[module].search(line):
                    yield Hit(line=number, name=plugin.secret_type, value=value, is_formed=True)

    def assigned(self, text: str, most: int) -> Iterator[Hit]:
        """What the recogniser of words finds: quoted values that are given to a name that says it is secret."""
        if not _WORD.search(text):
            return
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) <= min(most, 500) and _WORD.search(line) and ('"' in line or "'" in line):
                for value in self._keyword.analyze_string(line):
                    yield Hit(line=number, name="a value given to a secret name", value=value, is_formed=False)

    def is_filler(self, value: str) -> bool:
        """Whether a value is a template, a series, a UUID or the like, by the heuristics of detect-secrets."""
        say = self._heuristic
        return bool(
            say.is_sequential_string(value)
            or say.is_templated_secret(value)
            or say.is_potential_uuid(value)
            or say.is_not_alphanumeric_string(value)
        )


def _pieces(text: str, most: int) -> Iterator[tuple[int, list[str]]]:
    """The lines in runs of some thousand characters, each with the number of its first; long lines as empty ones."""
    first, size = 1, 0
    kept: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if size > _PIECE:
            yield first, kept
            first, size, kept = number, 0, []
        kept.append(line if len(line) <= most else "")
        size += len(kept[-1]) + 1
    yield first, kept


@functools.cache
def plugins() -> Plugins:
    """The recognisers. Raises MissingExtra."""
    return Plugins()
