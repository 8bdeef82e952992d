"""National numbers outside Europe."""

from __future__ import annotations

from bartizan.detectors.sensitive import checks_world as check
from bartizan.detectors.sensitive.numbers import Number

WORLD = (
    Number(
        kind="us_ssn", name="us_ssn", formats=("###-##-####",), check=check.is_ssn, alone=0.85,
        context=("ssn", "social security", "social"),
        finds=("SSN «219-09-9999»", "it was «219-09-9999»."), passes=("SSN 000-12-3456", "219-09-99991",
            "order 219-09-9999"),
    ),
    Number(
        kind="us_ssn", name="us_ssn_plain", formats=("#########", "### ## ####"), check=check.is_ssn,
        context=("ssn", "social security"),
        finds=("ssn: «219099999»", "social security number «219 09 9999»"), passes=("219099999", "ssn 666099999"),
    ),
    Number(
        kind="us_itin", name="us_itin", formats=("###-##-####",), check=check.is_itin, alone=0.8,
        context=("itin", "taxpayer", "tin"), finds=("ITIN «912-70-1234»",), passes=("912-33-1234",),
    ),
    Number(
        kind="us_itin", name="us_itin_plain", formats=("#########",), check=check.is_itin, context=("itin", "taxpayer"),
        finds=("itin=«912701234»",), passes=("912701234",),
    ),
    Number(
        kind="ca_sin", name="ca_sin", formats=("### ### ###", "###-###-###", "#########"), check=check.is_sin,
        context=("sin", "social insurance", "nas", "assurance sociale"),
        finds=("SIN «130 692 544»",), passes=("SIN 130 692 545", "130 692 544"),
    ),
    Number(
        kind="mx_curp", name="mx_curp", formats=("AAAA######AAAAAA##", "AAAA######AAAAAAA#"), check=check.is_curp,
        alone=0.97, context=("curp",), finds=("CURP «HEGG560427MVZRRL04»",), passes=("HEGG560427MVZRRL05",),
    ),
    Number(
        kind="br_cpf", name="br_cpf", formats=("###.###.###-##",), check=check.is_cpf, alone=0.97,
        context=("cpf",), finds=("CPF «529.982.247-25»",), passes=("529.982.247-26",),
    ),
    Number(
        kind="br_cpf", name="br_cpf_plain", formats=("###########", "#########-##"), check=check.is_cpf,
        context=("cpf", "cadastro de pessoa"), finds=("cpf: «52998224725»",), passes=("52998224725",),
    ),
    Number(
        kind="br_cnpj", name="br_cnpj", formats=("##.###.###/####-##", "########/####-##"), check=check.is_cnpj,
        alone=0.97, context=("cnpj",), finds=("CNPJ «11.222.333/0001-81»",), passes=("11.222.333/0001-82",),
    ),
    Number(
        kind="br_cnpj", name="br_cnpj_plain", formats=("##############",), check=check.is_cnpj, context=("cnpj",),
        finds=("cnpj «11222333000181»",), passes=("11222333000181",),
    ),
    Number(
        kind="ar_cuil", name="ar_cuil", formats=("##-########-#",), check=check.is_cuil, alone=0.93,
        context=("cuil", "cuit"), finds=("CUIL «20-12345678-6»",), passes=("20-12345678-7",),
    ),
    Number(
        kind="cl_rut", name="cl_rut", check=check.is_rut, alone=0.85, context=("rut", "run"),
        formats=("##.###.###-#", "##.###.###-A", "#.###.###-#", "#.###.###-A"),
        finds=("RUT «12.345.678-5»", "RUT «10.000.013-K»"), passes=("12.345.678-6",),
    ),
    Number(
        kind="cl_rut", name="cl_rut_plain", formats=("########-#", "########-A", "#######-#"), check=check.is_rut,
        context=("rut",), finds=("RUT: «12345678-5»",), passes=("12345678-5",),
    ),
    Number(
        kind="in_aadhaar", name="in_aadhaar", formats=("#### #### ####", "####-####-####"), check=check.is_aadhaar,
        alone=0.7, context=("aadhaar", "aadhar", "uidai", "uid", "आधार"),
        finds=("Aadhaar «2345 6789 0124»",), passes=("2345 6789 0123",),
    ),
    Number(
        kind="in_aadhaar", name="in_aadhaar_plain", formats=("############",), check=check.is_aadhaar,
        context=("aadhaar", "aadhar", "uidai"), finds=("aadhaar no. «234567890124»",), passes=("234567890124",),
    ),
    Number(
        kind="in_pan", name="in_pan", formats=("AAAAA####A",), check=check.is_pan, alone=0.6,
        context=("pan", "permanent account", "income tax"), finds=("PAN «ABCPE1234F»",), passes=("ABCDE1234F",),
    ),
    Number(
        kind="au_tfn", name="au_tfn", formats=("### ### ###", "#########"), check=check.is_tfn,
        context=("tfn", "tax file"), finds=("TFN «123 456 782»",), passes=("TFN 123 456 781", "123 456 782"),
    ),
    Number(
        kind="au_medicare", name="au_medicare", formats=("#### ##### #", "##########", "#### ##### #/#",
            "#### ##### # #"),
        check=check.is_medicare, context=("medicare",),
        finds=("Medicare card «2123 45670 1»",), passes=("Medicare 2123 45671 1", "2123 45670 1"),
    ),
    Number(
        kind="nz_ird", name="nz_ird", formats=("##-###-###", "###-###-###", "########", "#########"),
            check=check.is_ird,
        context=("ird", "inland revenue"), finds=("IRD «49-091-850»",), passes=("IRD 49-091-851", "49-091-850"),
    ),
    Number(
        kind="za_id", name="za_id", formats=("#############", "###### #### ###"), check=check.is_za_id,
        context=("south african id", "id number", "identity number", "sa id", "id no", "rsa id"),
        finds=("ID number «8001015009087»",), passes=("8001015009088",),
    ),
    Number(
        kind="cn_id", name="cn_id", formats=("##################", "#################A"), check=check.is_cn_id,
            alone=0.95,
        context=("身份证", "identity card"), finds=("身份证号«11010519491231002X»",), passes=("110105194912310021",),
    ),
    Number(
        kind="jp_my_number", name="jp_my_number", formats=("############", "#### #### ####", "####-####-####"),
        check=check.is_my_number, context=("my number", "マイナンバー", "個人番号", "mynumber"),
        finds=("マイナンバー: «1234 5678 9018»",), passes=("1234 5678 9018", "my number 1234 5678 9019"),
    ),
    Number(
        kind="kr_rrn", name="kr_rrn", formats=("######-#######",), check=check.is_kr_rrn, alone=0.85,
        context=("주민등록", "resident registration", "rrn"), finds=("주민등록번호 «900101-1234567»",),
            passes=("901301-1234567",),
    ),
    Number(
        kind="sg_nric", name="sg_nric", formats=("A#######A",), check=check.is_nric, alone=0.85,
        context=("nric", "fin"), finds=("NRIC «S1234567D»",), passes=("S1234567A",),
    ),
    Number(
        kind="th_id", name="th_id", formats=("#-####-#####-##-#", "# #### ##### ## #"), check=check.is_thai_id,
            alone=0.93,
        context=("thai id", "บัตรประชาชน"), finds=("«1-1012-00000-01-1»",), passes=("1-1012-00000-01-6",),
    ),
    Number(
        kind="tw_id", name="tw_id", formats=("A#########",), check=check.is_tw_id, alone=0.7,
        context=("身分證", "taiwan id", "national id"), finds=("身分證字號 «A123456789»",), passes=("A123456788",),
    ),
    Number(
        kind="il_id", name="il_id", formats=("#########", "########-#"), check=check.is_il_id,
        context=("teudat zehut", "israeli id", "תעודת זהות", "ת.ז"), finds=("Israeli ID «123456782»",),
            passes=("123456782",),
    ),
)  # fmt: skip
