"""Configurations, templates and code that lie beside a model and are run or believed with it.

decoding        bytes as text
invisible       characters that do not show
jinja           words of templates; folding: texts they put together; conditions: triggers; templates: what they do
json_reading    JSON in bounded memory; json_files: settings, tokenizers, notebooks; skops_nodes: schemas of skops
named_classes   classes and paths that settings name; regexes: patterns that take forever
xml_files       XML and PMML
code            Python code; names_in_code: what names stand for; shells: commands
requirements    lists of packages
plain           all other texts, each judged as everything that it is
"""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.format import Format
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import code, json_files, plain, requirements, templates, xml_files

FORMATS: Final[tuple[Format, ...]] = (
    xml_files.XML,
    json_files.JSON,
    plain.TEMPLATE,
    plain.CODE,
    plain.PACKAGES,
    plain.PLAIN_TEXT,
)
"""In the order in which they are asked. All are guesses: texts have no mark of their own."""
RULES: Final[tuple[Rule, ...]] = (
    *templates.RULES,
    *json_files.RULES,
    *xml_files.RULES,
    *code.RULES,
    *requirements.RULES,
    *plain.RULES,
)
