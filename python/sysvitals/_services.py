"""psutil's services of Windows."""

from sysvitals import _sysvitals


class WindowsService:
    """A service; each question asks the system anew."""

    def __init__(self, service):
        self._service = service

    def __str__(self):
        return (
            f"{self.__class__.__name__}(name={self.name()!r},"
            f" display_name={self.display_name()!r})"
        )

    def __repr__(self):
        return f"<{self} at {id(self)}>"

    def __eq__(self, other):
        # By name; whatever else there is is not equal.
        if not isinstance(other, WindowsService):
            return NotImplemented
        return self.name() == other.name()

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.name())

    def name(self):
        """What programs call it."""
        return self._service.name

    def display_name(self):
        """What people call it."""
        return self._service.display_name

    def binpath(self):
        """Its program, with arguments."""
        return self._service.binpath()

    def username(self):
        """The user that it runs as."""
        return self._service.username()

    def start_type(self):
        """When it is started: `automatic`, `manual`, `disabled`."""
        return self._service.start_type()

    def pid(self):
        """The process that it runs in; `None` if it does not run."""
        return self._service.pid()

    def status(self):
        """Whether it runs: `running`, `stopped` and what is between."""
        return self._service.status()

    def description(self):
        """What it is for."""
        return self._service.description()

    def as_dict(self):
        """All about it."""
        return self._service.everything()


def win_service_iter():
    """Every service."""
    for service in _sysvitals.services():
        yield WindowsService(service)


def win_service_get(name):
    """The service of a name."""
    return WindowsService(_sysvitals.service(name))
