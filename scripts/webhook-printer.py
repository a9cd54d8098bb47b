"""An HTTP server that prints what is posted to it, a line each: method, path, body. Answers 204."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Printer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print(self.command, self.path, body.decode(errors="replace"), flush=True)
        self.send_response(204)
        self.end_headers()

    do_PUT = do_PATCH = do_DELETE = do_GET = do_POST

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Printer).serve_forever()
