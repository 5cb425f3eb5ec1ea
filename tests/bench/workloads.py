"""What scripts/bench can measure, by name."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    about: str
    connections: int = 64
    path: str = "/1k"
    body: int = 0
    tls: bool = False
    resume: bool = False
    new_connection: bool = False
    h2: bool = False
    streams: int = 1
    upstream_h2: bool = False
    kind: str = "slices"  # slices | routes | log | idle
    without: tuple = ()  # peers that cannot do it


KIB, MIB = 1024, 1024 * 1024

WORKLOADS = {w.name: w for w in [
    Workload("h1-64", "HTTP/1.1 keep-alive, 1 KiB, 64 connections"),
    Workload("h1-256", "the same with 256 connections", connections=256),
    Workload("h1-1", "the same with one connection", connections=1),
    Workload("h1-64k", "64 KiB answers, 16 connections", connections=16, path="/64k"),
    Workload("h1-1m", "1 MiB answers, 8 connections", connections=8, path="/1m"),
    Workload("post-1k", "1 KiB request bodies, 64 connections", path="/0", body=KIB),
    Workload("post-1m", "1 MiB request bodies, 8 connections", connections=8, path="/0", body=MIB),
    Workload("tls-64", "TLS 1.3 keep-alive, 1 KiB, 64 connections", tls=True),
    Workload("tls-1m", "TLS 1.3, 1 MiB answers, 8 connections", connections=8, path="/1m", tls=True),
    Workload("tls-full", "a full TLS 1.3 handshake for each request", connections=16, tls=True, new_connection=True),
    Workload("tls-resume", "a resumed TLS 1.3 handshake for each request", connections=16, tls=True,
             new_connection=True, resume=True),
    Workload("h2-h1", "HTTP/2 over TLS, 10 connections of 32 streams, HTTP/1.1 upstream", connections=10, tls=True,
             h2=True, streams=32),
    Workload("h2-h2", "the same with HTTP/2 upstream", connections=10, tls=True, h2=True, streams=32,
             upstream_h2=True, without=("nginx", "nginx-big")),
    Workload("churn", "a new TCP connection for each request", connections=16, new_connection=True),
    Workload("routes", "10,000 routes against 10", path="/r7/1k", kind="routes"),
    Workload("log", "access log on against off", kind="log"),
    Workload("idle", "memory of 5,000 idle keep-alive connections, plain and TLS", connections=5000, kind="idle"),
]}
