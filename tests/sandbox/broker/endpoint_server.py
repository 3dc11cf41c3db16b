"""A real HTTP server that speaks the part of OpenAI's API that the broker uses."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

type Answer = tuple[int, Any]


def completion(text: Any, usage: Any = None) -> Answer:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return 200, body if usage is None else {**body, "usage": usage}


def counted(asked: int, answered: int) -> dict[str, int]:
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


class Script:
    """Answers in turn; the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def __call__(self, path: str, body: Any) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Cut(bytes):
    """A body that ends before it is all there, and the connection with it."""


class Endpoint:
    """What the server was asked, and what it answers next."""

    def __init__(self, answer: Callable[[str, Any], Answer]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.delay_s = 0.0
        self.busy = self.peak = 0
        self._lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with endpoint._lock:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    endpoint.asked.append((self.path, headers, body))
                    endpoint.busy += 1
                    endpoint.peak = max(endpoint.peak, endpoint.busy)
                time.sleep(endpoint.delay_s)
                status, answer = endpoint.answer(self.path, body)
                with endpoint._lock:
                    endpoint.busy -= 1
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                with contextlib.suppress(ConnectionError):
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    more = 100 if isinstance(answer, Cut) else 0
                    self.send_header("Content-Length", str(len(data) + more))
                    self.close_connection = bool(more)
                    self.end_headers()
                    self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @contextlib.contextmanager
    def serving(self) -> Iterator[Endpoint]:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
