"""Two of psutil's private helpers for Linux, on the library's answers."""

import os

import sysvitals


class RootFsDeviceFinder:
    """Finds the device that `/` is on, where the table of mounts does not tell."""

    def __init__(self):
        number = os.stat("/").st_dev
        self.major, self.minor = os.major(number), os.minor(number)

    def ask_proc_partitions(self):
        """By `partitions` of the procfs."""
        with open(f"{sysvitals.PROCFS_PATH}/partitions") as file:
            for line in file:
                fields = line.split()
                if len(fields) >= 4 and fields[:2] == [str(self.major), str(self.minor)]:
                    return f"/dev/{fields[3]}"
        return None

    def ask_sys_dev_block(self):
        """By `uevent` of the device."""
        with open(f"/sys/dev/block/{self.major}:{self.minor}/uevent") as file:
            for line in file:
                key, _, value = line.strip().partition("=")
                if key == "DEVNAME":
                    return f"/dev/{value}"
        return None

    def ask_sys_class_block(self):
        """By the numbers of all devices."""
        for name in os.listdir("/sys/class/block"):
            try:
                with open(f"/sys/class/block/{name}/dev") as file:
                    if file.read().strip() == f"{self.major}:{self.minor}":
                        return f"/dev/{name}"
            except OSError:
                pass
        return None

    def find(self):
        """By whatever tells first; `None` if nothing does."""
        for ask in (self.ask_proc_partitions, self.ask_sys_dev_block, self.ask_sys_class_block):
            try:
                path = ask()
            except OSError:
                path = None
            if path is not None and os.path.exists(path):
                return path
        return None


def calculate_avail_vmem(mems):
    """What can be given to processes: that is the library's to say."""
    return sysvitals.virtual_memory().available
