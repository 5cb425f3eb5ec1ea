"""Memory, CPU and descriptors of other processes, from /proc."""

import os


class ResourceProbe:
    """Sums over the processes given (a proxy's workers and helpers)."""

    def __init__(self, *pids):
        self.pids = pids

    def _status(self, pid, key):
        with open(f"/proc/{pid}/status") as text:
            for line in text:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def rss(self):
        """Resident bytes now."""
        return sum(self._status(pid, "VmRSS") for pid in self.pids)

    def peak_rss(self):
        """Largest resident size since the start or the last reset_peak(), in bytes."""
        return sum(self._status(pid, "VmHWM") for pid in self.pids)

    def reset_peak(self):
        for pid in self.pids:
            with open(f"/proc/{pid}/clear_refs", "w") as control:
                control.write("5")

    def anonymous(self):
        """Bytes of memory that is not backed by files: heap, stacks, anonymous maps."""
        total = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/smaps_rollup") as text:
                total += sum(int(line.split()[1]) * 1024 for line in text if line.startswith("Anonymous:"))
        return total

    def cpu_seconds(self):
        """User and system time of all live threads."""
        total = 0
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as text:
                    total += int(text.read().split()[0])
        return total / 1e9

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.pids)
