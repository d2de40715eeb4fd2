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


class Place(Point):
    name: str = "here"

    def double(self) -> int:
        """Return twice the inherited field."""
        return 2 * self.x


class Counted(Place, kw_only=True):
    count: int = field(default=0, compare=False)


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


def test_a_derived_class_has_the_fields_of_its_base_first():
    """As arguments, in comparing, matching, showing and copies; with slots only."""
    place = Place(1, 2, [3], "there")
    assert (place.x, place.y, place.seen, place.name) == (1, 2, [3], "there")
    assert (place.double(), place.kind) == (2, "point")
    assert repr(place) == "Place(x=1, y=2, seen=[3], name='there')"
    match place:
        case Place(x, y, _, name):
            assert (x, y, name) == (1, 2, "there")
    assert replace(place, x=5) == Place(5, 2, name="there")
    assert list(as_mapping(place)) == ["x", "y", "seen", "name"]
    with pytest.raises(AttributeError):
        place.other = 1


def test_a_derived_value_is_no_value_of_its_base():
    """Equal fields of another class are something else."""
    assert Place(1) == Place(1, 2, [9])  # `seen` does not count, as the base says
    assert Place(1) != Place(1, name="there")
    assert Place(1) != Point(1)
    assert hash(Place(1)) != hash(Point(1))


def test_a_class_may_derive_twice_and_change_how_it_is_called():
    """What a field says of itself goes with it."""
    counted = Counted(x=1, count=4)
    assert (counted.x, counted.y, counted.name, counted.count) == (1, 2, "here", 4)
    assert counted == Counted(x=1, count=5)
    with pytest.raises(TypeError):
        Counted(1)
    first, second = Counted(x=1), Counted(x=1)
    assert first.seen is not second.seen
