"""Names, dates of birth and addresses: what a phrase before them introduces, in the larger European languages."""

from __future__ import annotations

import re
from typing import Literal

from bartizan.detectors.sensitive.rule import Rule

Value = Literal["name", "one_name", "any_name", "date", "address"]


class Introduced(Rule, frozen=True, kw_only=True):
    """A value after a phrase."""

    triggers: frozenset[bytes]
    """Words, one of which any text has that has the phrase: Latin-1, small."""
    follow: re.Pattern[bytes]
    """What must come after such a word for the rest to be looked at at all: cheap, over the text itself as Latin-1."""
    lead: re.Pattern[str]
    """The phrase up to where the value begins, over small letters."""
    value: Value
    """What must follow: two capitalised words; one is enough; small letters do as well; a date; an address."""
    alone: float = 0.85


def _words(words: str) -> frozenset[bytes]:
    return frozenset(one.encode("latin-1") for one in words.split())


_FIELD = r"[\"'`]?\]?\*{0,2}[ ]{0,3}(?:[:=|]|=>|,(?=[ ]?[\"']))\*{0,2}[ ]{0,3}[\"'`]?"
"""What stands between the name of a field and its value: in mails, JSON, YAML, tables and code."""
_AFTER_FIELD = re.compile(rb"[\"'`\]*]{0,5} {0,3}(?:[:=|,])")
_AFTER_ADDRESS = re.compile(rb"(?:[ _]?line)?(?:[ _]?1)?[\"'`\]*]{0,5} {0,3}(?:[:=|,])")
_THEN_CAPITAL = re.compile(rb"[.]? ?(?:[a-z]{2,4}\. ?){0,2}[A-Z\xc0-\xde?]")
_AFTER_SAID = re.compile(rb" (?:of the|is|ist|es|est|.{0,2}r|.) |'s | [A-Z\xc0-\xde?]")
_LINE_END = re.compile(rb"[,.!]? ?\n")
_AFTER_BORN = re.compile(rb"[^\n]{0,24}?[0-9]")
_AFTER_LIVES = re.compile(rb" [^\n]{0,40}?[0-9]")
_PEOPLE = (
    "first|last|full|given|family|middle|maiden|birth|customer|patient|contact|employee|client|person|guest|"
    "passenger|card ?holder|"
    "account ?holder|holder|recipient|sender|billing|shipping|user(?=[ _]?full)|legal|applicant|candidate|student|"
    "member|emergency contact|next of kin|vor|nach|familien|ehe|kunden|patienten|ansprech"
)
_ROLES = (
    "patient(?:in)?|customer|client|employee|contact|recipient|sender|applicant|candidate|passenger|guest|"
    "attendee|cardholder|"
    "account holder|kunde|kundin|mitarbeiter(?:in)?|ansprechpartner(?:in)?|versicherte[rn]?|mieter(?:in)?|cliente|"
    "paciente|titular|paziente|client\\(e\\)|destinataire|klant|pati.nt|interessent|antragsteller(?:in)?"
)
_MONTHS = (
    "jan|feb|mar|apr|ma[iyjg]|jun|jul|aug|sep|oct|nov|dec|mär|mrz|okt|dez|fév|avr|juil?|aoû|déc|ene|abr|ago|"
    "dic|gen|giu|lug|set|ott|mrt|mei|fev|out"
)
_TITLE = r"(?:(?:prof|dr|med)\.?[ ]){0,2}"

