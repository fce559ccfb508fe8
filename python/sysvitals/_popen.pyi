from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import IO, Any

from typing_extensions import Self, TypeAlias

from sysvitals._process import Process

_Path: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]
_File: TypeAlias = int | IO[Any] | None

class Popen(Process):
    # What subprocess.Popen of the newest Python takes: an older one refuses what it lacks.
    def __init__(
        self,
        args: _Path | Sequence[_Path],
        bufsize: int = -1,
        executable: _Path | None = None,
        stdin: _File = None,
        stdout: _File = None,
        stderr: _File = None,
        preexec_fn: Callable[[], object] | None = None,
        close_fds: bool = True,
        shell: bool = False,
        cwd: _Path | None = None,
        env: Mapping[bytes, _Path] | Mapping[str, _Path] | None = None,
        universal_newlines: bool | None = None,
        startupinfo: Any = None,
        creationflags: int = 0,
        restore_signals: bool = True,
        start_new_session: bool = False,
        pass_fds: Collection[int] = (),
        *,
        text: bool | None = None,
        encoding: str | None = None,
        errors: str | None = None,
        user: str | int | None = None,
        group: str | int | None = None,
        extra_groups: Iterable[str | int] | None = None,
        umask: int = -1,
        pipesize: int = -1,
        process_group: int | None = None,
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    # What subprocess.Popen has and Process lacks: stdout, poll(), communicate() and so on.
    def __getattribute__(self, name: str) -> Any: ...
    def __dir__(self) -> list[str]: ...
