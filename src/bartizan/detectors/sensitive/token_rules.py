"""Tokens that say by their first letters whose they are. The examples are made up, and written in two pieces."""

from __future__ import annotations

import re
from collections.abc import Callable

from bartizan.detectors.sensitive.rule import Rule
from bartizan.detectors.sensitive.wallets import is_base58_address, is_bech32_address

_32, _36, _40 = (
    "0123456789abcdef" * 2,
    "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5",
    "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7n",
)
_86 = (_40 * 3)[:86]


class Token(Rule, frozen=True, kw_only=True):
    """A token by its form, from its first character to its last."""

    form: str
    """A regular expression, to be matched where a letter or digit stands that follows none."""
    check: Callable[[str], bool] | None = None


def _token(kind: str, name: str, form: str, *finds: str, passes: tuple[str, ...] = (), alone: float = 0.98) -> Token:
    return Token(kind=kind, name=name, form=form, finds=finds, passes=passes, alone=alone)  # type: ignore[arg-type]


TOKENS = (
    _token("aws_key", "aws_access_key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])",
           "id «AKIA" + "IOSFODNN7EXAMPLE»", passes=("AKIA" + "iosfodnn7example", "AKIA" + "IOSFODNN7EXAMPLEX")),
    _token("gcp_key", "google_api_key", r"AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])", f"key=«AIza{_36[:35]}»"),
    _token("gcp_key", "google_client_secret", r"GOCSPX-[0-9A-Za-z_-]{28}(?![0-9A-Za-z_-])", f"«GOCSPX-{_36[:28]}»"),
    _token("gcp_key", "google_access_token", r"(?<=ya29\.)[0-9A-Za-z_-]{20,512}", f"ya29.«{_40}»"),
    _token("azure_key", "azure_account_key", r"(?<=[Kk]ey=)[A-Za-z0-9+/]{86}==|(?<=[Kk]ey=)[A-Za-z0-9+/]{43}=(?!=)",
           f"AccountKey=«{_86}==»;", f"SharedAccessKey=«{_86[:43]}=»"),
    _token("azure_key", "azure_client_secret", r"(?<=[0-9]Q~)[0-9A-Za-z_.~-]{31,34}(?![0-9A-Za-z_~-])",
           f"abc8Q~«{_40[:34]}»"),
    _token("azure_key", "azure_sas", r"(?<=sig=)[A-Za-z0-9%]{43,56}(?:%3D|=)", f"&sig=«{_86[:43]}%3D»"),
    _token("github_token", "github_token", r"gh[pousr]_[A-Za-z0-9]{36,251}", f"git: «ghp_{_36}»"),
    _token("github_token", "github_fine_token", r"github_pat_[A-Za-z0-9_]{22,255}", f"«github_pat_{_40}»"),
    _token("gitlab_token", "gitlab_token", r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[0-9A-Za-z_-]{20,64}",
           f"«glpat-{_40[:20]}»"),
    _token("slack_token", "slack_token", r"xox[abeoprs]-[0-9A-Za-z-]{10,250}|xapp-[0-9]-[0-9A-Za-z-]{20,250}",
           "«xoxb-" + "123456789012-123456789012-aB3dE5gH7jK9mN1p»"),
    _token("slack_token", "slack_webhook", r"T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}(?![A-Za-z0-9])",
           f"hooks.slack.com/services/«T0AB1CD2E/B0AB1CD2E/{_36[:24]}»"),
    _token("stripe_key", "stripe_key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,247}|whsec_[A-Za-z0-9]{32,64}",
           f"«sk_live_{_36[:24]}»"),
    _token("anthropic_key", "anthropic_key", r"sk-ant-[0-9A-Za-z_-]{24,200}", f"«sk-ant-api03-{_40}»"),
    _token("openai_key", "openai_key", r"sk-(?:proj|svcacct|admin|None)-[0-9A-Za-z_-]{20,220}|"
                                       r"sk-[0-9A-Za-z]{32,64}(?![0-9A-Za-z])",
           f"«sk-proj-{_40}»", f"«sk-{_40}»", passes=("sk-" + "learn-contrib-extensions-and-more",)),
    _token("huggingface_token", "huggingface_token", r"(?:hf|api_org)_[A-Za-z0-9]{30,40}(?![A-Za-z0-9])",
        f"«hf_{_36[:34]}»",
           passes=("hf_" + "hub_download_with_progress_bar",)),
    _token("npm_token", "npm_token", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", f"«npm_{_36}»"),
    _token("pypi_token", "pypi_token", r"pypi-[0-9A-Za-z_-]{50,250}", f"«pypi-{_86}»"),
    _token("twilio_key", "twilio_key", r"(?:AC|SK)[0-9a-f]{32}(?![0-9A-Za-z])", f"«SK{_32}»"),
    _token("sendgrid_key", "sendgrid_key", r"(?<=SG\.)[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}",
        f"SG.«{_36[:22]}.{_86[:43]}»"),
    _token("telegram_token", "telegram_token", r"(?<=[0-9]:)AA[0-9A-Za-z_-]{33}(?![0-9A-Za-z_-])",
        f"123456789:«AA{_36[:33]}»"),
    _token("jwt", "jwt", r"eyJ[0-9A-Za-z_-]{8,1024}\.eyJ[0-9A-Za-z_-]{8,2048}(?:\.[0-9A-Za-z_-]{0,1000})?",
           "Bearer «eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWhlcmU»"),
    _token("service_token", "digitalocean", r"do[opr]_v1_[0-9a-f]{64}", f"«dop_v1_{_32}{_32}»"),
    _token("service_token", "shopify", r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}", f"«shpat_{_32}»"),
    _token("service_token", "grafana", r"glsa_[0-9A-Za-z_]{32,64}|glc_[0-9A-Za-z+/]{32,400}", f"«glsa_{_40}»"),
    _token("service_token", "docker", r"dckr_(?:pat|oat)_[0-9A-Za-z_-]{24,64}", f"«dckr_pat_{_36[:27]}»"),
    _token("service_token", "atlassian", r"AT[AC]TT3[0-9A-Za-z_=-]{40,250}", f"«ATATT3{_86}»"),
    _token("service_token", "groq", r"gsk_[0-9A-Za-z]{48,60}|xai-[0-9A-Za-z]{64,90}|pplx-[0-9A-Za-z]{40,60}|"
                                    r"r8_[0-9A-Za-z]{37,40}",
           f"«gsk_{_86[:52]}»"),
    _token("service_token", "databricks", r"dapi[0-9a-f]{32}(?:-[0-9])?(?![0-9A-Za-z])", f"«dapi{_32}»"),
    _token("service_token", "mailgun", r"key-[0-9a-f]{32}(?![0-9A-Za-z])", f"«key-{_32}»"),
    _token("service_token", "new_relic", r"NRAK-[0-9A-Z]{27}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
        f"«NRAK-{_40[:27].upper()}»"),
    _token("service_token", "vault", r"(?<=hv[sbr]\.)[0-9A-Za-z_-]{24,250}", f"hvs.«{_40}»"),
    _token("service_token", "square", r"sq0(?:atp|csp|idp)-[0-9A-Za-z_-]{22,43}|EAAA[0-9A-Za-z_-]{60}",
        f"«sq0atp-{_36[:22]}»"),
    _token("service_token", "supabase", r"sbp_[0-9a-f]{40}|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|"
                                        r"pcsk_[0-9A-Za-z_]{40,80}",
           f"«sbp_{_32}01234567»"),
    _token("service_token", "age", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", f"«AGE-SECRET-KEY-1{_86[:58].upper()}»"),
    Token(kind="crypto_wallet", name="bitcoin", form=r"[13][1-9A-HJ-NP-Za-km-z]{25,34}(?![0-9A-Za-z])", alone=0.97,
          check=is_base58_address, finds=("pay «1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa»",),
          passes=("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",)),
    Token(kind="crypto_wallet", name="bitcoin_segwit", form=r"bc1[02-9ac-hj-np-z]{25,87}(?![0-9A-Za-z])", alone=0.97,
          check=is_bech32_address, finds=("«bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»",),
          passes=("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",)),
    Token(kind="crypto_wallet", name="ethereum", form=r"0x[0-9A-Fa-f]{40}(?![0-9A-Za-z])", alone=0.8,
          check=lambda text: len(set(text)) > 8, finds=("to «0x52908400098527886E0F7030069857D2E4169EE7»",),
          passes=("0x" + "0" * 40, "0x5290840009852788")),
)  # fmt: skip
COMBINED = re.compile("|".join(f"(?P<r{number}>{rule.form})" for number, rule in enumerate(TOKENS)))
