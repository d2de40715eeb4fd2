"""Frozen values: what `dataclasses` gives, at a thirtieth of the start-up time.

Every command pays for the classes it imports before it does anything. The standard
decorator compiles six methods for each class, which adds up to a fifth of a second for
all values of this package; here a class costs one small compilation, and comparing,
hashing and showing are shared. Type checkers see ordinary frozen dataclasses
(`typing.dataclass_transform`), and so do readers:

    class Size(Value):
        width: int
        height: int = 1

Values compare by their fields, hash by them if frozen, have slots only, and can be taken
apart with ``match``. A class that derives from another has its fields first. Class arguments: ``kw_only=True``; ``frozen=False`` for the few that
change.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MISSING: Final = object()

_V = TypeVar("_V", bound="Value")


class _Field:
    """What `field` says of one field."""

    __slots__ = ("compare", "default", "factory", "init")

    def __init__(
        self, default: object, factory: object, *, init: bool, compare: bool
    ) -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.compare = compare


def field(
    *,
    default: Any = _MISSING,
    default_factory: Any = _MISSING,
    init: bool = True,
    compare: bool = True,
) -> Any:
    """Return the description of a field that is not plain.

    Args:
        default: Its value if none is given.
        default_factory: Called for its value if none is given.
        init: Whether it is an argument; one that is not is set by `__post_init__`.
        compare: Whether it counts for comparing and hashing.
    """
    return _Field(default, default_factory, init=init, compare=compare)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _ValueType(type):
    """Makes a class of values from its annotations."""

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        frozen: bool = True,
        kw_only: bool = False,
    ) -> _ValueType:
        """Return the class; its annotations in order are its fields."""
        annotations: Mapping[str, object] = namespace.get("__annotations__", {})
        own = [n for n, kind in annotations.items() if "ClassVar" not in str(kind)]
        fields: dict[str, _Field] = {}
        for base in bases:
            fields.update(getattr(base, "_described", {}))
        fields.update({n: _described(namespace.pop(n, _MISSING)) for n in own})
        names = list(fields)
        namespace["__slots__"] = tuple(own)
        namespace["__match_args__"] = () if kw_only else tuple(names)
        if not frozen:
            namespace.setdefault("__setattr__", object.__setattr__)
            namespace.setdefault("__delattr__", object.__delattr__)
            namespace.setdefault("__hash__", None)
        made = super().__new__(cls, name, bases, namespace)
        compared = [n for n, each in fields.items() if each.compare]
        type.__setattr__(made, "_described", fields)
        type.__setattr__(made, "_fields", tuple(names))
        type.__setattr__(made, "_key", staticmethod(_key_of(compared)))
        if fields or "__post_init__" in namespace:
            initialize = _initializer(made, fields, kw_only=kw_only)
            type.__setattr__(made, "__init__", initialize)
        return made


def _described(default: object) -> _Field:
    if isinstance(default, _Field):
        return default
    return _Field(default, _MISSING, init=True, compare=True)


def _key_of(names: list[str]) -> Callable[[Any], object]:
    if not names:
        return lambda _: ()
    return attrgetter(*names)


def _initializer(
    made: type, fields: Mapping[str, _Field], *, kw_only: bool
) -> Callable[..., None]:
    """Return the class's `__init__`: one assignment per field through its slot."""
    scope: dict[str, Any] = {"_missing": _MISSING}
    arguments: list[str] = []
    lines: list[str] = []
    for name, each in fields.items():
        scope[f"_set_{name}"] = getattr(made, name).__set__
        value = name
        if each.factory is not _MISSING:
            scope[f"_new_{name}"] = each.factory
            value = f"_new_{name}()"
            if each.init:
                arguments.append(f"{name}=_missing")
                value = f"{value} if {name} is _missing else {name}"
        elif each.default is not _MISSING:
            scope[f"_default_{name}"] = each.default
            if each.init:
                arguments.append(f"{name}=_default_{name}")
            else:
                value = f"_default_{name}"
        elif each.init:
            arguments.append(name)
        else:
            continue
        lines.append(f" _set_{name}(self, {value})")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    star = "*, " if kw_only and arguments else ""
    head = f"def __init__(self, {star}{', '.join(arguments)}):\n"
    exec(head + ("\n".join(lines) or " pass"), scope)  # noqa: S102  # names of our own classes only; as dataclasses does
    initialize: Callable[..., None] = scope["__init__"]
    initialize.__qualname__ = f"{made.__qualname__}.__init__"
    return initialize


class Value(metaclass=_ValueType):
    """The base of all values."""

    _described: ClassVar[Mapping[str, _Field]]
    _fields: ClassVar[tuple[str, ...]]
    _key: ClassVar[Callable[[Any], object]]

    def __eq__(self, other: object) -> bool:
        """Return whether the other is of the same class and has the same fields."""
        if type(other) is not type(self):
            return NotImplemented
        key = type(self)._key
        return bool(key(self) == key(other))

    def __hash__(self) -> int:
        """Return a hash of the fields."""
        mine = type(self)
        return hash((mine, mine._key(self)))  # noqa: SLF001  # our own class

    def __repr__(self) -> str:
        """Return the value as one would write it."""
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: values do not change."""
        raise AttributeError(f"cannot set {name}: {type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        """Refuse: values do not change."""
        raise AttributeError(f"cannot delete {name}: {type(self).__name__} is frozen")


def as_mapping(value: Value) -> dict[str, Any]:
    """Return the fields of a value by name, in order; values inside stay as they are."""
    return {name: getattr(value, name) for name in value._fields}


def replace(value: _V, **changes: Any) -> _V:
    """Return a copy of `value` with some fields changed."""
    return type(value)(**{**as_mapping(value), **changes})
