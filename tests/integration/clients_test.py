"""Clients that people use, through the real binary, against real upstreams, in every pair of protocols."""

import hashlib
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from support.certificates import Authority  # noqa: E402
from support.gateway import Echo, Gateway  # noqa: E402
from support.process import Scratch  # noqa: E402
from support.resource_probe import ResourceProbe  # noqa: E402
from support.upstreams import Nginx, PythonServer, pattern  # noqa: E402

BIG = 64 << 20
BUFFERS = 12 << 20  # what a 64 MiB body may cost in memory
DOWNSTREAMS = {"h1": ("plain", ["--http1.1"]), "h2c": ("plain", ["--http2-prior-knowledge"]),
               "h1-tls": ("edge", ["--http1.1"]),
               "h2": ("edge", ["--http2"])}
UPSTREAMS = {"python": "py", "nginx": "nginx", "echo over h1": "echo", "echo over h2": "echo2"}


def setUpModule():
    global scratch, gateway, authority
    scratch = Scratch()
    unittest.addModuleCleanup(scratch.close)
    authority = Authority(scratch)
    certificate, key = authority.leaf("edge")
    python, nginx, echo = PythonServer(), Nginx(), Echo()
    unittest.addModuleCleanup(python.close)
    unittest.addModuleCleanup(nginx.close)
    unittest.addModuleCleanup(echo.__exit__)
    ports = {"py": (python.port, "http1"), "nginx": (nginx.port, "http1"), "echo": (echo.port(), "http1"),
             "echo2": (echo.port(), "h2")}
    gateway = Gateway({
        "version": 1,
        "listeners": {"plain": {"address": "127.0.0.1:0"},
                      "edge": {"address": "127.0.0.1:0", "tls": {"certificates": [{"cert": certificate, "key": key}]}}},
        "services": {name: {"endpoints": [f"127.0.0.1:{port}"], "protocol": protocol} for name,
                     (port, protocol) in ports.items()},
        "routes": [{"name": name, "match": {"path": f"/{name}/*"}, "to": name} for name in ports],
    }, workers=2)
    unittest.addModuleCleanup(gateway.__exit__, None, None, None)


def url(downstream, path):
    listener = DOWNSTREAMS[downstream][0]
    return f"{'https' if listener == 'edge' else 'http'}://localhost:{gateway.port(listener)}{path}"


def run(arguments, **options):
    return subprocess.run(arguments, capture_output=True, timeout=120, **options)


def curl(downstream, path, *arguments, **options):
    result = run(["curl", "-sS", "--cacert", authority.path, *DOWNSTREAMS[downstream][1], *arguments,
                  url(downstream, path)], **options)
    if result.returncode != 0:
        raise AssertionError(f"curl ended with {result.returncode}: {result.stderr.decode()}")
    return result.stdout


