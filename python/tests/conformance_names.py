"""Stand-ins for private names of psutil's that a package may lack, for the mode `names`.

Just enough for psutil's test modules to be imported; a name that the package has is left as it
is. Each that was needed is noted, so that nobody takes stand-ins for the package. The interpreter
runs this as `sitecustomize` when it starts.
"""

import importlib.abc
import importlib.machinery
import os
import pathlib
import sys
import types

_NAMES = {
    "psutil._common": (
        "bcat broadcast_addr bytes2human cat conn_tmap debug isfile_strict memoize"
        " memoize_when_activated open_binary open_text parse_environ_block supports_ipv6"
        " wrap_numbers PSUTIL_DEBUG"
    ),
    "psutil._psposix": "wait_pid",
    "psutil._pslinux": "CLOCK_TICKS RootFsDeviceFinder calculate_avail_vmem open_binary open_text",
    "psutil._pswindows": "convert_oserror",
}
_ATTRIBUTES = {"_psplatform": None, "_set_debug": lambda value: None, "_pmap": {}}


def _note(what):
    file = pathlib.Path(os.environ["CONFORMANCE_NOTES"]) / f"stood-in.{os.getpid()}"
    with file.open("a") as out:
        out.write(what + "\n")


def _missing(name):
    def stand_in(*_args, **_options):
        raise NotImplementedError(f"the package has no {name}")

    stand_in.cache_clear = lambda *_args: None
    return stand_in


class _StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules that nobody else has; asked last, so a real one always wins."""

    def find_spec(self, name, _path=None, _target=None):
        known = name in _NAMES
        return importlib.machinery.ModuleSpec(name, self) if known else None

    def create_module(self, spec):
        _note(spec.name)
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        for name in _NAMES[module.__name__].split():
            setattr(module, name, _missing(f"{module.__name__}.{name}"))
        if hasattr(module, "memoize"):
            module.memoize = lambda function: function
            module.debug = module.memoize_when_activated = module.memoize


class _Attributes(importlib.abc.MetaPathFinder):
    """Attributes that psutil's tests touch in passing, added once the package is imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "psutil":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            # The package may have put another module in its own place.
            module = sys.modules.get("psutil", module)
            for attribute, value in _ATTRIBUTES.items():
                if not hasattr(module, attribute):
                    _note(f"psutil.{attribute}")
                    setattr(module, attribute, value or types.SimpleNamespace())

        spec.loader.exec_module = exec_module
        return spec


def lacking():
    """Names that the package has not itself, of the modules that this platform would have."""
    import psutil

    found = [f"psutil.{name}" for name in _ATTRIBUTES if not hasattr(psutil, name)]
    for module, names in _NAMES.items():
        if module.endswith("_pswindows") and os.name != "nt":
            continue
        try:
            real = importlib.import_module(module)
        except ImportError:
            found.append(module)
            continue
        if isinstance(real.__spec__.loader, _StandIns):
            found.append(module)
        found += [f"{module}.{name}" for name in names.split() if not hasattr(real, name)]
    return found


sys.meta_path.append(_StandIns())
sys.meta_path.insert(0, _Attributes())
