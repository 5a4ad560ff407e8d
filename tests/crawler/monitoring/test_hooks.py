"""Hooks are called with the report, and no failure of theirs goes further than a sentence."""

from __future__ import annotations

import json
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from crawler import settings as our_settings
from crawler.monitoring.hooks import call_hooks, text_of

REPORT: dict[str, Any] = {
    "uid": "11111111-1111",
    "spider": "netwellness",
    "outcome": "finished",
    "alarms": ["coverage: answer: 3 of 1,200 – é"],
    "questions": {"counts": {"new": 1200, "gone": 2}},
}
SOUND = {**REPORT, "alarms": []}


def call(report: dict[str, Any] = REPORT, **changes: object) -> list[str]:
    settings = Settings()
    settings.setmodule(our_settings)
    settings.update({"HOOK_TIMEOUT": 60, **changes})
    return call_hooks(settings, report)


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted; answers by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.done = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """200, or what the path says."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        if self.path.startswith("/slow"):
            self.server.done.wait(120)
            return
        self.send_response(int(self.path.strip("/").partition("?")[0] or 200))
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.done.set()
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: Receiver, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}{path}"


def python(script: str) -> str:
    return shlex.join([sys.executable, "-c", script])


def test_the_command_gets_the_report_and_the_environment(tmp_path: Path) -> None:
    names = ("UID", "SPIDER", "OUTCOME", "ALARMS", "TEXT")
    script = (
        "import json, os, sys; report = json.load(sys.stdin.buffer); "
        f"said = [os.environ['HOUSECALL_' + n] for n in {names}]; "
        f"json.dump([report, said], open({str(tmp_path / 'out')!r}, 'w'))"
    )
    assert call(HOOK_COMMAND=python(script)) == []
    report, said = json.loads((tmp_path / "out").read_text())
    assert report == REPORT
    assert said == ["11111111-1111", "netwellness", "finished", "1", text_of(REPORT)]


def test_the_webhook_gets_text_and_report(receiver: Receiver) -> None:
    assert call(HOOK_URL=address(receiver)) == []
    ((path, headers, body),) = receiver.got
    assert (path, headers["Content-Type"]) == ("/", "application/json")
    assert json.loads(body) == {"text": text_of(REPORT), "report": REPORT}
    assert text_of(REPORT).splitlines() == [
        "Housecall: netwellness finished: 1,200 new, 2 gone",
        "ALARM coverage: answer: 3 of 1,200 – é",
    ]


@pytest.mark.parametrize(
    ("when", "report", "calls"),
    [
        ("alarm", REPORT, 1),
        ("alarm", SOUND, 0),
        ("alarm", {**SOUND, "outcome": "disk_full"}, 1),
        ("always", SOUND, 1),
        ("never", REPORT, 0),
    ],
)
def test_when_hooks_are_called(
    receiver: Receiver, when: str, report: dict[str, Any], calls: int
) -> None:
    assert call(report, HOOK_URL=address(receiver), HOOK_ON=when) == []
    assert len(receiver.got) == calls


def test_nothing_is_called_by_default() -> None:
    assert call() == []


def test_a_word_that_is_none_of_these_is_said(receiver: Receiver) -> None:
    (problem,) = call(HOOK_URL=address(receiver), HOOK_ON="sometimes")
    assert "always, alarm or never" in problem
    assert receiver.got == []


@pytest.mark.parametrize(
    ("path", "said"), [("/500?token=SECRET", "answered 500"), ("/302?token=SECRET", "answered 302")]
)
def test_what_the_webhook_answers_is_said_without_secrets(
    receiver: Receiver, path: str, said: str
) -> None:
    url = address(receiver, path).replace("http://", "http://user:SECRET@")
    problems = call(HOOK_URL=url) + call(HOOK_URL=address(receiver, path))
    assert said in problems[1]
    assert "SECRET" not in "".join(problems)
    # A redirect is not followed: the report would go to someone else.
    assert [got[0] for got in receiver.got if got[0] == "/"] == []


def test_a_webhook_that_does_not_answer(receiver: Receiver) -> None:
    (problem,) = call(HOOK_URL=address(receiver, "/slow?SECRET"), HOOK_TIMEOUT=0.3)
    assert problem.endswith("did not answer within 0.3 s")
    assert "SECRET" not in problem


def test_a_webhook_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but it does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/services/SECRET"
        (problem,) = call(HOOK_URL=url)
    assert "could not be reached" in problem
    assert "SECRET" not in problem


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/SECRET", "SECRET", "http://[SECRET", "file:///SECRET", "http:///SECRET"],
)
def test_what_is_no_web_address(url: str) -> None:
    (problem,) = call(HOOK_URL=url)
    assert problem.startswith("HOOK_URL")
    assert "SECRET" not in problem


@pytest.mark.parametrize("path", ["/a b/SECRET", "/SECRET\n", "/é/SECRET"])
def test_addresses_that_cannot_be_sent(receiver: Receiver, path: str) -> None:
    problems = call(HOOK_URL=address(receiver, path))
    assert all("SECRET" not in problem for problem in problems)
    assert len(problems) + len(receiver.got) >= 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-command-here SECRET", "no-such-command-here could not be run"),
        ("'SECRET", "cannot be split"),
        ("   ", "no words"),
    ],
)
def test_commands_that_cannot_be_run(command: str, said: str) -> None:
    (problem,) = call(HOOK_COMMAND=command)
    assert said in problem
    assert "SECRET" not in problem


def test_how_a_command_fails_is_said() -> None:
    (problem,) = call(HOOK_COMMAND=python("import sys; sys.exit('it broke')"))
    assert problem.endswith("ended with status 1: it broke")
    (problem,) = call(HOOK_COMMAND=python("import time; time.sleep(30)"), HOOK_TIMEOUT=0.5)
    assert problem.endswith("took more than 0.5 s and was ended")


def test_a_command_that_reads_nothing(tmp_path: Path) -> None:
    large = {**REPORT, "alarms": ["x" * 50] * 50_000}
    (tmp_path / "ran").write_text("")
    assert call(SOUND, HOOK_COMMAND=python("pass"), HOOK_ON="always") == []
    # An environment holds only so much, and standard input has it all.
    script = "import json, sys; sys.exit(len(json.load(sys.stdin)['alarms']) != 50000)"
    assert call(large, HOOK_COMMAND=python(script)) == []


def test_one_hook_that_fails_does_not_stop_the_other(receiver: Receiver) -> None:
    (problem,) = call(HOOK_COMMAND="no-such-command-here", HOOK_URL=address(receiver))
    assert "no-such-command-here" in problem
    assert len(receiver.got) == 1
