"""Two descriptions compared field by field, and what the comparison weighs."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add, and_, or_
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.identity.functions import digits_apart, edits, similarity
from joinedup.evidence.identity.model import Comparison, LinkModel, centibits

MISSING: Final = -1
GENERATION_YEARS: Final = 12
#: One changed letter or one swap keeps the similarity of two codes above 1 - ONE_SLIP / length, two do not.
ONE_SLIP: Final = 0.65

Tests = dict[str, ir.BooleanValue]
Side = Callable[[str], ir.Value]


def sides(pairs: ir.Table) -> tuple[Side, Side]:
    """The two descriptions of a pair: columns ending in _l and in _r."""
    return (lambda name: pairs[f"{name}_l"]), (lambda name: pairs[f"{name}_r"])


def compare(pairs: ir.Table, model: LinkModel) -> ir.Table:
    """How each pair compares in each field: the position of the first level that holds, -1 where one side is missing.

    Args:
        pairs: grain one pair of descriptions; normalised columns ending in _l and _r.
        model: names the comparisons and their levels.

    Returns:
        The pairs with one column `level_<comparison>` each.
    """
    return pairs.mutate(**{f"level_{each.id}": _position(pairs, each) for each in model.comparisons})


def level_tests(pairs: ir.Table, comparison: Comparison) -> tuple[ir.BooleanValue, Tests]:
    """Whether a side is missing, and the test of each level in the order of the model; the last one always holds."""
    left_of, right_of = sides(pairs)
    tests = _TESTS[comparison.kind](left_of, right_of, comparison.column)
    missing = left_of(comparison.column).isnull() | right_of(comparison.column).isnull()
    if comparison.kind == "forename":
        missing = missing | (left_of("forename").startswith("#") != right_of("forename").startswith("#"))
    return missing, tests


def _position(pairs: ir.Table, comparison: Comparison) -> ir.IntegerValue:
    missing, tests = level_tests(pairs, comparison)
    branches: list[tuple[ir.BooleanValue, int]] = [(missing, MISSING)]
    branches += [(tests[level.id], i) for i, level in enumerate(comparison.levels[:-1])]
    return ibis.cases(*branches, else_=len(comparison.levels) - 1).cast("int8")


def _number(left_of: Side, right_of: Side, column: str) -> Tests:
    return {"same": left_of(column) == right_of(column)}


def _swapped(left_of: Side, right_of: Side) -> ir.BooleanValue:
    """Forename and surname in each other's place, with room for a slip after the first letter."""
    initials = (left_of("forename").left(1) == right_of("surname").left(1)) & (
        left_of("surname").left(1) == right_of("forename").left(1)
    )
    crossed = similarity(left_of("forename"), right_of("surname")) >= 0.9
    return initials & crossed & (similarity(left_of("surname"), right_of("forename")) >= 0.9)


