"""Runs a workload over a set of proxies and returns its figures."""

import contextlib
import json
import subprocess

from support.process import Program, Scratch, free_port, wait_listening
from support.certificates import Authority
from support.resource_probe import ResourceProbe

import figures
import proxies

SLICE_MS = 250


class Bench:
    """The parts all workloads share: certificates, the upstreams, the load generator."""

    def __init__(self, tools, rotations):
        self._tools = tools
        self._rotations = rotations
        self._stack = contextlib.ExitStack()
        self._scratch = Scratch()
        self._stack.callback(self._scratch.close)
        self._certificate, self._key = Authority(self._scratch).leaf("bench")
        self._backends = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def run(self, workload, names):
        """Figures of one workload: {"proxies": {name: …}, "ratios": {name: {peer: …}}}."""
        names = [name for name in names if name not in workload.without]
        return getattr(self, "_" + workload.kind)(workload, names)

    def _backend(self, h2):
        if h2 not in self._backends:
            port = free_port()
            if h2:
                root = self._scratch.file("1k", "x" * 1024)
                arguments = ["nghttpd", "--no-tls", "--address=127.0.0.1", "-d", root.removesuffix("/1k"), str(port)]
            else:
                arguments = [self._tools + "/bench_backend", str(port)]
            program = Program([*proxies.on_core(proxies.DRIVER_CORE), *arguments], self._scratch, "backend")
            self._stack.callback(program.kill)
            wait_listening(port, program.child)
            self._backends[h2] = port
        return self._backends[h2]

    def _shape(self, workload, **more):
        return proxies.Shape(backend=self._backend(workload.upstream_h2), tls=workload.tls,
                             upstream_h2=workload.upstream_h2, certificate=self._certificate, key=self._key, **more)

    def _load_arguments(self, workload, targets):
        arguments = [*proxies.on_core(proxies.DRIVER_CORE), self._tools + "/bench_load", "--connections",
                     str(workload.connections), "--path", workload.path, "--body", str(workload.body), "--streams",
                     str(workload.streams), "--rotations", str(self._rotations), "--slice-ms", str(SLICE_MS)]
        arguments += [flag for flag, on in (("--h2", workload.h2), ("--tls", workload.tls),
                                            ("--resume", workload.resume),
                                            ("--new-connection", workload.new_connection)) if on]
        for target in targets:
            arguments += ["--target", target]
        return arguments

    def _load(self, workload, targets):
        result = subprocess.run(self._load_arguments(workload, targets), capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"bench_load: {result.stderr.strip()}")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def _start(self, stack, name, shape):
        proxy = proxies.Proxy(name, shape)
        stack.callback(proxy.close)
        return proxy

    def _slices(self, workload, names):
        with contextlib.ExitStack() as stack:
            running = [self._start(stack, name, self._shape(workload)) for name in names]
            slices = self._load(workload, [proxy.target() for proxy in running])
        return {"proxies": {n: figures.summarize([s for s in slices if s["target"] == n]) for n in names},
                "ratios": {names[0]: {peer: figures.ratio(slices, names[0], peer) for peer in names[1:]}}}

    def _variants(self, workload, names, base, other):
        """Two shapes of each proxy in one rotation; the ratio is the second over the first."""
        labels = {}
        with contextlib.ExitStack() as stack:
            for name in names:
                for label, shape in (base, other):
                    labels[f"{name}@{label}"] = self._start(stack, name, self._shape(workload, **shape))
            before = {label: ResourceProbe(*proxy.pids).anonymous() for label, proxy in labels.items()}
            slices = self._load(workload, [proxy.target(label) for label, proxy in labels.items()])
        summary = {label: figures.summarize([s for s in slices if s["target"] == label]) for label in labels}
        for label, size in before.items():
            summary[label]["bytes_at_start"] = size
        ratios = {f"{name}@{other[0]}": {f"{name}@{base[0]}": figures.ratio(slices, f"{name}@{other[0]}",
                                                                            f"{name}@{base[0]}")} for name in names}
        return {"proxies": summary, "ratios": ratios}

    def _routes(self, workload, names):
        return self._variants(workload, names, ("10", {"routes": 10}), ("10000", {"routes": 10000}))

    def _log(self, workload, names):
        return self._variants(workload, names, ("off", {}), ("on", {"access_log": True}))

    def _idle(self, workload, names):
        """Bytes a connection: what the process grew by (anonymous memory) with all connections open and idle after one request."""
        summary = {}
        for name in names:
            summary[name] = {"connections": workload.connections}
            for tls in (False, True):
                summary[name]["tls_bytes" if tls else "plain_bytes"] = self._idle_bytes(workload, name, tls)
        return {"proxies": summary, "ratios": {}}

    def _idle_bytes(self, workload, name, tls):
        import dataclasses
        workload = dataclasses.replace(workload, tls=tls)
        with contextlib.ExitStack() as stack:
            proxy = self._start(stack, name, self._shape(workload))
            # The first connections pay for pools and caches that all others share.
            self._load(dataclasses.replace(workload, connections=64), [proxy.target()])
            probe = ResourceProbe(*proxy.pids)
            before = probe.anonymous()
            load = subprocess.Popen([*self._load_arguments(workload, [proxy.target()]), "--hold"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            line = json.loads(load.stdout.readline())
            grown = probe.anonymous() - before
            load.communicate()
        if line["requests"] != workload.connections:
            raise RuntimeError(f"'{name}' answered {line['requests']} of {workload.connections} idle connections")
        return grown / workload.connections
