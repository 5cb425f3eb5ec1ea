"""Reloads under load: nothing fails, tunnels stay, a bad file changes nothing, an equal one does nothing (FT-20, FT-22)."""

import copy
import os
import signal
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from h1_cases import get  # noqa: E402
from support.background import Load  # noqa: E402
from support.counting import Backend  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.process import free_port  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.raw_http2 import RawH2  # noqa: E402
from support.recorder import Recorder  # noqa: E402
from support.resource_probe import ResourceProbe  # noqa: E402

RELOADS = 100
UPGRADE = (b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           b"Sec-WebSocket-Version: 13\r\n")


def mirror(script):
    """Accepts an upgrade and sends every byte back; a connection without HTTP gets its bytes back at once."""
    first = script.socket.recv(65536)
    if first.startswith(b"GET "):
        script.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    else:
        script.send(first)
    while data := script.socket.recv(65536):
        script.send(data)


class Tunnel:
    """A client whose bytes come back; say() proves that it still lives."""

    def __init__(self, port, upgrade):
        self.client = RawClient(port)
        if upgrade:
            self.client.send(get(UPGRADE, b"/ws"))
            assert self.client.read_response().status == 101

    def say(self, text):
        self.client.send(text)
        while len(self.client.buffer) < len(text) and self.client.fill():
            pass
        heard, self.client.buffer = self.client.buffer, b""
        return heard == text


