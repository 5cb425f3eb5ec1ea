"""`meshctl gateway serve` and `meshctl echo serve` as context managers."""

import copy
import json
import os
import subprocess
import urllib.request

from support.process import Meshctl, Scratch, meshctl


class Gateway:
    """A gateway serving `config` (a dict, written as JSON, which is also YAML; or text) until the block ends.

    An access log in JSON is on unless the configuration has its own or `log` is False; log_lines() reads it.
    """

    def __init__(self, config, workers=1, arguments=(), log=True, prefix=(), environment=None, suffix=".yaml"):
        self.scratch = Scratch()
        self.config_path = self.scratch.file("gateway" + suffix)
        self.access_log = self.scratch.file("access.log")
        self._log = log
        self.write(config)
        self.arguments = ["gateway", "serve", "-c", self.config_path, "--workers", str(workers), *arguments]
        try:
            self.program = Meshctl(self.arguments, self.scratch, "gateway", prefix=prefix, env=environment)
        except RuntimeError:
            self.scratch.close()
            raise
        self.pid = self.program.pid

    def write(self, config):
        """Replaces the configuration file (by rename, as editors do); takes effect at a reload."""
        if not isinstance(config, str):
            config = copy.deepcopy(config)
            log = {"path": self.access_log, "format": "json"} if self._log else {"format": "off"}
            config.setdefault("telemetry", {}).setdefault("access_log", log)
            config.setdefault("admin", {"socket": self.scratch.file("admin.sock")})
            config = json.dumps(config, indent=1)
        with open(self.config_path + ".new", "w") as out:
            out.write(config)
        os.replace(self.config_path + ".new", self.config_path)

    def port(self, listener=None):
        return self.program.port(listener)

    @property
    def admin(self):
        return self.program.ready["admin"]

    def verb(self, *arguments, seconds=60):
        """Runs `meshctl gateway VERB…` against this gateway's admin socket."""
        return subprocess.run([meshctl(), "gateway", *arguments, "--admin", self.admin], capture_output=True,
                              text=True, timeout=seconds)

    def reload(self, config=None):
        if config is not None:
            self.write(config)
        return self.verb("reload", "--wait")

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.program.ready['metrics']}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def log_lines(self):
        """The access log so far, one dict per line."""
        try:
            with open(self.access_log, errors="surrogateescape") as text:
                return [json.loads(line) for line in text if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def stop(self):
        """Ends the gateway and returns its exit status."""
        try:
            return self.program.stop()
        finally:
            self.text = self.program.log()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is not None:
                self.program.kill()
                print("gateway said:", self.program.log()[-4000:])
            elif self.program.running():
                self.program.send(15)
                self.program.send(15)  # the second one stops at once
                self.program.wait()
        finally:
            self.program.kill()
            self.scratch.close()


class Echo:
    """`meshctl echo serve` on a loopback port of its own."""

    def __init__(self, *arguments):
        self.scratch = Scratch()
        try:
            self.program = Meshctl(["echo", "serve", "--listen", "127.0.0.1:0", *arguments], self.scratch, "echo")
        except RuntimeError:
            self.scratch.close()
            raise

    def port(self, listener=None):
        return self.program.port(listener)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.kill()
        self.scratch.close()


def forward_to(port, listeners=None, service=None, routes=None, **extra):
    """The smallest configuration: everything that comes in goes to 127.0.0.1:PORT."""
    upstream = {"endpoints": [f"127.0.0.1:{port}"]}
    upstream.update(service or {})
    return {
        "version": 1,
        "listeners": listeners or {"web": {"address": "127.0.0.1:0"}},
        "services": {"origin": upstream},
        "routes": routes or [{"name": "all", "match": {"path": "/*"}, "to": "origin"}],
        **extra,
    }
