"""Raw keep-alive HTTP load against a server on this machine, and what the server spends on it.

Requests are built once and replayed, so that the client is not what is measured; operations are
counted per second of the *server's* CPU, which a busy neighbour does not change.
"""
import os
import selectors
import socket
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a process and of its living and reaped children's none."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def request(method, path, port, headers, body):
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
    head += "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    return (head + f"content-length: {len(body)}\r\n\r\n").encode() + body


class Connection:
    def __init__(self, port):
        self.port = port
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_closing = False
        self.received = bytearray()
        self.started = 0.0

    def send(self, payload):
        self.started = time.perf_counter()
        self.socket.setblocking(True)
        self.socket.sendall(payload)
        self.socket.setblocking(False)

    def answer(self):
        """The answer's status when it is complete, else None."""
        try:
            chunk = self.socket.recv(1 << 18)
        except BlockingIOError:
            return None
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self.received += chunk
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        self.is_closing = b"connection: close" in head
        if b"transfer-encoding: chunked" in head:
            if not self.received.endswith(b"0\r\n\r\n"):
                return None
        else:
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.received) < end + 4 + length:
                return None
        status = int(head[9:12])
        self.received.clear()
        return status


def run(port, pid, payloads, connections, seconds):
    """Replays payloads; returns answers, wall seconds, server CPU seconds and sorted latencies."""
    selector = selectors.DefaultSelector()
    pool = [Connection(port) for _ in range(connections)]
    latencies, failed, sent = [], 0, 0
    cpu = cpu_seconds(pid)
    begin = time.perf_counter()
    for connection in pool:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(payloads[sent % len(payloads)])
        sent += 1
    open_requests = len(pool)
    while open_requests:
        ready = selector.select(15)
        if not ready:
            raise TimeoutError("no answer for 15 s")
        for key, _ in ready:
            connection = key.data
            status = connection.answer()
            if status is None:
                continue
            now = time.perf_counter()
            latencies.append(now - connection.started)
            failed += status != 200
            if now - begin < seconds:
                # A server without keep-alive gets a new connection for each request.
                if connection.is_closing:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    connection.connect()
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.send(payloads[sent % len(payloads)])
                sent += 1
            else:
                open_requests -= 1
    wall = time.perf_counter() - begin
    spent = cpu_seconds(pid) - cpu
    for connection in pool:
        connection.socket.close()
    if failed:
        raise RuntimeError(f"{failed} of {len(latencies)} requests failed")
    return {
        "count": len(latencies),
        "wall": wall,
        "cpu": max(spent, 1 / TICKS),
        "latencies": sorted(latencies),
    }
