"""Values behave as frozen dataclasses do."""

from __future__ import annotations

from typing import ClassVar

import pytest

from assetgen.values import Value, as_mapping, field, replace


class Point(Value):
    kind: ClassVar[str] = "point"
    x: int
    y: int = 2
    seen: list[int] = field(default_factory=list, compare=False)


class Named(Value, kw_only=True):
    name: str
    size: int = 1


class Counter(Value, frozen=False):
    step: int
    total: int = field(init=False)

    def __post_init__(self) -> None:
        """Fill the field that is no argument."""
        self.total = 10 * self.step


class Nothing(Value):
    pass


def test_fields_are_given_by_position_or_name_and_have_defaults():
    """Class variables are no fields; every instance gets its own default list."""
    one, two = Point(1), Point(x=1, y=2)
    assert (one.x, one.y, one.seen, one.kind) == (1, 2, [], "point")
    assert one.seen is not two.seen
    with pytest.raises(TypeError):
        Point()
    with pytest.raises(TypeError):
        Named("a")


def test_values_compare_and_hash_by_their_fields():
    """But for fields that say otherwise, and never with another class."""
    assert Point(1, 2, [1]) == Point(1, 2, [2])
    assert hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) != Point(2)
    assert Point(1) != (1, 2)
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing(), Point(1)}) == 2


def test_values_do_not_change():
    """Neither fields nor anything else can be set or deleted."""
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 3
    with pytest.raises(AttributeError, match="frozen"):
        del point.x
    with pytest.raises(AttributeError):
        point.other = 3
    assert point == Point(1)


def test_values_that_may_change_do_and_have_no_hash():
    """`__post_init__` fills what is no argument; slots stay closed."""
    counter = Counter(2)
    counter.step = 5
    assert (counter.step, counter.total) == (5, 20)
    with pytest.raises(AttributeError):
        counter.other = 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_a_copy_with_changes_leaves_the_old_one():
    """Unknown names are refused."""
    point = Point(1, 5)
    assert replace(point, x=7) == Point(7, 5)
    assert point.x == 1
    with pytest.raises(TypeError):
        replace(point, z=1)
    assert as_mapping(Named(name="a")) == {"name": "a", "size": 1}


def test_values_can_be_matched_and_read():
    """By position, in the order of the fields; shown as one would write them."""
    match Point(1, 9):
        case Point(x, y):
            assert (x, y) == (1, 9)
    assert repr(Named(name="a")) == "Named(name='a', size=1)"
    assert repr(Nothing()) == "Nothing()"
