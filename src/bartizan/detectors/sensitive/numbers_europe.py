"""Europe's national numbers."""

from __future__ import annotations

from bartizan.detectors import check_digits as known
from bartizan.detectors.sensitive import checks_europe as check
from bartizan.detectors.sensitive.numbers import Number

EUROPE = (
    Number(
        kind="uk_nhs", name="uk_nhs", formats=("##########", "### ### ####", "###-###-####"), check=known.is_nhs,
        context=("nhs",),
        finds=("NHS number «943 476 5919»", "nhs_no: «9434765919»"),
        passes=("NHS number 943 476 5918", "call 943 476 5919"),
    ),
    Number(
        kind="uk_nino", name="uk_nino", formats=("AA######A", "AA ## ## ## A"), check=check.is_nino, alone=0.8,
        context=("national insurance", "nino", "ni number", "ni no"),
        finds=("NI number «AB 12 34 56 C»", "he gave «AB123456C» at the desk"), passes=("DA123456C", "ab123456z"),
    ),
    Number(
        kind="de_steuer_id", name="de_steuer_id", formats=("###########", "## ### ### ###"), check=known.is_steuer_id,
        context=("steuer", "idnr", "tax", "tin", "identifikationsnummer"),
        finds=("Steuer-ID: «86 095 742 719»", "IdNr «86095742719»"), passes=("Steuer-ID: 86095742710", "86095742719"),
    ),
    Number(
        kind="de_social_security", name="de_rvnr", formats=("########A###", "## ###### A ###"), check=check.is_rvnr,
        alone=0.8, context=("sozialversicherung", "rentenversicherung", "sv-nummer", "sv-nr", "svnr", "rvnr",
            "versicherung"),
        finds=("SV-Nummer «15 070649 C 103»", "«15070649C103»"), passes=("15 070649 C 104",),
    ),
    Number(
        kind="fr_nir", name="fr_nir", check=known.is_nir, alone=0.9,
        formats=("###############", "# ## ## ## ### ### ##", "# ## ## ## ### ### ### ##", "############# ##"),
        context=("sécurité sociale", "securite sociale", "nir", "insee", "numéro de sécu", "social security"),
        finds=("NIR «1 85 05 78 006 084 91»", "sécurité sociale: «185057800608491»"),
        passes=("1 85 05 78 006 084 92",),
    ),
    Number(
        kind="fr_nir", name="fr_nir_corsica", check=check.is_corsican_nir, alone=0.9,
        formats=("######A########", "# ## ## #A ### ### ##"), context=("sécurité sociale", "nir", "insee"),
        finds=("NIR «288102A00467962»",), passes=("288102A00467963",),
    ),
    Number(
        kind="es_dni", name="es_dni", formats=("########A", "########-A", "##.###.###-A", "##.###.###A"),
        check=known.is_dni, alone=0.9, context=("dni", "nif", "documento", "identidad"),
        finds=("DNI «12345678Z»", "con «12345678-Z»", "DNI: «12.345.678-Z»"), passes=("DNI 12345678A",),
    ),
    Number(
        kind="es_dni", name="es_nie", formats=("A#######A", "A-#######-A", "A#######-A"),
        check=lambda text: text[0] in "XYZ" and known.is_dni(text), alone=0.9, context=("nie", "extranjero"),
        finds=("NIE «X1234567L»", "«X-1234567-L»"), passes=("X1234567A", "A1234567L"),
    ),
    Number(
        kind="it_codice_fiscale", name="it_codice_fiscale", formats=("AAAAAA##A##A###A",),
        check=check.is_codice_fiscale, alone=0.97, context=("codice fiscale", "c.f."),
        finds=("CF «RSSMRA85M01H501Q»", "«rssmra85m01h501q»"), passes=("RSSMRA85M01H501Z",),
    ),
    Number(
        kind="nl_bsn", name="nl_bsn", formats=("#########", "####.##.###", "### ### ###"), check=known.is_bsn,
        context=("bsn", "burgerservice", "sofi"),
        finds=("BSN: «111222333»",), passes=("BSN: 111222334", "111222333"),
    ),
    Number(
        kind="pl_pesel", name="pl_pesel", formats=("###########",), check=known.is_pesel, context=("pesel",),
        finds=("PESEL «44051401359»",), passes=("PESEL 44051401358", "44051401359"),
    ),
    Number(
        kind="be_rrn", name="be_rrn", formats=("##.##.##-###.##", "##.##.## ###.##"), check=check.is_rrn, alone=0.97,
        finds=("«85.07.30-033.28»",), passes=("85.07.30-033.29",),
    ),
    Number(
        kind="be_rrn", name="be_rrn_plain", formats=("###########", "######-###-##"), check=check.is_rrn,
        context=("rijksregister", "registre national", "national register", "numéro national", "insz", "niss", "rrn",
            "nationaal nummer"),
        finds=("rijksregisternummer «85073003328»",), passes=("85073003328",),
    ),
    Number(
        kind="se_personnummer", name="se_personnummer", formats=("######-####", "########-####", "######+####"),
        check=check.is_personnummer, alone=0.85, context=("personnummer", "samordningsnummer", "person", "pnr", "ssn"),
        finds=("personnummer «811228-9874»", "född «19811228-9874»"), passes=("811228-9875", "811328-9874"),
    ),
    Number(
        kind="se_personnummer", name="se_personnummer_plain", formats=("##########", "############"),
        check=check.is_personnummer, context=("personnummer", "samordningsnummer", "pnr"),
        finds=("personnummer: «198112289874»",), passes=("198112289874",),
    ),
    Number(
        kind="fi_hetu", name="fi_hetu", check=check.is_hetu, alone=0.95,
        formats=tuple(f"######{sign}###{last}" for sign in "-+A" for last in "A#"),
        context=("henkilötunnus", "hetu"),
        finds=("hetu «131052-308T»", "«131052A308T»"), passes=("131052-308U",),
    ),
    Number(
        kind="dk_cpr", name="dk_cpr", formats=("######-####",), check=check.is_cpr, alone=0.6,
        context=("cpr", "personnummer", "fødsels", "cpr-nr"),
        finds=("CPR «070761-4285»",), passes=("CPR 990761-4285", "order 070761-4285"),
    ),
    Number(
        kind="dk_cpr", name="dk_cpr_plain", formats=("##########", "###### ####"), check=check.is_cpr, context=("cpr",),
        finds=("cpr-nr. «0707614285»",), passes=("0707614285",),
    ),
    Number(
        kind="pt_nif", name="pt_nif", formats=("#########", "### ### ###"), check=check.is_nif,
        context=("nif", "contribuinte", "fiscal"),
        finds=("NIF «123 456 789»", "contribuinte n.º «123456789»"), passes=("NIF 123456788", "123456789"),
    ),
    Number(
        kind="no_fnr", name="no_fnr", formats=("###########", "###### #####"), check=check.is_fodselsnummer, alone=0.75,
        context=("fødselsnummer", "fodselsnummer", "personnummer", "fnr", "d-nummer"),
        finds=("fødselsnummer «01010750160»", "«010107 50160»"), passes=("fødselsnummer 01010750161",),
    ),
    Number(
        kind="at_svnr", name="at_svnr", formats=("#### ######", "##########"), check=check.is_svnr,
        context=("sozialversicherung", "svnr", "sv-nr", "sv-nummer", "versicherungsnummer"),
        finds=("SVNR «1237 010180»",), passes=("SVNR 1238 010180", "1237 010180"),
    ),
    Number(
        kind="ch_ahv", name="ch_ahv", formats=("###.####.####.##", "#############"), check=check.is_ahv, alone=0.93,
        context=("ahv", "avs", "sozialversicherung"),
        finds=("AHV «756.9217.0769.85»", "«7569217076985»"), passes=("756.9217.0769.84",),
    ),
    Number(
        kind="ie_pps", name="ie_pps", formats=("#######A", "#######AA"), check=check.is_pps, alone=0.7,
        context=("pps", "personal public service"),
        finds=("PPS number «1234567T»", "PPSN «1234567FA»"), passes=("1234567B",),
    ),
    Number(
        kind="gr_afm", name="gr_afm", formats=("#########",), check=check.is_afm, context=("afm", "αφμ", "α.φ.μ"),
        finds=("ΑΦΜ: «090034337»",), passes=("AFM 090034338", "090034337"),
    ),
    Number(
        kind="cz_rc", name="cz_rc", formats=("######/####",), check=check.is_rodne_cislo, alone=0.85,
        context=("rodné číslo", "rodne cislo", "r.č", "rč"),
        finds=("rodné číslo «736028/5163»",), passes=("736028/5164",),
    ),
    Number(
        kind="hu_taj", name="hu_taj", formats=("### ### ###", "###-###-###", "#########"), check=check.is_taj,
        context=("taj",), finds=("TAJ szám: «111 222 337»",), passes=("TAJ 111 222 332", "111 222 337"),
    ),
    Number(
        kind="ro_cnp", name="ro_cnp", formats=("#############",), check=check.is_cnp,
        context=("cnp", "cod numeric"), finds=("CNP «1800101221144»",), passes=("CNP 1800101221145",),
    ),
    Number(
        kind="bg_egn", name="bg_egn", formats=("##########",), check=check.is_egn, context=("egn", "егн"),
        finds=("ЕГН «7523169263»",), passes=("EGN 7523169264", "7523169263"),
    ),
    Number(
        kind="hr_oib", name="hr_oib", formats=("###########",), check=check.is_oib, context=("oib",),
        finds=("OIB: «33392005961»",), passes=("OIB: 33392005962", "33392005961"),
    ),
    Number(
        kind="ee_lt_ik", name="ee_lt_ik", formats=("###########",), check=check.is_isikukood,
        context=("isikukood", "asmens kod"), finds=("isikukood «37605030299»",), passes=("37605030299",),
    ),
    Number(
        kind="tr_tckn", name="tr_tckn", formats=("###########",), check=check.is_tckn,
        context=("tc kimlik", "t.c.", "tckn", "kimlik"),
        finds=("TC Kimlik No: «10000000146»",), passes=("TC Kimlik 10000000147", "10000000146"),
    ),
    Number(
        kind="ru_snils", name="ru_snils", formats=("###-###-### ##", "###########"), check=check.is_snils,
        context=("снилс", "snils"), finds=("СНИЛС «112-233-445 95»",), passes=("СНИЛС 112-233-445 96",),
    ),
    Number(
        kind="ru_inn", name="ru_inn", formats=("############",), check=check.is_inn, context=("инн", "inn"),
        finds=("ИНН «500100732259»",), passes=("ИНН 500100732258", "500100732259"),
    ),
)  # fmt: skip
