"""Labelled texts: mails, tickets, logs, JSON and code in eight languages, with values and with decoys.

The templates were written apart from the rules' own examples, but by the same people: what nobody here thought of is in
neither. ``{kind}`` is a value that is to be found, ``<kind>`` a decoy that is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from sensitive_values import Values


class Text(msgspec.Struct, frozen=True):
    """A text, and (kind, start, end) of each value in it."""

    text: str
    labels: tuple[tuple[str, int, int], ...]


_PERSONAL = (
    "Hello,\n\nplease change the mail of my account to {email}, and the number to {phone}.\n\nKind regards,\n{name}",
    "Ticket <order>: customer {name} wrote again ({email}); refund goes to {iban}, not to the card.",
    "{stamp_} INFO auth user={email} ip={ip_address} took <decimal> ms request_id=<uuid>",
    '{"id": <order>, "full_name": "{name}", "email": "{email}", "phone": "{phone}", "dob": "{date_of_birth}"}',
    "Charge {card} again, it expires 09/28. Order <order>, item <sku>.",
    "Bitte überweisen Sie den Betrag auf {iban}. Rückfragen an {email}.\n\nMit freundlichen Grüßen\n{name}",
    "Bonjour, je m'appelle {name}. Mon numéro est le {phone} et j'habite {address}. Merci !",
    "Hola, soy nueva. Me llamo {name}, escríbeme a {email} o llámame al {phone}.",
    "Buongiorno, mi chiamo {name} e il mio IBAN è {iban}.",
    "Goedemiddag, ik heet {name}. Mijn adres: {address}. Telefoon: {phone}.",
    "Dear {name},\nyour parcel <sku> goes to {address} tomorrow. The driver will ring {phone}.",
    'patient,mrn,dob,phone\n"{name}",{medical_record},{date_of_birth},{phone}\n',
    "Passport no. {passport}, born {date_of_birth}; the visa file is <order>.",
    "The tenant's driver's license is {driving_licence} and the car has license plate {licence_plate}.",
    "dhcpd: DHCPACK on {ip_address} to {mac_address} via eth0",
    "Kunde: {name}\nGeburtsdatum: {date_of_birth}\nAnschrift: {address}\nTel.: {phone}\nBestellung: <order>",
    "sender {email} bounced at <stamp>; queue id <hash>",
    "def test_login():\n    user = User(email='{email}', phone='{phone}')\n    assert user.id == <order>\n",
    "I moved: new address is {address}. My cell is {phone}, my name is {name} as before.",
    "Call me on {phone} after six. {name}",
    "Card number {card} and card <order> of the club are not the same thing.",
    "From: {name} <{email}>\nTo: support\nSubject: invoice <order>\n\nThe amount <number> was taken twice from {iban}.",
    "connection from {ip_address} refused, <number> bytes, build <version>",
    "Seu pedido <order> foi enviado. Dúvidas: {email}. Titular: {name}, CPF {br_cpf}.",
    "The MRN is {medical_record} and not {medical_record}; room <version>.",
)
_NATIONAL = {
    "us_ssn": ("SSN {}", "Social Security Number: {}", "my social is {}", '"ssn": "{}"', "we have {} on file for him"),
    "us_itin": ("ITIN: {}", "taxpayer number {}", "{}"),
    "uk_nhs": ("NHS no {}", "his NHS number is {}", '"nhs_number": "{}"'),
    "uk_nino": ("NI number: {}", "National Insurance {}", "{} was on the payslip"),
    "it_codice_fiscale": ("Codice fiscale: {}", "il mio CF è {}", "{}"),
    "fr_nir": ("N° de sécurité sociale : {}", "mon NIR est {}", "{}"),
    "es_dni": ("DNI: {}", "con NIF {}", "{}"),
    "nl_bsn": ("BSN {}", "burgerservicenummer: {}", '"bsn": {}'),
    "pl_pesel": ("PESEL: {}", "numer PESEL {}", '"pesel": "{}"'),
    "se_personnummer": ("personnummer {}", "Personnr: {}", "{}"),
    "fi_hetu": ("Henkilötunnus: {}", "hetu {}", "{}"),
    "no_fnr": ("fødselsnummer {}", "Fnr. {}", "pasient {}"),
    "br_cpf": ("CPF: {}", "cpf {}", "{}"),
    "br_cnpj": ("CNPJ {}", "empresa {}"),
    "ca_sin": ("SIN: {}", "social insurance number {}", "NAS {}"),
    "in_aadhaar": ("Aadhaar number {}", "aadhaar: {}", "UID {}"),
    "hr_oib": ("OIB: {}", "moj OIB je {}"),
    "ro_cnp": ("CNP {}", "cod numeric personal: {}"),
    "bg_egn": ("ЕГН: {}", "EGN {}"),
    "ee_lt_ik": ("isikukood {}", "Isikukood: {}"),
    "tr_tckn": ("TC Kimlik No {}", "T.C. kimlik numarası: {}"),
    "cn_id": ("身份证号码：{}", "居民身份证 {}", "id={}"),
    "kr_rrn": ("주민등록번호: {}", "{}"),
    "be_rrn": ("rijksregisternummer: {}", "numéro national {}", "INSZ {}"),
    "de_social_security": ("Sozialversicherungsnummer: {}", "RV-Nummer {}", "SV-Nr. {}"),
}
_SECRETS = (
    "export AWS_ACCESS_KEY_ID={aws_key}\nexport AWS_SECRET_ACCESS_KEY={api_key}",
    "my script fails with 401, the key is {openai_key}, what is wrong?",
    "client = Anthropic(api_key='{anthropic_key}')",
    "git clone https://{github_token}@github.com/acme/<word>.git",
    "remote: HTTP Basic: Access denied for {gitlab_token}",
    "SLACK_BOT_TOKEN={slack_token}\nPORT=8080\nVERSION=<version>",
    'stripe.api_key = "{stripe_key}"',
    "HF_TOKEN={huggingface_token} python train.py --steps <order>",
    "//registry.npmjs.org/:_authToken={npm_token}",
    "curl -H 'Authorization: Bearer {jwt}' https://api.acme.io/v1/<word>",
    "Can you check this key?\n{private_key}\nIt gives <hash>.",
    "DATABASE_URL=postgresql://app:{url_password}@db.internal:5432/shop",
    "The mongo string is mongodb+srv://admin:{url_password}@cluster0.x.mongodb.net/?retryWrites=true",
    "login: admin, password: {password}",
    "MYSQL_ROOT_PASSWORD='{password}'",
    "Das Passwort ist {password} und der Benutzer heißt root.",
    "maps: {gcp_key}",
    "config.yaml:\n  api_key: {api_key}\n  timeout: 30\n  region: eu-west-1",
    '{{"client_secret": "{api_key}", "expires": <epoch>}}'.replace("{{", "{").replace("}}", "}"),
    "the token {api_key} stopped working on <stamp>",
)
_DECOYS = (
    "Order <order> shipped at <stamp>, tracking <dashed>, weight <decimal> kg.",
    "commit <hash>\nAuthor: ci\nDate: <stamp>\n\n    bump to <version>",
    "ISBN <isbn> is out of stock; see <isbn> instead. <sentence>",
    "pip install numpy==<version> torch==<version>",
    "trace_id=<uuid> span=<hash> start=<epoch> dur=<decimal>",
    "The total is <number>, of which <number> was paid. Invoice <order>.",
    "<sentence> <sentence> <sentence>",
    "for i in range(<order>):\n    print(f'{i}: {values[i]}')\n# see issue 1234567",
    "Meeting notes, 12 March 2026, <title>. Next: 19/03/2026 at 10:15. Password reset is not in scope.",
    "What is the key to <word>? The token count was <number> and the secret is patience.",
    "background: url(data:image/png;base64,<blob>)",
    '{"sku": "<sku>", "batch": "<order>", "name": "<word>", "version": "<version>", "ts": <epoch>}',
    "Section <version> of the manual, page 112, table 4-3: torque 12-15 Nm at 1800-2400 rpm.",
    "password must have 12 characters; token: string; api_key: required; secret = get_secret('<word>')",
    "std::vector<int> v; auto t = std::chrono::steady_clock::now(); // 10:15:00",
    "<number> <number> <number> <decimal> <decimal>",
    "Lat 52.5200066, lon 13.404954, altitude 34.5; zoom 12; tile 2200/1343",
    "Dear all, the name of the product is <title>. Regards, the team",
    "serial no <order>-<order>, article <dashed>, checksum <hash>",
    "git@github.com:acme/<word>.git at v<version>, @mention, a@b, 5 @ 3.20",
)
_HELD = (
    "Subject: Re: delivery\n\nHey team,\n\nthe lady at the door said she is {name}; her mobile is {phone}. Box "
    "<sku>.\n\nBen",
    "<stamp> WARN [pay] declined card={card} amount=<decimal> country=DE ref=<uuid>",
    '{"user": {"fullName": "{name}", "contact": {"mail": "{email}", "tel": "{phone}"}, "lastIp": "{ip_address}"}, '
    '"n": <order>}',
    "INSERT INTO people (email, iban, born) VALUES ('{email}', '{iban}', '{date_of_birth}');",
    "| Name | IBAN |\n|---|---|\n| {name} | {iban} |\n",
    "Sehr geehrter Herr {name},\nIhre Karte {card} wurde gesperrt. Rufen Sie uns unter {phone} an.",
    "Mme {name}, née le {date_of_birth}, demeure {address}.",
    "Il signor {name} chiede il rimborso su {iban}; e-mail {email}.",
    "Mijn naam is {name}, ik woon op {address} en ben geboren op {date_of_birth}.",
    "Nazywam się {name}, mój e-mail to {email}, telefon {phone}.",
    "Name: {name}\nDate of birth: {date_of_birth}\nPassport number: {passport}\nMRN {medical_record}",
    "sshd[<order>]: Failed password for root from {ip_address} port 52144 ssh2",
    "arp: {ip_address} is at {mac_address} on en0",
    "His NHS number is {uk_nhs} and the NINO {uk_nino}; ours is case <order>.",
    "W-2 for {us_ssn}, employer EIN 12-3456789, box <number>",
    "Kennzeichen {licence_plate}, Führerschein {driving_licence}, Schaden <number> EUR",
    "import boto3\ns3 = boto3.client('s3', aws_access_key_id='{aws_key}', aws_secret_access_key='{api_key}')",
    "docker run -e OPENAI_API_KEY={openai_key} -e TAG=<version> app:<hash>",
    "  auth:\n    username: svc\n    password: {password}\n    retries: 5",
    "redis://:{url_password}@cache.internal:6379/0",
    "pushed by mistake: {github_token} (revoked <stamp>)",
    "Cookie: session={jwt}; theme=dark",
    "{private_key}",
    "webhook for slack bot {slack_token}, channel C<order>",
    "user said: pw is {password} lol",
    "Release <version> (build <order>) on <stamp>; sha256 <hash>",
    "SELECT count(*) FROM orders WHERE id BETWEEN <order> AND <order>; -- <number> rows",
    "Ref <dashed>/<dashed>, ISBN <isbn>, DOI 10.1000/182, RFC 2606, page 1234-1250",
    "The name of the wind is <title>. Dear reader, call me when you can: the address book is empty.",
    "score: <decimal>, p=<decimal>, n=<order>, t(<version>) token budget: <number>",
    "key idea: <sentence> secret sauce: patience. password policy: rotate yearly.",
    "POST /v1/items/<order>?cursor=<blob> 200 <decimal>ms trace=<hash>",
)
"""Written after the rules were fitted to the others. What its first runs led to is said in the guide: --held."""
_SLOT = re.compile(r"\{([a-z_]+)\}|<([a-z]+)>")
_KNOWN_DECOYS = frozenset(
    [
        "order",
        "sku",
        "version",
        "hash",
        "uuid",
        "stamp",
        "epoch",
        "isbn",
        "number",
        "decimal",
        "dashed",
        "blob",
        "word",
        "title",
        "sentence",
    ]
)


def held(seed: int, each: int) -> Iterator[Text]:
    """``each`` texts of the templates that no rule was fitted to."""
    values = Values(seed)
    for template in _HELD:
        for _ in range(each):
            yield _filled(values, template)


def texts(seed: int, each: int) -> Iterator[Text]:
    """``each`` texts of every template."""
    values = Values(seed)
    national = [line.replace("{}", f"{{{kind}}}") for kind, lines in _NATIONAL.items() for line in lines]
    for template in (*_PERSONAL, *_SECRETS, *_DECOYS):
        for _ in range(each):
            yield _filled(values, template)
    for template in national:
        for _ in range(max(1, each // 2)):
            before, after = values.make("sentence"), values.make("sentence")
            yield _filled(
                values,
                values.rng.choice(("{}", f"{before} {{}}. {after}", f"Hi,\n{{}}\n{after}")).replace("{}", template),
            )


def _filled(values: Values, template: str) -> Text:
    template = template.replace("{stamp_}", "<stamp>")
    parts: list[str] = []
    labels: list[tuple[str, int, int]] = []
    at = length = 0
    for slot in _SLOT.finditer(template):
        kind = slot[1] or slot[2]
        if (slot[2] and kind not in _KNOWN_DECOYS) or (slot[1] and kind in {"i", "values"}):
            continue
        value = values.make(kind)
        parts += template[at : slot.start()], value
        length += slot.start() - at
        if slot[1]:
            labels.append((kind, length, length + len(value)))
        length, at = length + len(value), slot.end()
    return Text("".join((*parts, template[at:])), tuple(labels))
