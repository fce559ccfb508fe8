from typing_extensions import deprecated

@deprecated("run `vitals ps`")
def test() -> None: ...
