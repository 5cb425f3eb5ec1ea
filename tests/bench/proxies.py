"""The proxies of a measurement: how each is told to do the same work, started on its core, with one worker."""

import dataclasses
import json
import os
import shutil

from support.process import Meshctl, Program, Scratch, free_port, meshctl, wait_listening

PROXY_CORE = 0
DRIVER_CORE = 1


def on_core(core):
    return ["taskset", "-c", str(core)]


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a workload asks of a proxy."""

    backend: int  # port of the HTTP/1.1 upstream, or of the h2c one
    tls: bool = False
    upstream_h2: bool = False
    routes: int = 0  # /r0/… to /rN-1/…; 0 is one route for everything
    access_log: bool = False
    certificate: str = ""
    key: str = ""


class Proxy:
    """A running proxy: `port` to load, `pids` whose CPU and memory are its own."""

    def __init__(self, name, shape):
        self.name = name
        self.scratch = Scratch()
        try:
            self.port, self.program = STARTERS[name](shape, self.scratch)
        except BaseException:
            self.scratch.close()
            raise
        self.pids = [self.program.pid]

    def target(self, label=None):
        return f"{label or self.name}=127.0.0.1:{self.port}," + ",".join(map(str, self.pids))

    def close(self):
        self.program.kill()
        self.scratch.close()


def _start(arguments, port, scratch, name):
    program = Program([*on_core(PROXY_CORE), *arguments], scratch, name)
    try:
        wait_listening(port, program.child)
    except RuntimeError as error:
        program.kill()
        raise RuntimeError(f"{error}\n{program.log()}") from None
    return port, program


def _meshctl(shape, scratch):
    listener = {"address": "127.0.0.1:0"}
    if shape.tls:
        listener["tls"] = {"certificates": [{"cert": shape.certificate, "key": shape.key}]}
        listener["protocols"] = ["h2", "http/1.1"]
    paths = [f"/r{i}/*" for i in range(shape.routes)] or ["/*"]
    config = {
        "version": 1,
        "listeners": {"web": listener},
        "services": {"backend": {"endpoints": [f"127.0.0.1:{shape.backend}"],
                                 "protocol": "h2" if shape.upstream_h2 else "http1"}},
        "routes": [{"name": f"r{i}", "match": {"path": path}, "to": "backend"} for i, path in enumerate(paths)],
    }
    config["telemetry"] = {"access_log": {"format": "off"}}
    if shape.access_log:
        config["telemetry"] = {"access_log": {"path": scratch.file("access.log"), "format": "json"}}
    config["admin"] = {"socket": scratch.file("admin.sock")}
    path = scratch.file("gateway.yaml", json.dumps(config))
    program = Meshctl(["gateway", "serve", "-c", path, "--workers", "1"], scratch, "meshctl",
                      prefix=on_core(PROXY_CORE))
    return program.port("web"), program


def _nginx(shape, scratch, big=False):
    port = free_port()
    tls = " ssl http2" if shape.tls else ""
    secure = f"ssl_certificate {shape.certificate}; ssl_certificate_key {shape.key}; ssl_protocols TLSv1.3;"
    buffers = """proxy_buffer_size 64k; proxy_buffers 8 256k; proxy_busy_buffers_size 512k; proxy_max_temp_file_size 0;
      client_body_buffer_size 1m; proxy_request_buffering off;"""
    work = """proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Request-Id $request_id;"""
    locations = "\n".join(f"location /r{i}/ {{ {work} }}" for i in range(shape.routes)) or f"location / {{ {work} }}"
    log = f"access_log {scratch.file('access.log')};" if shape.access_log else "access_log off;"
    temporary = " ".join(f"{kind}_temp_path {scratch.file(kind)};"
                         for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = scratch.file("nginx.conf", f"""
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 20000;
error_log stderr crit; pid {scratch.file('nginx.pid')};
events {{ worker_connections 16000; }}
http {{
  {temporary} {log} keepalive_requests 1000000000; keepalive_timeout 600s; client_max_body_size 0;
  upstream backend {{ server 127.0.0.1:{shape.backend}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port}{tls} backlog=4096; {secure if shape.tls else ""} {buffers if big else ""}
    {locations}
  }}
}}
""")
    return _start(["nginx", "-e", "stderr", "-p", scratch.path, "-c", path], port, scratch, "nginx")


def _nginx_big(shape, scratch):
    return _nginx(shape, scratch, big=True)


def _haproxy(shape, scratch):
    port = free_port()
    tls = ""
    if shape.tls:
        with open(shape.certificate) as cert, open(shape.key) as key:
            pem = scratch.file("pair.pem", cert.read() + key.read())
        tls = f" ssl crt {pem} alpn h2,http/1.1 ssl-min-ver TLSv1.3"
    server = f"server s 127.0.0.1:{shape.backend}" + (" proto h2" if shape.upstream_h2 else "")
    routing, backends = "default_backend b", f"backend b\n  {server}\n"
    if shape.routes:
        table = scratch.file("routes.map", "".join(f"r{i} b\n" for i in range(shape.routes)))
        routing = f"use_backend %[path,field(2,/),map({table})]"
    log = "log stdout format raw local0\n  option httplog" if shape.access_log else ""
    path = scratch.file("haproxy.cfg", f"""
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
  option forwardfor
  http-reuse always
  {log}
