from types import TracebackType
from typing import Any

from typing_extensions import Self

from sysvitals import _process

class Sampler:
    def __init__(self, attrs: _process._Names, ad_value: Any = None) -> None: ...
    @property
    def attrs(self) -> tuple[str, ...]: ...
    # Named tuples, whose fields are the names that were asked for.
    def tick(self) -> list[Any]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
