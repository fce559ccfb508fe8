import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, type_check_only

from typing_extensions import ParamSpec

_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)
_Counters = TypeVar("_Counters", bound=tuple[int, ...])

@type_check_only
class _Memoized(Protocol[_P, _R_co]):
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    def cache_clear(self) -> None: ...

def memoize(fun: Callable[_P, _R]) -> _Memoized[_P, _R]: ...

# The method also has `cache_activate(object)` and `cache_deactivate(object)`.
def memoize_when_activated(fun: Callable[_P, _R]) -> Callable[_P, _R]: ...

class _WrapNumbers:
    lock: threading.Lock
    cache: dict[str, Mapping[str, tuple[int, ...]]]
    reminders: dict[str, dict[tuple[str, int], int]]
    reminder_keys: dict[str, dict[str, set[tuple[str, int]]]]
    def __init__(self) -> None: ...
    def run(self, table: Mapping[str, _Counters], name: str) -> dict[str, _Counters]: ...
    def cache_clear(self, name: str | None = None) -> None: ...
    def cache_info(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]: ...

@type_check_only
class _WrapNumbersFunction(Protocol):
    def __call__(
        self, input_dict: Mapping[str, _Counters], name: str
    ) -> dict[str, _Counters]: ...
    def cache_clear(self, name: str | None = None) -> None: ...
    def cache_info(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]: ...

wrap_numbers: _WrapNumbersFunction
