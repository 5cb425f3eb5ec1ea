"""Traffic that runs beside a test: keep-alive load, and tunnels that stay open."""

import json
import subprocess
import threading

from support.counting import bench_tool


class Load:
    """bench_load over HTTP/1.1 or HTTP/2 until stop(); a request that is not answered 200 in full is a failure."""

    def __init__(self, port, h2=False, tls=False, connections=16, streams=8, path="/1k"):
        arguments = [bench_tool("bench_load"), "--target", f"gateway=127.0.0.1:{port}", "--connections",
                     str(connections), "--path", path,
                     "--rotations", "100000", "--slice-ms", "200"]
        arguments += ["--h2", "--streams", str(streams)] if h2 else []
        arguments += ["--tls"] if tls else []
        self._child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.slices = []
        self._first = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._first.wait(30):
            raise RuntimeError("no load was made")

    def _read(self):
        for line in self._child.stdout:
            if line.endswith("}\n"):
                self.slices.append(json.loads(line))
                self._first.set()

    def wait_slices(self, count):
        """Waits until this many more slices ran."""
        wanted = len(self.slices) + count
        while len(self.slices) < wanted and self._child.poll() is None:
            self._reader.join(0.05)

    def stop(self):
        """Ends the load after a whole slice; (requests, failures)."""
        self.wait_slices(1)
        self.close()
        return sum(s["requests"] for s in self.slices), sum(s["errors"] for s in self.slices)

    def close(self):
        """Ends the load wherever it is; may be called again."""
        self._child.kill()
        self._child.wait()
        self._reader.join(10)
        self._child.stdout.close()