INTRODUCED = (
    Introduced(
        kind="name", name="name_said", value="any_name", follow=_AFTER_SAID, alone=0.85,
        triggers=_words("name heiße heisse nombre appelle llamo chiamo chamo heet naam imi nome namn navn"),
        lead=re.compile(
            r"(?<![a-z])(?:my (?:full )?name is|my name's|her name is|his name is|name of the (?:patient|customer) is|"
            r"mein name ist|ich hei(?:ß|ss)e|mi nombre es|me llamo|je m.appelle|mon nom est|mi chiamo|il mio nome "
            r".|meu nome .|"
            r"me chamo|mijn naam is|ik heet|mitt namn .r|mit navn er)[ ]"
        ),
        finds=("Hi, my name is «John Smith» and", "my name is «maria», hello",
            "Mein Name ist «Jörg Müller-Lüdenscheidt».",
               "me llamo «Ana García López»"),
        passes=("my name is on the list", "my name is not", "the name is wrong"),
    ),
    Introduced(
        kind="name", name="name_titled", value="one_name", follow=_THEN_CAPITAL, alone=0.8,
        triggers=_words("mr mrs ms mx dr prof herr herrn frau monsieur madame mme mlle señor señora sr sra signor "
                        "signora sig dhr mevr"),
        lead=re.compile(
            r"(?<![\w.])(?:(?:mr|mrs|ms|mx|dr|prof|sr|sra|mme|mlle|sig|dhr)(?:\.[ ]?|[ ])|(?:herrn?|frau|monsieur|"
            r"madame|señora?|"
            r"signora?|mevrouw|meneer)[ ])" + _TITLE
        ),
        finds=("Dear Mr «Smith»,", "asked Dr. «Anna Berg» to", "Sehr geehrte Frau Dr. «Meier»,", "Madame «Dupont»"),
        passes=("dr. no one", "ms office", "Mr. and", "Frau und", "10 ms later"),
    ),
    Introduced(
        kind="name", name="name_greeted", value="one_name", follow=_THEN_CAPITAL, alone=0.7,
        triggers=_words("dear liebe lieber hallo hi hello hey cher chère chere estimado estimada querido querida "
                        "caro cara beste geachte"),
        lead=re.compile(
            r"(?:\A|[\n>\"'])[ ]{0,3}(?:dear|lieber?|hallo|hi|hello|hey|ch[èe]re?|estimad[oa]|querid[oa]|caro|"
            r"cara|beste|gentile)[ ]"
        ),
        finds=("Dear «Anna»,\nthanks", "Hallo «Jörg»,", "\nHi «John Smith»,\n", "Cher «Pierre»,"),
        passes=("Dear Sir or Madam,", "Dear Team,", "Hi all,", "Hi There!", "Hello World!", "Dear Customer,",
            "Liebe Kolleginnen,"),
    ),
    Introduced(
        kind="name", name="name_signed", value="name", follow=_LINE_END, alone=0.75,
        triggers=_words("regards sincerely wishes yours faithfully thanks cheers grüßen gruß grüße cordialement "
                        "salutations saludos saluti atentamente groet groeten"),
        lead=re.compile(
            r"(?:regards|sincerely|yours|faithfully|wishes|thanks|cheers|gr(?:ü|ue)(?:ß|ss)en?|gru(?:ß|ss)|"
            r"cordialement|salutations|"
            r"saludos|saluti|atentamente|groet(?:en)?)[,.!]?[ ]?\n{1,2}[ ]{0,3}" + _TITLE
        ),
        finds=("Best regards,\n«John Smith»", "Mit freundlichen Grüßen\n\n«Anna Berg»\nFirma"),
        passes=("Best regards,\nthe team", "thanks\nMore", "Kind regards,\nCustomer Support"),
    ),
    Introduced(
        kind="name", name="name_field", value="one_name", follow=_AFTER_FIELD, alone=0.8,
        triggers=_words("name surname forename vorname nachname familienname prénom prenom nombre apellido "
                        "apellidos cognome nome nom firstname lastname fullname "
                        "naam voornaam achternaam customername patientname contactname cardholdername sobrenome "
                        "imi nazwisko kundenname"),
        lead=re.compile(
            rf"(?<![a-z])(?:(?:{_PEOPLE})['s]{{0,2}}[ _-]?(?:full[ _-]?)?name|surname|forename|prénom|prenom|"
            rf"apellidos?|cognome|voornaam|achternaam|"
            rf"sobrenome|nazwisko|nombre completo|nome completo|nom de famille|imi.){_FIELD}{_TITLE}"
        ),
        finds=("First name: «Anna»", '"last_name": "«O\'Brien»"', "customer_name='«Jane Doe»'", "Nachname: «Müller»"),
        passes=("first_name: string", "lastName: null", "Surname: ____", "product name: Blue Widget"),
    ),
    Introduced(
        kind="name", name="name_bare_field", value="name", follow=_AFTER_FIELD, alone=0.7,
        triggers=_words("name nom nome nombre naam namn navn"),
        lead=re.compile(rf"(?:\A|[\n\"'{{(;|*>-])[ ]{{0,8}}[\"']?(?:name|nom|nome|nombre|naam|namn|"
                        rf"navn){_FIELD}{_TITLE}"),
        finds=("Name: «Anna Berg»", '{"name": "«Jane van der Berg»", "id": 1}', "\n- Nombre: «Ana García»"),
        passes=('{"name": "my-service"}', "name: build", "file name: Annual Report", "name = value"),
    ),
    Introduced(
        kind="name", name="name_role", value="name", follow=_AFTER_FIELD, alone=0.75,
        triggers=_words("patient patientin customer client employee contact recipient sender applicant candidate "
                        "passenger guest attendee cardholder "
                        "holder kunde kundin mitarbeiter mitarbeiterin ansprechpartner ansprechpartnerin "
                        "versicherte versicherter mieter mieterin cliente paciente "
                        "titular paziente destinataire klant patiënt antragsteller antragstellerin"),
        lead=re.compile(rf"(?<![a-z])(?:{_ROLES}){_FIELD}{_TITLE}"),
        finds=("Patient: «Anna Berg», admitted", "Kunde: «Max Mustermann»", '"customer": "«Jane Doe»"'),
        passes=("Customer: see above", "client: Firefox", "Contact: support"),
    ),
    Introduced(
        kind="name", name="name_role_said", value="name", alone=0.65, follow=_THEN_CAPITAL,
        triggers=_words("patient patientin customer client employee applicant candidate passenger tenant kunde "
                        "kundin herr colleague cliente paciente klant"),
        lead=re.compile(
            r"(?<![a-z])(?:patient(?:in)?|customer|client|employee|applicant|candidate|passenger|tenant|kund(?:e|"
            r"in)|colleague|"
            r"cliente|paciente|klant)[ ]"
        ),
        finds=("our customer «Anna Berg» asked", "Patientin «Maria Huber» kommt"),
        passes=("customer Support is closed", "the client Firefox crashed"),
    ),
    Introduced(
        kind="date_of_birth", name="date_of_birth", value="date", follow=_AFTER_BORN, alone=0.92,
        triggers=_words("born dob birth birthday birthdate dateofbirth geboren geb geburtsdatum geburtstag né née "
                        "naissance nacido nacida "
                        "nacimiento nato nata nascita nascimento geboortedatum geboren født född urodzenia o"),
        lead=re.compile(
            r"(?<![a-z])(?:born|d\.?o\.?b\.?(?![a-z])|date[ _-]?of[ _-]?birth|birth[ _-]?da(?:te|y)|dateofbirth|"
            r"geboren|geb\.|"
            r"geburts(?:datum|tag)|née?(?![a-z])|date de naissance|nacid[oa]|fecha de nacimiento|nat[oa](?= )|"
            r"data di nascita|data de nascimento|"
            rf"geboortedatum|født|född|data urodzenia)(?:[^\w\n]|(?:on|the|am|le|el|il|is|was|den|op|em|in)(?= "
            rf")){{0,12}}?(?=[0-9]|{_MONTHS})"
        ),
        finds=("DOB: «12/03/1985»", "born on «12 March 1985» in", "Geburtsdatum: «03.12.1985»",
            '"date_of_birth": "«1985-03-12»"',
               "née le «12 août 1985»", "date of birth «March 12, 1985»", "geb. am «3. Dezember 1985»",
                   "nacida el «12 de marzo de 1985»"),
        passes=("born to run", "on 12/03/1985", "DOB: unknown", "due 2026-01-02, born yesterday"),
    ),
    Introduced(
        kind="address", name="address_field", value="address", follow=_AFTER_ADDRESS, alone=0.75,
        triggers=_words("address anschrift adresse dirección direccion indirizzo endereço adres streetaddress "
                        "domicilio street line"),
        lead=re.compile(
            rf"(?<![a-z])(?<!ip )(?<!ip_)(?<!mail )(?<!mac )(?<!web )(?:(?:home|street|postal|mailing|billing|"
            rf"shipping|delivery|residential)?[ _-]?"
            rf"address(?:[ _]?line)?(?:[ _]?1)?|anschrift|adresse|direcci[óo]n|domicilio|indirizzo|endereço|adres|"
            rf"street){_FIELD}"
        ),
        finds=("Address: «12 Rose Hill, Oxford OX1 2AB»", '"street_address": "«Lindenweg 5, 10115 Berlin»"'),
        passes=("IP address: 10.0.0.1", "address: see below", "Address: 0x7fff5fbff8c0", "email address: a@b.de"),
    ),
    Introduced(
        kind="address", name="address_said", value="address", alone=0.75, follow=_AFTER_LIVES,
        triggers=_words("lives live residing ship deliver wohnhaft wohnt address"),
        lead=re.compile(
            r"(?<![a-z])(?:lives? (?:at|in)|residing at|ship (?:it )?to|deliver (?:it )?to|wohnhaft in|wohnt "
            r"in(?: der)?|address is)[ ]"
        ),
        finds=("she lives at «14 Mill Lane, Leeds»", "ship it to «7 Elm Row, York YO1 7HH»"),
        passes=("he lives in 3 worlds", "ship to 12 customers"),
    ),
)  # fmt: skip
