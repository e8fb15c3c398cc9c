"""Functions, beside the peer that runs them as processes too: warm calls, cold starts, many at once.

    python3 bench/functions.py            all of it, as the rows of RESULTS.md
    python3 bench/functions.py --quick
    python3 bench/functions.py --many     20,000 calls, 200 at a time, and what becomes of memory
"""
import argparse
import base64
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import zipfile

import load

ROLE = "arn:aws:iam::000000000000:role/r"
KEY = "000000000000"
PYTHON = """
import time
def handler(event, context):
    begin = time.perf_counter()
    total = sum(range(event["n"]))
    return {"own": (time.perf_counter() - begin) * 1000}
"""
NODE = """
exports.handler = async (event) => {
  const begin = performance.now();
  let total = 0;
  for (let n = 0; n < event.n; n++) total += n;
  return { own: performance.now() - begin };
};
"""
LANGUAGES = [("Python", "python3.12", "index.py", PYTHON), ("Node.js", "nodejs20.x", "index.js", NODE)]


def headers():
    scope = f"{KEY}/20260101/us-east-1/lambda/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, "
            "Signature=" + "0" * 64, "x-amz-date": "20260101T000000Z",
            "content-type": "application/json"}


def call(connection, method, path, body):
    connection.request(method, path, body, headers())
    answer = connection.getresponse()
    return answer.status, answer.read()


def make(connection, name, runtime, file, source, memory=512):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr(file, source)
    body = json.dumps({
        "FunctionName": name, "Runtime": runtime, "Role": ROLE, "Handler": "index.handler",
        "Timeout": 30, "MemorySize": memory,
        "Code": {"ZipFile": base64.b64encode(out.getvalue()).decode()}})
    status, text = call(connection, "POST", "/2015-03-31/functions", body)
    assert status == 201, text


def invoke(connection, name, event):
    begin = time.perf_counter()
    status, text = call(
        connection, "POST", f"/2015-03-31/functions/{name}/invocations", json.dumps(event))
    took = (time.perf_counter() - begin) * 1000
    assert status == 200, text
    return took, json.loads(text)


class RawConnection:
    """Sends prepared bytes and takes the answer off the socket: nothing of the client's own but two
    system calls lies in the time between."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, payload):
        """Milliseconds, and the body."""
        begin = time.perf_counter()
        self.socket.sendall(payload)
        received = self.socket.recv(1 << 16)
        while not self._is_whole(received):
            piece = self.socket.recv(1 << 16)
            assert piece, "the server closed the connection"
            received += piece
        took = (time.perf_counter() - begin) * 1000
        head, _, body = received.partition(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], received
        if b"transfer-encoding: chunked" in head.lower():
            body = body.split(b"\r\n")[1]
        return took, body

    @staticmethod
    def _is_whole(received):
        head, gap, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if length:
            return len(body) >= int(length[1])
        return bool(gap) and body.endswith(b"0\r\n\r\n")


def warm(port, runs):
    """Milliseconds over the function's own, for each language: of prepared bytes on a socket, and of
    Python's `http.client`, which boto3 stands on."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    raw = RawConnection(port)
    found = {}
    for language, runtime, file, source in LANGUAGES:
        name = "warm-" + file[6:]
        make(connection, name, runtime, file, source)
        payload = load.request(
            "POST", f"/2015-03-31/functions/{name}/invocations", port, headers(), b'{"n": 1000}')
        for _ in range(20):
            raw.ask(payload)
        over, through = [], []
        for _ in range(runs):
            took, body = raw.ask(payload)
            over.append(took - json.loads(body)["own"])
        for _ in range(runs):
            took, answer = invoke(connection, name, {"n": 1000})
            through.append(took - answer["own"])
        found[language] = (statistics.median(over), statistics.median(through))
    return found


def own_start(language, runs):
    """The interpreter alone, which does nothing."""
    program = ["python3", "-c", "import sys; print(sys.executable)"] if language == "Python" else [
        "node", "-p", "process.execPath"]
    path = subprocess.run(program, capture_output=True, text=True).stdout.strip()
    command = [path, "-c", "pass"] if language == "Python" else [path, "-e", "0"]
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(command)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def cold(port, runs):
    """The first call of new functions, and the interpreter's own start, in turn."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    found = {}
    for language, runtime, file, source in LANGUAGES:
        times, own = [], []
        for n in range(runs):
            name = f"cold-{file[6:]}-{n}"
            make(connection, name, runtime, file, source + f"\n{'#' if language == 'Python' else '//'} {n}\n")
            own.append(own_start(language, 1))
            times.append(invoke(connection, name, {"n": 1})[0])
        found[language] = (statistics.median(times), statistics.median(own))
    return found


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def children(pid):
    return sum(1 for entry in pathlib.Path("/proc").glob("[0-9]*/stat")
               if _parent(entry) == pid)


def _parent(entry):
    try:
        return int(entry.read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return None


def many(server, calls=20_000, at_once=200):
    """Calls of one function, many at a time: failures, processes, memory before and after."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    make(connection, "many", "python3.12", "index.py", "def handler(e, c): return e['n'] + 1\n", 128)
    invoke(connection, "many", {"n": 0})
    before = resident(server.pid)
    left, lock, failures = [calls], threading.Lock(), []
    most = 0

    def work():
        own = http.client.HTTPConnection("127.0.0.1", server.port)
        while True:
            with lock:
                if left[0] == 0:
                    return
                left[0] -= 1
                n = left[0]
            try:
                if invoke(own, "many", {"n": n})[1] != n + 1:
                    failures.append(n)
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, children(server.pid))
        threads[0].join(0.2)
        threads = [thread for thread in threads if thread.is_alive()]
    took = time.perf_counter() - begin
    return {"calls": calls, "at once": at_once, "failed": len(failures), "first": failures[:1],
            "seconds": took, "processes": most, "MB before": before, "MB after": resident(server.pid)}


def table(leat, peers, runs):
    """Rows of RESULTS.md. `leat` and each of `peers` start a server that has a port."""
    rows = []
    servers = {"leat": leat, **peers}
    found = {}
    for name, start in servers.items():
        server = start()
        try:
            found[name] = warm(server.port, runs)
            if name == "leat":
                starts = cold(server.port, max(5, runs // 20))
        finally:
            server.stop()
    for language, *_ in LANGUAGES:
        ours, through = found["leat"][language]
        theirs = {name: found[name][language][0] for name in peers}
        beside = {name: f"{value:.1f} ms ({value / ours:.0f} ×)" for name, value in theirs.items()}
        rows.append((f"warm {language} call, p50 over the function's own time", "≤ 1 ms, ≥ 20 × faster",
                     f"{ours:.2f} ms ({through:.2f} through `http.client`)",
                     ours <= 1 and all(value >= 20 * ours for value in theirs.values()), beside))
    for language, (took, own) in starts.items():
        over = took - own
        rows.append((f"cold start of a {language} function over the interpreter's own {own:.0f} ms",
                     "≤ 15 ms", f"{over:.1f} ms", over <= 15, {}))
    return rows


def main():
    import run

    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--many", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp()
    try:
        if options.many:
            server = run.leat_server(f"{folder}/many")
            print(json.dumps(many(server), indent=2))
            server.stop()
            return
        def peer(command):
            path, arguments, env = command
            def start():
                port = run.free_port()
                return run.Server([path, *arguments(port)], port, env(port))
            return start
        peers = {name: peer(command) for name, command in run.peer_commands().items()
                 if name == "ministack"}
        rows = table(lambda: run.leat_server(f"{folder}/leat"), peers, 40 if options.quick else 300)
        print(run.table(rows, peers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