class Reload(unittest.TestCase):
    def setUp(self):
        backend = Backend()
        port = backend.__enter__().port
        self.addCleanup(backend.__exit__)
        tunnels = Recorder(mirror)
        self.addCleanup(tunnels.close)
        # The load's own HTTP/2 client gives up what is under way when a connection has had its share of requests.
        limits = {"requests_per_connection": 10_000_000}
        self.config = forward_to(port, listeners={"web": {"address": "127.0.0.1:0", "limits": limits},
                                                  "raw": {"address": "127.0.0.1:0", "tcp": "tunnel"}},
                                 routes=[{"name": "all", "match": {"path": "/*"}, "to": "origin"},
                                         {"name": "ws", "match": {"path": "/ws"}, "to": "tunnel"}])
        self.config["services"]["tunnel"] = {"endpoints": [f"127.0.0.1:{tunnels.port}"]}
        self.gateway = Gateway(self.config, workers=2)
        self.addCleanup(self.gateway.__exit__, None, None, None)
        self.port = self.gateway.port("web")

    def variant(self, number):
        """The configuration with another set of routes and timeouts."""
        config = copy.deepcopy(self.config)
        config["services"]["origin"]["timeouts"] = {"idle": f"{60 + number % 7}s"}
        config["routes"] += [{"name": f"extra{i}", "match": {"path": f"/extra{i}/*"}, "to": "origin"}
                             for i in range(number % 5)]
        return config

    def ok(self, path=b"/1k"):
        with RawClient(self.port) as client:
            client.send(get(target=path))
            return client.read_response().status == 200

    def test_a_hundred_reloads_fail_no_request_and_cut_no_tunnel(self):
        websocket, raw = Tunnel(self.port, True), Tunnel(self.gateway.port("raw"), False)
        loads = [Load(self.port), Load(self.port, h2=True, connections=4)]
        for load in loads:
            self.addCleanup(load.close)
        probe = ResourceProbe(self.gateway.pid)
        descriptors = []
        for number in range(RELOADS):
            result = self.gateway.reload(self.variant(number + 1))
            self.assertEqual(result.returncode, 0, result.stderr)
            if number % 10 == 0:
                self.assertTrue(websocket.say(b"still there %d" % number))
                self.assertTrue(raw.say(b"raw too %d" % number))
                descriptors.append(probe.descriptors())
        for load, name in zip(loads, ("HTTP/1.1", "HTTP/2")):
            requests, failures = load.stop()
            self.assertGreater(requests, 1000, name)
            self.assertEqual(failures, 0, f"{name}: {failures} of {requests} requests failed")
        self.assertTrue(websocket.say(b"at the end") and raw.say(b"at the end"))
        self.assertLess(max(descriptors) - min(descriptors), 100, f"descriptors {descriptors}")

    def test_a_bad_file_changes_nothing_and_says_why(self):
        bad = {
            "unknown key": ('version: 1\nlisteners:\n  web: { adress: "127.0.0.1:0" }\n', "adress"),
            "undefined service": ('version: 1\nlisteners: { web: { address: "127.0.0.1:0" } }\nroutes:\n  - { name: a, match: { path: /* }, to: nobody }\n', "nobody"),
            "half a file": ('version: 1\nlisteners: { web: {', ""),
            "empty": ("", ""),
            "not YAML": ("\t\0{{{", ""),
        }
        for name, (text, word) in bad.items():
            with self.subTest(name):
                self.gateway.write(text)
                result = self.gateway.reload()
                self.assertNotEqual(result.returncode, 0, result.stdout)
                said = result.stderr + result.stdout
                self.assertIn(os.path.basename(self.gateway.config_path), said)
                self.assertIn(word, said)
                self.assertTrue(self.ok())
        os.remove(self.gateway.config_path)
        self.assertNotEqual(self.gateway.reload().returncode, 0)
        self.assertTrue(self.ok())
        self.assertEqual(self.gateway.reload(self.variant(1)).returncode, 0)
        self.assertTrue(self.ok())

    def test_an_equal_file_is_a_no_op(self):
        with RawClient(self.port) as h1, RawH2(self.port) as h2:
            for number in range(5):
                result = self.gateway.reload()
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertRegex(result.stdout + result.stderr, "nothing has changed|unchanged")
                h1.send(get(target=b"/1k"))
                self.assertEqual(h1.read_response().status, 200)
                self.assertEqual(h2.status(h2.get("/1k")), 200)

    def test_a_new_route_takes_effect_on_open_connections(self):
        with RawClient(self.port) as h1, RawH2(self.port) as h2:
            config = self.variant(1)
            config["routes"].append({"name": "teapot", "match": {"path": "/teapot"},
                                     "filters": [{"respond": {"status": 418, "body": "short"}}]})
            h1.send(get(target=b"/teapot"))
            self.assertEqual(h1.read_response().status, 200)
            self.assertEqual(self.gateway.reload(config).returncode, 0)
            h1.send(get(target=b"/teapot"))
            self.assertEqual(h1.read_response().status, 418)
            self.assertEqual(h2.status(h2.get("/teapot")), 418)

    def test_listeners_come_and_go_and_the_others_stay(self):
        extra = free_port()
        more = self.variant(1)
        more["listeners"]["extra"] = {"address": f"127.0.0.1:{extra}"}
        with RawClient(self.port) as kept:
            self.assertEqual(self.gateway.reload(more).returncode, 0)
            with RawClient(extra) as client:
                client.send(get(target=b"/1k"))
                self.assertEqual(client.read_response().status, 200)
            self.assertEqual(self.gateway.reload(self.variant(2)).returncode, 0)
            with self.assertRaises(OSError):
                RawClient(extra)
            kept.send(get(target=b"/1k"))
            self.assertEqual(kept.read_response().status, 200)
        taken = Recorder()
        self.addCleanup(taken.close)
        conflict = self.variant(3)
        conflict["listeners"]["extra"] = {"address": f"127.0.0.1:{taken.port}"}
        self.assertNotEqual(self.gateway.reload(conflict).returncode, 0, "a port in use was not told")
        self.assertTrue(self.ok())

    def test_sighup_reloads(self):
        config = self.variant(1)
        config["routes"].append({"name": "teapot", "match": {"path": "/teapot"},
                                 "filters": [{"respond": {"status": 418, "body": "short"}}]})
        self.gateway.write(config)
        for _ in range(50):  # a storm is one reload at a time
            self.gateway.program.send(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with RawClient(self.port) as client:
                client.send(get(target=b"/teapot"))
                if client.read_response().status == 418:
                    return
        self.fail("the new configuration did not come into force")


if __name__ == "__main__":
    unittest.main()