class Curl(unittest.TestCase):
    def test_every_downstream_to_every_upstream(self):
        for downstream in DOWNSTREAMS:
            for about, name in UPSTREAMS.items():
                path = "/nginx/small" if name == "nginx" else f"/{name}/thing?q=1"
                with self.subTest(downstream=downstream, upstream=about):
                    version = {"h1": "1.1", "h1-tls": "1.1"}.get(downstream, "2")
                    out = curl(downstream, path, "-w", "\n%{http_code} %{http_version}", "-o", "/dev/null")
                    self.assertEqual(out.decode().strip(), f"200 {version}")
                    head = curl(downstream, path, "-I", "-w", "%{http_code} %{size_download}", "-o", "/dev/null")
                    self.assertEqual(head.decode(), "200 0")

    def test_bodies_go_up_unchanged(self):
        for downstream in DOWNSTREAMS:
            for size in (0, 1, 1000, 65536, 1 << 20):
                with self.subTest(downstream=downstream, size=size):
                    body = pattern(size)
                    out = curl(downstream, "/py/digest", "--data-binary", "@-", input=body)
                    self.assertEqual(out.decode(), f"{size} {hashlib.sha256(body).hexdigest()}")
            with self.subTest(downstream=downstream, upstream="echo over h2"):
                self.assertIn(b"a-marked-body", curl(downstream, "/echo2/body", "--data-binary", "a-marked-body"))
                self.assertIn(b"a-marked-body", curl(downstream, "/echo/body", "--data-binary", "a-marked-body"))

    def test_large_downloads_are_streamed(self):
        probe = ResourceProbe(gateway.pid)
        wanted = hashlib.sha256(pattern(BIG)).hexdigest()
        for downstream in DOWNSTREAMS:
            for path in ("/nginx/big", f"/py/size/{BIG}"):
                with self.subTest(downstream=downstream, path=path):
                    before = probe.rss()
                    self.assertEqual(hashlib.sha256(curl(downstream, path)).hexdigest(), wanted)
                    self.assertLess(probe.rss() - before, BUFFERS)

    def test_large_uploads_are_streamed(self):
        probe = ResourceProbe(gateway.pid)
        body = pattern(BIG)
        big = scratch.file("big", body)
        for downstream in DOWNSTREAMS:
            with self.subTest(downstream=downstream):
                before = probe.rss()
                out = curl(downstream, "/py/digest", "-T", big)
                self.assertEqual(out.decode(), f"{BIG} {hashlib.sha256(body).hexdigest()}")
                self.assertLess(probe.rss() - before, BUFFERS)

    def test_chunked_uploads(self):
        for downstream in DOWNSTREAMS:
            with self.subTest(downstream=downstream):
                out = curl(downstream, "/py/digest", "-T", "-", input=pattern(300000))
                self.assertEqual(out.decode().split()[0], "300000")

    def test_expect_is_answered(self):
        for downstream in ("h1", "h1-tls"):
            with self.subTest(downstream=downstream):
                out = curl(downstream, "/py/digest", "-H", "Expect: 100-continue", "--expect100-timeout", "30",
                           "--data-binary", "@-", "-w", " %{time_total}",
                           input=pattern(1000))
                self.assertEqual(out.decode().split()[0], "1000")
                self.assertLess(float(out.split()[-1]), 20, "the client waited in vain for 100")

    def test_trailers_do_not_break_the_body(self):
        for downstream in DOWNSTREAMS:
            with self.subTest(downstream=downstream):
                self.assertEqual(curl(downstream, "/py/trailers", "-H", "TE: trailers"), b"hello")

    def test_many_requests_on_one_connection(self):
        for downstream in DOWNSTREAMS:
            with self.subTest(downstream=downstream):
                out = run(["curl", "-sS", "--cacert", authority.path, *DOWNSTREAMS[downstream][1], "-w",
                           "%{num_connects}\n", "-o", "/dev/null",
                           url(downstream, "/py/[1-50]")])
                self.assertEqual(sum(map(int, out.stdout.split())), 1, out.stderr)

    def test_parallel_transfers(self):
        # Not h2c: curl 7.88 cannot share a connection with prior knowledge in parallel (error 16 against any server).
        for downstream in ("h1", "h1-tls", "h2"):
            with self.subTest(downstream=downstream):
                out = run(["curl", "-sS", "-Z", "--parallel-max", "20", "--cacert", authority.path,
                           *DOWNSTREAMS[downstream][1], "-w", "%{http_code}\n",
                           "-o", "/dev/null", url(downstream, "/py/size/100[000-099]")])
                self.assertEqual(out.stdout.split(), [b"200"] * 100, out.stderr)


class LoadTools(unittest.TestCase):
    def test_h2load(self):
        for downstream, extra in (("h2c", []), ("h2", []), ("h1", ["--h1"]), ("h1-tls", ["--h1"])):
            for path in ("/nginx/small", "/echo2/x"):
                with self.subTest(downstream=downstream, path=path):
                    out = run(["h2load", "-n", "2000", "-c", "8", "-m", "1" if extra else "16", *extra,
                               url(downstream, path)])
                    self.assertIn("2000 done, 2000 succeeded, 0 failed, 0 errored", out.stdout.decode(),
                                  out.stdout.decode())
                    self.assertIn("2000 2xx", out.stdout.decode())

    def test_wrk(self):
        for downstream in ("h1", "h1-tls"):
            with self.subTest(downstream=downstream):
                out = run(["wrk", "-t1", "-c16", "-d1s", url(downstream, "/nginx/small")]).stdout.decode()
                self.assertGreater(int(re.search(r"(\d+) requests in", out)[1]), 10, out)
                self.assertNotIn("Socket errors", out)
                self.assertNotIn("Non-2xx", out)

    def test_nghttp(self):
        for downstream in ("h2c", "h2"):
            with self.subTest(downstream=downstream):
                out = run(["nghttp", url(downstream, "/nginx/small")])
                self.assertEqual(out.stdout, pattern(1024), out.stderr)
                out = run(["nghttp", "-v", "-n", "-m", "5", url(downstream, "/py/trailers"), "-H",
                           "te: trailers"]).stdout.decode()
                self.assertEqual(out.count(":status: 200"), 5, out)
                self.assertIn("x-sum: abc", out)


