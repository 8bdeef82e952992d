"""Commands of a shell: what in them opens the machine to somebody else."""

from __future__ import annotations

import re
from typing import Final

_REMOTE: Final = re.compile(
    r"/dev/(?:tcp|udp)/"
    r"|\b(?:nc|ncat|netcat)\b[^\n|;]{0,80}\s-(?:e|c|\w{0,3}e)\b"
    r"|\b(?:curl|wget|fetch)\b[^\n;]{0,400}\|\s{0,9}(?:sudo\s{1,9})?(?:ba|z|da|k)?sh\b"
    r"|\b(?:curl|wget|fetch)\b[^\n;]{0,400}\|\s{0,9}(?:sudo\s{1,9})?(?:python|perl|ruby|node)\d?\b"
    r"|\b(?:ba|z|da)?sh\s{1,9}(?:-c\s{1,9}[\"']?\$\(|<\(\s{0,9})\s{0,9}(?:curl|wget)"
    r"|\bbase64\s{1,9}(?:-d|-D|--decode)\b[^\n]{0,200}\|\s{0,9}(?:ba|z)?sh\b"
    r"|\bmkfifo\b[^\n]{0,200}\b(?:nc|sh|bash|openssl)\b"
    r"|\bbash\s{1,9}-i\b[^\n]{0,80}[<>]"
    r"|\bpowershell\b[^\n]{0,200}-(?:e|enc|encodedcommand)\b|\bIEX\b[^\n]{0,80}(?:DownloadString|WebClient)"
    r"|\b(?:python|perl|ruby|php)\d?\b[^\n]{0,40}-[ecr]\b[^\n]{0,200}\bsocket\b"
    r"|\bcrontab\s{1,9}-(?!l\b)|>>?\s{0,9}~?[\w/]{0,40}/?\.(?:bashrc|profile|zshrc|ssh/authorized_keys)\b"
    r"|\bcurl\b[^\n]{0,300}(?:-d|--data\S{0,10}|-F|-T)\s{0,3}\S{0,20}(?:@?/etc/|@?~?/?\.ssh|@?~?/?\.aws|\$\(env|\$\(cat|`env)"
    r"|\b(?:curl|wget)\b[^\n;&]{0,300}(?:-o|-O)\s{0,9}(\S{1,80})[^\n]{0,80}(?:&&|;)\s{0,9}(?:sudo\s)?(?:chmod|(?:ba)?sh|python\d?)\b",
    re.IGNORECASE,
)
_LINE: Final = 4_000
_HARMLESS: Final = re.compile(
    r"\s*(?:pip3?|python3?\s+-m\s+pip|conda|mamba|uv|apt(?:-get)?|ls|pwd|cat|head|tail|nvidia-smi|mkdir|cd|echo|unzip|wc|"
    r"git\s+(?:clone|lfs|status)|huggingface-cli|hf|du|df|lscpu|free|tree|which|tar|uname|date|rm)\b[^|;&`$<>]*$"
)


def remote_shell(text: str) -> str | None:
    """The part of commands that opens a shell to somebody else, runs what it downloads, or sends secrets away."""
    for line in text.replace("\\\n", " ").split("\n"):
        for start in range(0, max(len(line), 1), _LINE // 2):
            if found := _REMOTE.search(line[start : start + _LINE]):
                return line[max(0, found.start() + start - 20) : found.end() + start + 60].strip()
    return None


def is_everyday(command: str) -> bool:
    """Whether a command in a notebook is one that prepares a folder or shows something."""
    return _HARMLESS.match(command[:_LINE]) is not None
