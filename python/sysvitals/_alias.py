"""psutil's name for this package, and its private modules' names for ours."""

import sys

_PREFIX = "psutil."


class _Finder:
    """Finds `psutil.x` where `sysvitals.x` is: the same module, not another one like it."""

    def find_spec(self, name, path=None, target=None):
        """psutil's module, if we have it."""
        if not name.startswith(_PREFIX):
            return None
        import importlib.machinery
        import importlib.util

        from sysvitals import _LAZY_OURS

        ours = name[len(_PREFIX) :]
        ours = "sysvitals." + _LAZY_OURS.get(ours, ours)
        if importlib.util.find_spec(ours) is None:
            return None
        return importlib.machinery.ModuleSpec(name, self, loader_state=ours)

    def create_module(self, spec):
        """Ours, which keeps its own specification."""
        import importlib

        module = importlib.import_module(spec.loader_state)
        spec.loader_state = (module, module.__spec__)
        return module

    def exec_module(self, module):
        """It was executed under its own name."""
        known, own = module.__spec__.loader_state
        if known is module:
            module.__spec__ = own


def install_as_psutil():
    """Makes `import psutil` give sysvitals, for programs that cannot change their imports."""
    sys.modules["psutil"] = sys.modules["sysvitals"]
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
