"""An extract schema that could not be applied is refused when it is read."""

import pytest

from joinedup.rules.foundation.errors import DefinitionError, Severity
from joinedup.rules.foundation.extract import Check, ColumnType, parse_schema
from joinedup.store.extracts import load_schemas, shipped_definitions

SCHEMA = """
id = "visits"
label = "Visits"
canonical = "activity"
valid_from = 2020-01-01
source = "invented"
key = ["visit_id"]
supersede = "key"
columns = [
    { name = "visit_id", type = "text", mandatory = true },
    { name = "start", type = "date", mandatory = true, min = 2000-01-01 },
    { name = "end", type = "date" },
    { name = "kind", type = "code", codes = "kinds" },
    { name = "cost", type = "money", min = 0 },
]
rules = [
    { id = "ends_after_start", check = "not_before", fields = ["end", "start"], message = "end before start" },
    { id = "kind_needs_cost", check = "required_if", fields = ["cost", "kind=paid|grant"], message = "no cost" },
]
"""


def test_a_mandatory_value_sets_its_row_aside_and_others_only_warn() -> None:
    schema = parse_schema(SCHEMA)
    assert schema.column("visit_id").severity is Severity.SET_ASIDE
    assert schema.column("cost").severity is Severity.WARNING
    assert schema.column("cost").type is ColumnType.MONEY


def test_codes_are_dated_by_the_first_mandatory_date() -> None:
    assert parse_schema(SCHEMA).code_date == "start"


def test_a_rule_may_name_the_values_it_depends_on() -> None:
    rule = parse_schema(SCHEMA).rules[1]
    assert (rule.check, rule.fields, rule.values) == (Check.REQUIRED_IF, ("cost", "kind"), ("paid", "grant"))


def test_the_version_follows_the_wording() -> None:
    assert parse_schema(SCHEMA).version != parse_schema(SCHEMA.replace("Visits", "Calls")).version


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('key = ["visit_id"]', 'key = ["visit"]', "does not declare: visit"),
        ('key = ["visit_id"]', "key = []", "needs a key"),
        ('name = "end"', 'name = "start"', "names a column twice: start"),
        ('type = "money"', 'type = "cash"', "not a valid ColumnType"),
        ("min = 2000-01-01", "min = 2000-01-01, max = 1999-01-01", "min is above max"),
        ("min = 2000-01-01", "min = 5", "Invalid isoformat|fromisoformat"),
        ('check = "not_before"', 'check = "later"', "not a valid Check"),
        ('fields = ["end", "start"]', 'fields = ["end"]', "takes 2 to 2 fields"),
        ("mandatory = true, min", "manditory = true, min", "means nothing: manditory"),
        ('name = "cost"', 'name = "Cost"', "lower case"),
        ('canonical = "activity"', 'canonical = "events"', "not a valid Canonical"),
        ('message = "no cost"', 'message = ""', "say in `message`"),
        ("columns = [", "columns = ", "not TOML"),
        ('source = "invented"', "", "'source' is missing|missing 1 required"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(before: str, after: str, says: str) -> None:
    assert before in SCHEMA
    with pytest.raises(DefinitionError, match=says):
        parse_schema(SCHEMA.replace(before, after, 1))


def test_every_shipped_schema_can_be_applied() -> None:
    schemas = load_schemas([shipped_definitions()])
    assert {"persons", "ecds", "apc", "cld", "objections", "series"} <= set(schemas)
