"""Payment cards, and documents whose numbers prove nothing: those count only where a word names them."""

from __future__ import annotations

from bartizan.detectors.check_digits import is_card
from bartizan.detectors.sensitive.checks import is_varied
from bartizan.detectors.sensitive.numbers import Number

_DOCUMENT = (
    "#########",
    "########",
    "#######",
    "A########",
    "A#######",
    "AA#######",
    "AA######",
    "AAA######",
    "##AA#####",
)
_LICENCE = (
    "A#######",
    "A########",
    "A############",
    "########",
    "#########",
    "AA########",
    "A###-####-####",
    "AA#######",
)

_GERMAN = tuple(
    f"{'A' * town}-{'A' * letters}{sign}{'#' * digits}"
    for town in (1, 2, 3) for letters in (1, 2) for sign in " -" for digits in (1, 2, 3, 4)
)  # fmt: skip

CARDS = (
    Number(
        kind="card", name="card", check=is_card, alone=0.9, named=0.95,
        formats=("#### #### #### ####", "####-####-####-####", "#### ###### #####", "####-######-#####"),
        context=("card", "visa", "master", "amex", "credit", "debit", "karte", "carte", "tarjeta", "carta", "kaart"),
        finds=("card «4539 1488 0343 6467»", "«3782 822463 10005»"), passes=("4539 1488 0343 6468",),
    ),
    Number(
        kind="card", name="card_plain", check=is_card, alone=0.8, named=0.95,
        formats=("#############", "##############", "###############", "################", "###################"),
        context=("card", "visa", "master", "amex", "credit", "debit", "karte", "carte", "tarjeta", "carta", "kaart",
            "pan"),
        finds=("paid with «4539148803436467»",), passes=("order 4539148803436467", "4539148803436468"),
    ),
    Number(
        kind="passport", name="passport", formats=_DOCUMENT, check=is_varied, named=0.85, is_near=True,
        context=("passport", "reisepass", "passeport", "pasaporte", "passaporto", "paspoort", "passnummer", "паспорт",
            "护照"),
        finds=("passport number «X1234567»", "Reisepass: «C01X00T47»".replace("C01X00T47", "C12345678")),
        passes=("ticket X1234567", "passport office, ticket 123456789"),
    ),
    Number(
        kind="passport", name="passport_de", formats=("A##A##A##", "A##AAA#A#", "A#A#AAA##", "A##A#####", "A##AAAA##"),
        named=0.85, is_near=True, context=("passport", "reisepass", "personalausweis", "ausweis"),
        finds=("Reisepass: «C01X00T47»",), passes=("C01X00T47",),
    ),
    Number(
        kind="driving_licence", name="driving_licence", formats=_LICENCE, check=is_varied, named=0.85, is_near=True,
        context=(
            "driver's license", "drivers license", "driver license", "driving licence", "driving license",
                "driver’s license",
            "führerschein", "permis de conduire", "dl number", "dl no", "license number", "licence number", "rijbewijs",
            "permiso de conducir", "patente", "licencia de conducir",
        ),
        finds=("driver's license «D1234567»", "DL number: «A1234567»"), passes=("D1234567",
            "license MIT, build A1234567"),
    ),
    Number(
        kind="driving_licence", name="driving_licence_uk", formats=("AAAAA######AA#AA", "AAAAA######A##AA",
            "AAAAA######AAAAA"),
        alone=0.85, context=("driving licence", "licence"), finds=("licence «MORGA657054SM9IJ»",),
            passes=("MORGA65705SM9IJ",),
    ),
    Number(
        kind="medical_record", name="medical_record", named=0.9, is_near=True,
        formats=("######", "#######", "########", "#########", "##########", "###-###-###", "##-##-##", "AA######",
            "AAA######",
                 "AA#######", "A######", "A#######", "AAA-######", "AAA-#######", "AAA#######"),
        context=("mrn", "medical record", "patient id", "patient no", "patient number", "patientennummer",
            "patienten-id",
                 "hospital number", "chart no", "chart number", "numéro de patient", "fallnummer"),
        finds=("MRN: «00482913»", "patient ID «A482913»"), passes=("room 482913", "MRN missing, ticket 482913"),
    ),
    Number(
        kind="licence_plate", name="licence_plate", named=0.85, is_near=True,
        formats=(*_GERMAN, "A AA ####", "AA AA ####", "AAA AA ####",
                 "AA## AAA", "AA##AAA", "AA-###-AA", "AAA-####", "AAA ####", "AAA####", "#AAA###", "AAA-###",
                     "AAA ###", "AA ###AA",
                 "AA###AA", "#### AAA", "##-AAA-#", "##-AA-##", "AA-##-AA", "AAA #A##"),
        context=("licence plate", "license plate", "number plate", "plate", "kennzeichen", "immatriculation", "plaque",
                 "matrícula", "matricula", "targa", "kenteken", "registration"),
        finds=("license plate «7ABC123»", "Kennzeichen «AB-123-CD»", "plate «AB12 CDE»", "Kennzeichen «M-AB 1234»"),
            passes=("AB12 CDE",),
    ),
    Number(
        kind="national_id", name="national_id", check=is_varied, named=0.8, is_near=True,
        formats=("A########", "##########", "#########", "########", "###########", "############", "AA#######",
            "A#######", "AA######"),
        context=("national id", "id card", "identity card", "identity number", "personalausweis", "carte d'identité",
            "cédula",
                 "cedula", "documento de identidad", "carta d'identità", "dowód osobisty", "citizen id"),
        finds=("national ID «L87654321»",), passes=("L87654321",),
    ),
)  # fmt: skip
