"""HTTP/1 attacks against the real binary, judged by what comes back and by what a recording origin received.

Invariants of every case: (I1) no request reaches the origin that is not in the access log; (I2) whatever reaches it parses
strictly; (I3) after an error the connection ends and nothing behind it is served; (I4) memory and CPU stay in proportion.
"""

import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

import h1_cases  # noqa: E402
from h1_cases import CASES, HOST, SMUGGLED, get, post  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.recorder import Recorder, answer_ok  # noqa: E402
from support.resource_probe import ResourceProbe  # noqa: E402

ROWS = sorted({case.row for case in CASES})
LINGER = 64 * 1024
PER_CONNECTION = 1 << 20


class Attacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = Recorder()
        cls.addClassCleanup(cls.origin.close)
        cls.gateway = Gateway(forward_to(cls.origin.port))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port = cls.gateway.port("web")
        cls.probe = ResourceProbe(cls.gateway.pid)
        cls.total = 0  # requests the origin saw in all cases

    def setUp(self):
        self.origin.forget()

    def tearDown(self):
        self.assertTrue(self.gateway.program.running(), self.gateway.program.log())

    def run_case(self, case):
        """Sends the bytes; returns the responses up to the end of the connection."""
        self.origin.forget()
        with RawClient(self.port, seconds=3) as client:
            client.send(case.data + case.probe)
            responses = []
            # The gateway must end the connection by itself, after the error or after the probe's answer.
            while (response := client.read_response()) is not None:
                responses.append(response)
            return responses, client.ended

    def judge(self, case):
        responses, ended = self.run_case(case)
        seen = list(self.origin.requests)
        type(self).total += len(seen)
        self.assertEqual(self.origin.unclean(), [], "unclean bytes were forwarded")
        self.assertIsNotNone(ended, "the connection stayed open")
        statuses = [response.status for response in responses]
        getattr(self, "judge_" + case.expect)(case, statuses, responses, seen)

    def judge_reject(self, case, statuses, responses, seen):
        if len(case.data) > LINGER and not statuses:
            return  # closed while much was still being sent: the reset may overtake the answer
        self.assertEqual(len(statuses), 1, f"answers {statuses}")
        self.assertIn(statuses[0], case.statuses)
        self.assertEqual(seen, [], "something reached the origin")

    def judge_partial(self, case, statuses, responses, seen):
        self.assertLessEqual(len(statuses), 1, f"answers {statuses}")
        for status in statuses:
            self.assertIn(status, (*case.statuses, 400))
        self.assertEqual(seen, [], "a whole request reached the origin")

    def judge_forward(self, case, statuses, responses, seen):
        wanted = 2 if case.probe and "HTTP/1.0" not in case.name else 1
        self.assertEqual(statuses[:1], [200], f"answers {statuses}")
        self.assertGreaterEqual(len(seen), 1)
        self.assertLessEqual(len(statuses), wanted)
        self.assertEqual(len(seen), len(statuses))
        self.check_forwarded(case, seen[0])

    def judge_either(self, case, statuses, responses, seen):
        self.assertGreaterEqual(len(statuses), 1, "no answer")
        self.assertIn(statuses[0], case.statuses)
        self.assertLessEqual(len(seen), len(statuses))
        if statuses[0] == 400:
            self.assertEqual(statuses, [400])
        if seen and statuses[0] == 200:
            self.check_forwarded(case, seen[0])

    def check_forwarded(self, case, request):
        if case.body is not None:
            self.assertEqual(request.body, case.body)
        if case.target is not None:
            self.assertEqual(request.target, case.target)
        for name in case.absent:
            name, _, value = name.partition(":")
            found = request.values(name) + [v for key, v in request.trailers if key == name]
            self.assertEqual([v for v in found if not value or value in v.lower()], [], name)
        for name, value in case.present.items():
            self.assertEqual(request.values(name), [value])
        self.assertTrue(request.values("x-forwarded-for"), "no x-forwarded-for")
        forbidden = {"content-length", "transfer-encoding", "host", "authorization", "cookie", "content-type",
                     "trailer",
                     "content-encoding", "connection", "x-forwarded-for", "te", "expect", "set-cookie", "content-range"}
        self.assertFalse(forbidden & {key for key, _ in request.trailers}, request.trailers)
        if request.target == "/trailers":
            self.assertNotIn("evil", request.head.decode("latin-1"))

    def test_i1_every_forwarded_request_is_in_the_access_log(self):
        for count in range(1, 4):
            with RawClient(self.port) as client:
                client.send(get(target=b"/ok") * count + b"garbage\r\n\r\n")
                client.read_until_closed()
        self.assertTrue(self.wait_for_log(len(self.origin.requests)))

    def wait_for_log(self, count):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if len(self.gateway.log_lines()) >= count:
                return True
            time.sleep(0.02)
        return False

    @classmethod
    def tearDownClass(cls):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and len(cls.gateway.log_lines()) < cls.total:
            time.sleep(0.05)
        if len(cls.gateway.log_lines()) < cls.total:
            raise AssertionError(f"I1: {cls.total} requests reached the origin, {len(cls.gateway.log_lines())} logged")