def _forename(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    initial = (left.length() == 1) | (right.length() == 1)
    starts = (ibis.least(left.length(), right.length()) >= 2) & (left.startswith(right) | right.startswith(left))
    short = left.startswith(right_of("forename_stem")) | right.startswith(left_of("forename_stem"))
    return {
        "exact": left == right,
        "nickname": (left_of("forename_root") == right_of("forename_root")) | starts | short.fill_null(False),
        "initial": initial & (left.left(1) == right.left(1)),
        "close": similarity(left, right) >= 0.88,
        "swapped": _swapped(left_of, right_of),
        "similar": similarity(left, right) >= 0.8,
    }


def _surname(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    part = left_of("surname_parts").contains(ibis.literal(" ") + right + " ") | right_of("surname_parts").contains(
        ibis.literal(" ") + left + " "
    )
    return {
        "exact": left == right,
        "part": part.fill_null(False),
        "close": similarity(left, right) >= 0.88,
        "swapped": _swapped(left_of, right_of),
        "similar": similarity(left, right) >= 0.8,
    }


def _date(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    year, month, day = ((left.substr(a, n) == right.substr(a, n)).cast("int8") for a, n in ((0, 4), (4, 2), (6, 2)))
    years = left_of("birth_year").try_cast("int64") - right_of("birth_year").try_cast("int64")
    return {
        "exact": left == right,
        "swapped": left == right_of("dob_swapped"),
        "near": digits_apart(left, right) <= 1,
        "parts": year + month + day >= 2,
        "generation": years.abs() >= GENERATION_YEARS,
    }


def _postcode(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    least = 1 - ONE_SLIP / ibis.least(left.length(), right.length())
    return {
        "exact": left == right,
        "near": (left.left(1) == right.left(1)) & (similarity(left, right) >= least),
        "sector": left.left(left.length() - 2) == right.left(right.length() - 2),
        "outward": (left_of("outward") == right_of("outward")).fill_null(False),
    }


def _address(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    same_house = left_of("house") == right_of("house")
    return {
        "exact": same_house & (left == right),
        "close": same_house & (similarity(left, right) >= 0.86),
        "street": similarity(left, right) >= 0.92,
    }


def _death(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    days = left.delta(right, unit="day").abs()
    return {"exact": left == right, "near": days <= 31}


def _extra(left_of: Side, right_of: Side, column: str) -> Tests:
    left, right = left_of(column), right_of(column)
    return {
        "exact": left == right,
        "close": edits(left, right) <= 1,
        "similar": similarity(left, right) >= 0.9,
    }


_TESTS: Final[dict[str, Callable[..., Tests]]] = {
    "number": _number,
    "forename": _forename,
    "surname": _surname,
    "date": _date,
    "code": _number,
    "postcode": _postcode,
    "address": _address,
    "death": _death,
    "text": _extra,
}


def weigh(compared: ir.Table, model: LinkModel) -> ir.Table:
    """What each pair of descriptions weighs, as whole hundredths of a bit of posterior odds.

    A pair must beat two other explanations: chance (two strangers) and kinship (twins, father and son, mother and
    child, who share a name and a home); its weight is the lesser. One NHS number or token stands when the date of
    birth or two of forename, surname and residence agree and the birth dates are not a generation apart; then
    the number is what counts. Where it may not stand the weight stays below the default threshold: review.

    Args:
        compared: the result of `compare`.
        model: gives the weight of each level.

    Returns:
        Grain unchanged: `weight`; `is_sure` (a number or token stands); `is_refused` (it is the same and may not
        stand); `is_kin` (likelier relations than one person).
    """
    stranger, kin = ibis.literal(model.prior_weight, "int64"), ibis.literal(model.kin_prior_weight, "int64")
    for each in model.comparisons:
        stranger = stranger + _level_weight(compared, each, model)
        kin = kin + _choose(compared, each, [level.kin_weight for level in each.levels])
    stranger = stranger - _swap_excess(compared, model)
    same, stands = _identifier_match(compared, model)
    limits = model.thresholds
    lesser = ibis.least(stranger, kin)
    weight = ibis.cases(
        (same & stands, ibis.greatest(stranger, limits.strict)),
        (same, ibis.least(lesser, limits.default - 1)),
        else_=lesser,
    )
    return compared.mutate(
        weight=weight.cast("int64"),
        is_sure=same & stands,
        is_refused=same & ~stands,
        is_kin=(stranger >= limits.loose) & (kin < limits.apart) & ~(same & stands),
    )


def _choose(compared: ir.Table, comparison: Comparison, weights: list[int]) -> ir.IntegerValue:
    branches = [(i, weight) for i, weight in enumerate(weights) if weight]
    if not branches:
        return ibis.literal(0, "int64")
    return compared[f"level_{comparison.id}"].cases(*branches, else_=0).cast("int64")


def _level_weight(compared: ir.Table, comparison: Comparison, model: LinkModel) -> ir.IntegerValue:
    """Weights of a comparison; where frequencies count, agreement on the value itself weighs by its rarity."""
    plain = _choose(compared, comparison, [level.weight for level in comparison.levels])
    if not _has_frequencies(compared, comparison):
        return plain
    return (compared[f"level_{comparison.id}"] == 0).ifelse(_agreement(compared, comparison, "l"), plain)


def _has_frequencies(compared: ir.Table, comparison: Comparison) -> bool:
    return comparison.frequencies and f"{comparison.column}_weight_l" in compared.columns


def _agreement(compared: ir.Table, comparison: Comparison, side: str) -> ir.IntegerValue:
    """What agreement on one side's value weighs, by the rarity of the value."""
    return centibits(comparison.levels[0].m) + compared[f"{comparison.column}_weight_{side}"]


def _swap_excess(compared: ir.Table, model: LinkModel) -> ir.IntegerValue:
    """By how much forename and surname in each other's place weigh more than the same two names in place would.

    Both fields show one and the same slip, so their weights may not simply be added; and two common names meet by
    chance in either order. The side that has its names in place is the one whose names are the commoner as they stand.
    """
    names = [each for each in model.comparisons if each.id in ("forename", "surname")]
    if len(names) < 2 or not all(_has_frequencies(compared, each) for each in names):
        return ibis.literal(0, "int64")
    is_swapped = reduce(and_, [_level_is(compared, model, each.id, ("swapped",)) for each in names])
    said = reduce(add, [each.level("swapped").weight for each in names])
    in_place = ibis.least(*(reduce(add, [_agreement(compared, each, side) for each in names]) for side in "lr"))
    return is_swapped.ifelse(ibis.greatest(said - in_place, 0), 0)


def _level_is(compared: ir.Table, model: LinkModel, name: str, levels: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a field compares at one of some levels; False where the model does not compare it."""
    comparison = model.comparison(name)
    if comparison is None:
        return ibis.literal(False)
    position = compared[f"level_{name}"]
    wanted = [position == i for i, level in enumerate(comparison.levels) if level.id in levels]
    return reduce(or_, wanted, ibis.literal(False))


def _identifier_match(compared: ir.Table, model: LinkModel) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Whether the two descriptions carry one identifier, and whether that may stand without review."""
    dob = _level_is(compared, model, "dob", ("exact", "swapped", "near"))
    forename = _level_is(compared, model, "forename", ("exact", "nickname", "initial", "close", "swapped"))
    surname = _level_is(compared, model, "surname", ("exact", "part", "close", "swapped"))
    home = _level_is(compared, model, "postcode", ("exact", "near"))
    home = home | _level_is(compared, model, "address", ("exact", "close"))
    agreeing = forename.cast("int8") + surname.cast("int8") + home.cast("int8")
    stands = dob | ((agreeing >= 2) & ~_level_is(compared, model, "dob", ("generation",)))
    same_number = _level_is(compared, model, "number", ("same",))
    same_token = _level_is(compared, model, "token", ("same",))
    token_stands = ~_level_is(compared, model, "dob", ("parts", "generation", "differ")) | (agreeing >= 2)
    return same_number | same_token, (same_number & stands) | (same_token & token_stands)
