"""psutil's `Popen`."""

from sysvitals._process import Process


class Popen(Process):
    """A child that is both psutil's `Process` and what `subprocess.Popen` is."""

    __module__ = "psutil"

    def __init__(self, *args, **kwargs):
        import subprocess

        self.__subproc = subprocess.Popen(*args, **kwargs)
        # It may have ended, and been reaped, by now.
        self._init(self.__subproc.pid, _ignore_nsp=True)

    def __dir__(self):
        import subprocess

        return sorted(set(dir(Popen)) | set(dir(subprocess.Popen)))

    def __enter__(self):
        if hasattr(self.__subproc, "__enter__"):
            self.__subproc.__enter__()
        return self

    def __exit__(self, *args, **kwargs):
        return self.__subproc.__exit__(*args, **kwargs)

    def __getattribute__(self, name):
        try:
            return super().__getattribute__(name)
        except AttributeError:
            if name != "_Popen__subproc":
                try:
                    return getattr(self.__subproc, name)
                except AttributeError:
                    pass
            raise

    def wait(self, timeout=None):
        """Waits for its end; raises psutil's `TimeoutExpired`."""
        if self.__subproc.returncode is not None:
            return self.__subproc.returncode
        code = super().wait(timeout)
        self.__subproc.returncode = code
        return code