def add_row(row):
    def test(self):
        for case in CASES:
            if case.row == row:
                with self.subTest(row, case=case.name):
                    self.judge(case)
    test.__name__ = f"test_{row.lower().replace('-', '_')}"
    setattr(Attacks, test.__name__, test)


for name in ROWS:
    add_row(name)


class Sequences(Attacks):
    """Rows that are about more than one message."""

    def test_byte_by_byte_is_the_same_request(self):
        with RawClient(self.port) as client:
            data = post(h1_cases.CHUNKED, b"5\r\nhello\r\n0\r\n\r\n", b"/ok")
            for at in range(len(data)):
                client.send(data[at:at + 1])
            self.assertEqual(client.read_response().status, 200)
        self.assertEqual(self.origin.requests[0].body, b"hello")
        self.assertEqual(self.origin.unclean(), [])

    def test_h1_10_one_byte_chunks_cost_in_proportion(self):
        size = 1 << 20
        body = b"1\r\nx\r\n" * size + b"0\r\n\r\n"
        before, self_cpu = self.probe.peak_rss(), self.probe.cpu_seconds()
        with RawClient(self.port, seconds=60) as client:
            client.send(post(h1_cases.CHUNKED, body, b"/ok"))
            self.assertEqual(client.read_response(seconds=60).status, 200)
        self.assertEqual(len(self.origin.requests[0].body), size)
        self.assertLess(self.probe.peak_rss() - before, 4 * PER_CONNECTION)
        upstream = len(self.origin.connections[-1].bytes)
        self.assertLess(upstream, len(body), "chunks were not joined")
        self.assertLess(self.probe.cpu_seconds() - self_cpu, 10)

    def test_h1_15_bytes_after_an_empty_body_are_the_next_request(self):
        with RawClient(self.port) as client:
            client.send(get(b"Content-Length: 0\r\n", b"/ok") + b"@@" + SMUGGLED)
            self.assertEqual(client.read_response().status, 200)
            response = client.read_response()
            self.assertIn(response.status, (400, 501))
            self.assertTrue(client.closed())
        self.assertEqual([r.target for r in self.origin.requests], ["/ok"])

    def test_h1_15_a_body_is_consumed_before_the_next_request(self):
        with RawClient(self.port) as client:
            client.send(get(b"Content-Length: %d\r\n" % len(SMUGGLED), b"/first") + SMUGGLED + get(target=b"/second"))
            self.assertEqual([client.read_response().status for _ in range(2)], [200, 200])
        self.assertEqual([r.target for r in self.origin.requests], ["/first", "/second"])

    def test_h1_16_a_connection_with_unread_body_is_not_reused(self):
        def early(script):
            while script.next_head() is not None:
                script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
                while script.receive():
                    pass
        # An origin and a gateway of its own: kept connections of other tests answer by other scripts.
        origin = Recorder(early)
        self.addCleanup(origin.close)
        with Gateway(forward_to(origin.port)) as gateway:
            with RawClient(gateway.port()) as client:
                client.send(post(b"Content-Length: 100000\r\n", b"x" * 10, b"/early"))
                self.assertEqual(client.read_response().status, 200)
                first = origin.connections[-1].number
            with RawClient(gateway.port()) as client:
                client.send(get(target=b"/next"))
                self.assertEqual(client.read_response().status, 200)
        self.assertEqual(origin.unclean(), [])
        carriers = [c.number for c in origin.connections if b"/next" in c.bytes]
        self.assertTrue(carriers and first not in carriers, "the poisoned connection was used again")

    def test_h1_17_a_waiting_client_is_told_to_continue_once(self):
        with RawClient(self.port) as client:
            client.send(post(b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"", b"/ok"))
            interim = client._one_response(False, 10)
            self.assertEqual(interim.status, 100)
            client.send(b"hello")
            response = client.read_response()
            self.assertEqual((response.status, response.interim), (200, []))
        self.assertEqual(self.origin.requests[0].body, b"hello")

    def test_h1_17_an_old_client_gets_no_interim_response(self):
        with RawClient(self.port) as client:
            client.send(get(b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"/ok", b"POST", b"HTTP/1.0") + b"hello")
            response = client.read_response()
            self.assertEqual(response.interim, [])

    def test_h1_23_a_thousand_pipelined_requests_are_answered_in_order(self):
        def echo(script):
            while (request := script.next_request()) is not None:
                script.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(request.target),
                        request.target.encode()))
        self.origin.script = echo
        self.addCleanup(self.restore)
        before = self.probe.peak_rss()
        with RawClient(self.port, seconds=60) as client:
            client.send(b"".join(get(target=b"/p%d" % i) for i in range(1000)))
            bodies = [client.read_response().body for _ in range(1000)]
        self.assertEqual(bodies, [b"/p%d" % i for i in range(1000)])
        self.assertLess(self.probe.peak_rss() - before, 4 * PER_CONNECTION)

    def test_h1_23_an_illegal_second_request_ends_the_connection(self):
        with RawClient(self.port) as client:
            client.send(get(target=b"/ok") + b"BROKEN\r\n\r\n" + SMUGGLED)
            self.assertEqual(client.read_response().status, 200)
            self.assertEqual(client.read_response().status, 400)
            self.assertTrue(client.closed())
        self.assertEqual([r.target for r in self.origin.requests], ["/ok"])

    def restore(self):
        self.origin.script = answer_ok

    def test_slow_parts_of_a_request_do_not_change_it(self):
        with RawClient(self.port) as client:
            client.send_parts([b"PO", b"ST /ok HTTP/1.1\r", b"\n" + HOST, b"Content-Le", b"ngth: 5\r\n\r", b"\nhe",
                               b"llo"])
            self.assertEqual(client.read_response().status, 200)
        self.assertEqual(self.origin.requests[0].body, b"hello")

    def test_connection_options_are_honoured(self):
        for version, field, stays in ((b"1.1", b"", True), (b"1.1", b"Connection: close\r\n", False),
                                      (b"1.0", b"", False),
                                      (b"1.1", b"Connection: CLOSE\r\n", False),
                                      (b"1.1", b"Connection: keep-alive, close\r\n", False)):
            with self.subTest(version=version, field=field), RawClient(self.port) as client:
                client.send(get(field, b"/ok", version=b"HTTP/" + version))
                self.assertEqual(client.read_response().status, 200)
                if stays:
                    client.send(get(target=b"/again"))
                    self.assertEqual(client.read_response().status, 200)
                else:
                    self.assertTrue(client.closed())

    def test_a_head_request_is_answered_without_a_body(self):
        with RawClient(self.port) as client:
            client.send(get(method=b"HEAD", target=b"/ok") + get(target=b"/ok"))
            self.assertEqual(client.read_response(head_request=True).status, 200)
            self.assertEqual(client.read_response().body, b"ok")

    def test_an_answer_gets_a_date(self):
        # RFC 9110 section 6.6.1: a recipient with a clock adds the field when it forwards.
        with RawClient(self.port) as client:
            client.send(get(target=b"/ok"))
            self.assertRegex(client.read_response().get("date"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")


class Mutations(Attacks):
    """Every pair of two length lines from a list of spellings: nothing unclean is forwarded, answers match requests."""

    def test_pairs_of_framing_lines(self):
        lines = [b"", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"content-length: 43\r\n",
                 b"Content-Length: 5, 5\r\n", b"Content-Length:5 \r\n",
                 b"Content-Length: 05\r\n", b"X: y\r\nContent-Length: 6\r\n"]
        lines += [line + b"\r\n" for line in h1_cases.DISGUISES.values()] + [h1_cases.CHUNKED,
                b"transfer-encoding: Chunked\r\n"]
        short = lines[:8] + lines[-2:]
        for first in lines:
            for second in short:
                with self.subTest(first=h1_cases.show(first), second=h1_cases.show(second)):
                    self.judge_mutation(post(first + second, b"0\r\n\r\n", b"/mutation") + SMUGGLED)

    def judge_mutation(self, data):
        self.origin.forget()
        with RawClient(self.port, seconds=10) as client:
            client.send(data)
            statuses = []
            # A length that swallows the probe leaves the gateway waiting for more, which is right.
            while (response := client.read_response(seconds=0.3)) is not None:
                statuses.append(response.status)
        seen = list(self.origin.requests)
        type(self).total += len(seen)
        self.assertEqual(self.origin.unclean(), [])
        self.assertEqual(statuses.count(200), len(seen), f"{statuses} for {seen}")
        self.assertTrue(all(status in (200, 400, 501) for status in statuses), statuses)
        self.assertTrue(400 not in statuses[:-1] and 501 not in statuses[:-1], f"served after an error: {statuses}")


for inherited in [name for name in vars(Attacks) if name.startswith("test_")]:
    for subclass in (Sequences, Mutations):
        if inherited not in vars(subclass):
            setattr(subclass, inherited, None)  # run once, in Attacks


if __name__ == "__main__":
    unittest.main()
