from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.catalog.load import load_catalog
from bartizan.catalog.resolve import Names, UnknownName, normalise

NAMES = Names(load_catalog())


@pytest.mark.parametrize(
    ("name", "entry", "says"),
    [
        ("DETECTODDINPUT", "anomalous_input_handling", "is now 'ANOMALOUS INPUT HANDLING'"),
        ("denialmodelservice", "ai_resource_exhaustion", "an old address of 'AI resource exhaustion'"),
        ("promptinputvalidation", "prompt_injection_io_handling", "is now 'PROMPT INJECTION I/O HANDLING'"),
        ("Model theft by reverse engineering from use", "model_exfiltration", "is now 'Model exfiltration'"),
        ("FILTERSENSITIVETRAINDATA", "filter_sensitive_train_data", "is retired and has no successor"),
        ("DEVDATAPROTECT", "dev_security", "was merged into 'DEV SECURITY'"),
        ("dev_data_protect", "dev_data_protect", "it was merged into 'DEV SECURITY'"),
        ("black-box attack", "zero_knowledge_evasion", "is now 'Zero-knowledge evasion'"),
    ],
)
def test_an_old_name_leads_to_its_entry_and_says_what_it_became(name: str, entry: str, says: str) -> None:
    found = NAMES.one(name)
    assert found is not None
    assert found.id == entry
    assert says in found.became


@pytest.mark.parametrize("name", ["evasion", "Evasion", "https://owaspai.org/go/evasion/", "owaspai.org/goto/EVASION"])
def test_a_current_name_or_address_says_nothing_about_becoming(name: str) -> None:
    found = NAMES.one(name)
    assert found is not None
    assert (found.id, found.became) == ("evasion", "")


def test_a_name_that_covered_several_things_leads_to_all_of_them() -> None:
    assert NAMES.one("Model theft") is None
    threats = [found.id for found in NAMES.lookup("model theft") if found.kind == "threat"]
    assert sorted(threats) == ["dev_model_leak", "model_exfiltration", "runtime_model_leak"]


def test_a_control_that_was_split_leads_to_both_parts() -> None:
    assert {found.id for found in NAMES.lookup("DETECTADVERSARIALINPUT")} == {
        "evasion_input_handling",
        "unwanted_input_series_handling",
    }


def test_a_current_name_goes_before_an_older_meaning_of_the_same_words() -> None:
    first, *others = NAMES.lookup("Transfer learning attack")
    assert first.id == "transfer_learning_variant"
    assert "supply_model_poison" in {found.id for found in others}
    assert NAMES.one("Transfer learning attack") == first


def test_a_threat_goes_before_the_group_of_controls_that_has_its_name() -> None:
    found = NAMES.lookup("data_poison")
    assert [(r.kind, r.id) for r in found] == [("threat", "data_poison"), ("group", "data_poison")]
    assert NAMES.one("data_poison") == found[0]


def test_a_number_of_a_list_leads_to_the_item_in_each_numbering() -> None:
    assert NAMES.one("LLM01") is None
    assert len(NAMES.lookup("LLM01")) == 3
    found = NAMES.one("LLM01:2025")
    assert found is not None
    assert found.id == "owasp_llm_top10_2025/LLM01"


def test_what_stands_in_brackets_may_be_left_out() -> None:
    found = NAMES.one("Model poisoning runtime")
    assert found is not None
    assert found.id == "runtime_model_poison"


def test_an_unknown_name_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'evasion'") as error:
        NAMES.lookup("evasoin")
    assert error.value.exit_code == 2


def test_a_name_like_none_says_how_to_look_it_up() -> None:
    with pytest.raises(UnknownName, match="bartizan catalog search"):
        NAMES.lookup("qqqqqqqqqq zzzzz")


@given(st.text())
def test_any_text_resolves_or_is_refused_in_one_printable_line(text: str) -> None:
    assert refusal(text).isprintable()


def refusal(text: str) -> str:
    try:
        assert NAMES.lookup(text)
    except UnknownName as error:
        return str(error)
    return ""


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