class PythonClients(unittest.TestCase):
    def test_http_client(self):
        context = ssl.create_default_context(cafile=authority.path)
        for connection in (http.client.HTTPConnection("localhost", gateway.port("plain")),
                           http.client.HTTPSConnection("localhost", gateway.port("edge"), context=context)):
            with self.subTest(connection=type(connection).__name__):
                for number in range(20):
                    connection.request("GET", f"/py/size/{number * 1000}")
                    self.assertEqual(connection.getresponse().read(), pattern(number * 1000))
                connection.request("POST", "/py/digest", body=iter([b"a" * 10] * 10), encode_chunked=True,
                                   headers={"Transfer-Encoding": "chunked"})
                self.assertEqual(connection.getresponse().read().split()[0], b"100")
                connection.request("HEAD", "/py/size/100")
                response = connection.getresponse()
                self.assertEqual((response.getheader("content-length"), response.read()), ("100", b""))
                connection.close()

    def test_httpx(self):
        import httpx
        for downstream in ("h1", "h1-tls", "h2"):
            with self.subTest(downstream=downstream), httpx.Client(http2=downstream == "h2",
                                                                   verify=authority.path) as client:
                for number in range(20):
                    response = client.get(url(downstream, f"/py/size/{number * 1000}"))
                    self.assertEqual((response.status_code, response.content), (200, pattern(number * 1000)))
                self.assertEqual(response.http_version, "HTTP/2" if downstream == "h2" else "HTTP/1.1")
                response = client.post(url(downstream, "/py/digest"), content=(b"x" * 1000 for _ in range(100)))
                self.assertEqual(response.text.split()[0], "100000")
                with client.stream("GET", url(downstream, "/nginx/big")) as response:
                    self.assertEqual(sum(map(len, response.iter_raw())), BIG)


NODE = r"""
const http = require('http'), https = require('https'), http2 = require('http2'), fs = require('fs');
const [plain, edge, caPath] = process.argv.slice(1), ca = fs.readFileSync(caPath), out = {};
function h1(name, module, base, agent) {
  return new Promise((resolve, reject) => {
    let left = 50, bytes = 0;
    for (let i = 0; i < 50; i++) {
      const request = module.request(base + '/py/size/1000', {agent, ca}, response => {
        response.on('data', data => bytes += data.length);
        response.on('end', () => { if (--left === 0) { out[name] = bytes; agent.destroy(); resolve(); } });
      });
      request.on('error', reject); request.end();
    }
  });
}
function post(name, module, base, agent) {
  return new Promise((resolve, reject) => {
    const request = module.request(base + '/py/digest', {method: 'POST', agent, ca}, response => {
      let text = ''; response.on('data', data => text += data); response.on('end', () => { out[name] = text.split(' ')[0]; agent.destroy(); resolve(); });
    });
    request.on('error', reject);
    for (let i = 0; i < 100; i++) request.write(Buffer.alloc(1000));
    request.end();
  });
}
function h2(name, base) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(base, {ca}); session.on('error', reject);
    let left = 50, bytes = 0;
    for (let i = 0; i < 50; i++) {
      const stream = session.request({':path': i % 2 ? '/py/size/1000' : '/py/digest', ':method': i % 2 ? 'GET' : 'POST'});
      stream.on('data', data => bytes += i % 2 ? data.length : (String(data).startsWith('5000 ') ? 1 : 0));
      stream.on('end', () => { if (--left === 0) { out[name] = bytes; session.close(resolve); } });
      stream.on('error', reject);
      stream.end(i % 2 ? undefined : Buffer.alloc(5000));
    }
  });
}
(async () => {
  await h1('h1', http, plain, new http.Agent({keepAlive: true, maxSockets: 5}));
  await h1('h1-tls', https, edge, new https.Agent({keepAlive: true, maxSockets: 5, ca}));
  await post('post', http, plain, new http.Agent());
  await post('post-tls', https, edge, new https.Agent({ca}));
  await h2('h2c', plain);
  await h2('h2', edge);
  console.log(JSON.stringify(out));
})().catch(error => { console.error(error); process.exit(1); });
"""


class Node(unittest.TestCase):
    def test_http_https_and_http2(self):
        result = run(["node", "-e", NODE, url("h1", ""), url("h2", ""), authority.path])
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        self.assertEqual(json.loads(result.stdout),
                         {"h1": 50000, "h1-tls": 50000, "post": "100000", "post-tls": "100000", "h2c": 25025,
                          "h2": 25025})


if __name__ == "__main__":
    unittest.main()
