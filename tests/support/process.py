"""Starting programs for tests and benchmarks, and stopping only those."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
READY_SECONDS = 60
STOP_SECONDS = 40


def meshctl():
    """The binary under test: $MESHCTL, else the dev build."""
    path = os.environ.get("MESHCTL") or os.path.join(ROOT, "build/dev/meshctl")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no binary at '{path}'; build it or set MESHCTL")
    return os.path.abspath(path)


def free_port():
    """A loopback port that was free a moment ago, for programs that cannot report the port they chose."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_listening(port, child=None, seconds=READY_SECONDS):
    """Returns once the loopback port accepts; raises when `child` ended or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child is not None and child.poll() is not None:
            raise RuntimeError(f"'{child.args[0]}' ended with {child.returncode} before it listened on {port}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"nothing listened on 127.0.0.1:{port} within {seconds} s")


class Scratch:
    """A temporary folder, removed by close()."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="meshctl-test-")
        # nginx workers started by root drop to another user and must still reach their files.
        os.chmod(self.path, 0o755)

    def file(self, name, text=None):
        path = os.path.join(self.path, name)
        if text is not None:
            with open(path, "wb" if isinstance(text, bytes) else "w") as out:
                out.write(text)
        return path

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Program:
    """A child process whose output goes to a file; stop() ends it and waits."""

    def __init__(self, arguments, scratch, name=None, **options):
        self.name = name or os.path.basename(arguments[0])
        self.log_path = scratch.file(self.name + ".log")
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        self.pid = self.child.pid

    def running(self):
        return self.child.poll() is None

    def log(self):
        with open(self.log_path, errors="replace") as text:
            return text.read()

    def send(self, number):
        self.child.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        return self.child.wait(seconds)

    def stop(self, first=signal.SIGTERM):
        """Ends the program; returns its status. A program that ignores the first signal is killed and that is told."""
        if self.running():
            self.child.send_signal(first)
        try:
            return self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise RuntimeError(f"'{self.name}' did not end within {STOP_SECONDS} s")

    def kill(self):
        if self.running():
            self.child.kill()
        return self.child.wait()


def read_line(fd, child, seconds=READY_SECONDS):
    """One line from a pipe; raises when the child ended first."""
    text = b""
    deadline = time.monotonic() + seconds
    while not text.endswith(b"\n"):
        readable, _, _ = select.select([fd], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            raise RuntimeError("no ready line in time")
        got = os.read(fd, 65536)
        if not got:
            child.wait(STOP_SECONDS)
            raise RuntimeError(f"ended with status {child.returncode} before it was ready")
        text += got
    return text.decode()


class Meshctl(Program):
    """A serving verb of the binary under test, started with `--ready-fd` and ready when the constructor returns."""

    def __init__(self, arguments, scratch, name, prefix=(), **options):
        read_end, write_end = os.pipe()
        try:
            super().__init__([*prefix, meshctl(), *arguments, "--ready-fd", str(write_end)], scratch, name,
                             pass_fds=[write_end], **options)
            os.close(write_end)
            write_end = -1
            try:
                self.ready = json.loads(read_line(read_end, self.child))
            except (RuntimeError, ValueError) as error:
                self.kill()
                raise RuntimeError(f"{name}: {error}\n{self.log()}") from None
        finally:
            os.close(read_end)
            if write_end >= 0:
                os.close(write_end)

    def address(self, listener=None):
        """(host, port) of a listener by name, or of the only one."""
        for entry in self.ready["listeners"]:
            if listener is None or entry["name"] == listener:
                host, _, port = entry["address"].rpartition(":")
                return host.strip("[]"), int(port)
        raise KeyError(f"no listener '{listener}' in {self.ready}")

    def port(self, listener=None):
        return self.address(listener)[1]