frontend f
  bind 127.0.0.1:{port}{tls} backlog 4096
  http-request set-header x-request-id %[uuid()]
  {routing}
{backends}""")
    return _start(["haproxy", "-db", "-f", path], port, scratch, "haproxy")


def _nghttpx(shape, scratch):
    port = free_port()
    protocol = ";proto=h2" if shape.upstream_h2 else ""
    backends = [f"--backend=127.0.0.1,{shape.backend};/{protocol}"]
    backends += [f"--backend=127.0.0.1,{shape.backend};/r{i}/{protocol}" for i in range(shape.routes)]
    settings = "\n".join(option[2:] for option in backends)
    path = scratch.file("nghttpx.conf", settings + "\n")
    arguments = ["nghttpx", f"--conf={path}", f"--frontend=127.0.0.1,{port}" + ("" if shape.tls else ";no-tls"),
                 "--workers=1", "--single-process", "--add-x-forwarded-for", "--no-ocsp", "--errorlog-file=/dev/null",
                 "--frontend-keep-alive-timeout=600s", "--frontend-http2-read-timeout=600s", "--backlog=4096",
                 "--tls-min-proto-version=TLSv1.3", "--log-level=ERROR"]
    if shape.access_log:
        arguments.append(f"--accesslog-file={scratch.file('access.log')}")
    if shape.tls:
        arguments += [shape.key, shape.certificate]
    return _start(arguments, port, scratch, "nghttpx")


STARTERS = {"meshctl": _meshctl, "nginx": _nginx, "nginx-big": _nginx_big, "haproxy": _haproxy, "nghttpx": _nghttpx}

# The Debian package of each peer, for the message when it is missing.
PACKAGES = {"nginx": "nginx-light", "nginx-big": "nginx-light", "haproxy": "haproxy", "nghttpx": "nghttp2-proxy"}


def check_installed(names):
    """Raises for a peer that cannot be started here."""
    for name in names:
        if name == "meshctl":
            meshctl()
        elif name not in STARTERS:
            raise RuntimeError(f"unknown peer '{name}'; one of {', '.join(sorted(PACKAGES))}")
        elif not shutil.which(name.removesuffix("-big")):
            raise RuntimeError(f"'{name}' is not installed; apt-get install {PACKAGES[name]}")


def version(name):
    """One line that says which build was measured."""
    import subprocess
    if name == "meshctl":
        arguments = [meshctl(), "version"]
    else:
        arguments = [name.removesuffix("-big"), "-v"]
    result = subprocess.run(arguments, capture_output=True, text=True)
    lines = (result.stdout + result.stderr).strip().splitlines()
    return lines[0] if lines else os.path.basename(arguments[0])
