"""A small reverse proxy, for tests: everything below one path of its own site is the wall."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"}


class Proxy:
    """Serves ``http://127.0.0.1:<port><prefix>`` from ``127.0.0.1:<behind>``; the rest of the site is 404.

    ``strayed`` collects what was asked for outside the prefix. ``pages`` are further pages of the site.
    """

    def __init__(self, behind, prefix="/wall/", *, pass_host=False, pages=()):
        self.strayed = []
        proxy = self
        own = dict(pages)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path in own:
                    return self._answer(200, [("Content-Type", "text/html")], own[self.path].encode())
                if not self.path.startswith(prefix):
                    proxy.strayed.append(self.path)
                    return self._answer(404, [], b"another site")
                asked = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                if not pass_host:
                    asked["Host"] = f"127.0.0.1:{behind}"
                wall = http.client.HTTPConnection("127.0.0.1", behind, timeout=10)
                try:
                    wall.request("GET", self.path[len(prefix) - 1 :], headers=asked)
                    reply = wall.getresponse()
                    headers = [(k, v) for k, v in reply.getheaders() if k.lower() not in HOP_BY_HOP]
                    return self._answer(reply.status, headers, reply.read())
                finally:
                    wall.close()

            def _answer(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() != "content-length":
                        self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if status not in (204, 304):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}{prefix}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
