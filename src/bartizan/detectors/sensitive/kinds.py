"""The closed vocabulary of what may be found, in two families."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

PersonalKind: TypeAlias = Literal[
    "email", "phone", "iban", "card", "name", "address", "date_of_birth", "ip_address", "mac_address", "passport",
    "driving_licence", "licence_plate", "medical_record", "crypto_wallet", "national_id", "us_ssn", "us_itin",
    "uk_nhs", "uk_nino", "de_steuer_id", "de_social_security", "fr_nir", "es_dni", "it_codice_fiscale", "nl_bsn",
    "pl_pesel", "be_rrn", "se_personnummer", "fi_hetu", "dk_cpr", "pt_nif", "no_fnr", "at_svnr", "ch_ahv", "ie_pps",
    "gr_afm", "cz_rc", "hu_taj", "ro_cnp", "bg_egn", "hr_oib", "ee_lt_ik", "tr_tckn", "ru_snils", "ru_inn", "ca_sin",
    "mx_curp", "br_cpf", "br_cnpj", "ar_cuil", "cl_rut", "in_aadhaar", "in_pan", "au_tfn", "au_medicare", "nz_ird",
    "za_id", "cn_id", "jp_my_number", "kr_rrn", "sg_nric", "th_id", "tw_id", "il_id",
]  # fmt: skip
SecretKind: TypeAlias = Literal[
    "aws_key", "gcp_key", "azure_key", "github_token", "gitlab_token", "slack_token", "stripe_key", "openai_key",
    "anthropic_key", "huggingface_token", "npm_token", "pypi_token", "twilio_key", "sendgrid_key", "telegram_token",
    "service_token", "jwt", "private_key", "url_password", "password", "api_key", "high_entropy",
]  # fmt: skip
Kind: TypeAlias = PersonalKind | SecretKind

PERSONAL: frozenset[Kind] = frozenset(get_args(PersonalKind))
SECRETS: frozenset[Kind] = frozenset(get_args(SecretKind))
KINDS: frozenset[Kind] = PERSONAL | SECRETS
