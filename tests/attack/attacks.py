"""What strangers try: each attack is a function that asks until its time is over."""

from __future__ import annotations

import random
import socket
import string
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.attack.arena import NAME, Client

#: Bytes of the largest page that an address may lead to, if it is no download.
LARGEST_PAGE = 800_000
_COMMON = (
    "sleep",
    "child",
    "pain",
    "blood",
    "doctor",
    "night",
    "heart",
    "skin",
    "weight",
    "medicine",
)


@dataclass
class Tally:
    """What an attacker got: answers by status, and the largest page."""

    statuses: dict[int, int] = field(default_factory=dict)
    largest: tuple[int, str] = (0, "")

    def add(self, status: int, size: int = 0, target: str = "") -> None:
        """Count an answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.largest = max(self.largest, (size, target[:80]))


@dataclass(frozen=True, slots=True)
class Attacker:
    """One of several clients, with a few addresses of its own."""

    port: int
    number: int
    seconds: float

    def clients(self) -> Iterator[Client]:
        """Yield clients until the time is over."""
        end = time.monotonic() + self.seconds
        turn = 0
        while time.monotonic() < end:
            turn += 1
            yield Client(self.port, f"127.0.{self.number + 1}.{turn % 16 + 1}")

    def ask_all(self, target: Callable[[random.Random], str]) -> Tally:
        """Ask for one made-up address after the other."""
        chance, tally = random.Random(self.number), Tally()
        for client in self.clients():
            address = target(chance)
            answer = client.ask(address)
            tally.add(answer.status, len(answer.body), address)
        return tally


def _letters(chance: random.Random, count: int, alphabet: str = string.ascii_lowercase) -> str:
    return "".join(chance.choices(alphabet, k=count))


def words(attacker: Attacker) -> Tally:
    """Words that nobody knows, of every length, wherever words are taken."""

    def target(chance: random.Random) -> str:
        length = chance.choice((9, 29, 250, 1_400, 1_990))
        text = quote(" ".join(_letters(chance, min(length, 60)) for _ in range(1 + length // 61)))
        long = _letters(chance, length)
        number = chance.randrange(900_001, 960_000)
        return chance.choice((
            f"/search?q={text}", f"/search?q={long}", f"/charts?q={text}", f"/export?q={text}",
            f"/q/netwellness/{number}?at=0&q={long}", f"/search.json?q={text}&year={number}",
            f"/archive/questions?_search={long}", f"/archive/questions.json?title={long}",
        ))  # fmt: skip

    return attacker.ask_all(target)


def absent(attacker: Attacker) -> Tally:
    """Pages that there are not, and addresses that nobody had."""

    def target(chance: random.Random) -> str:
        long = _letters(chance, chance.choice((9, 200, 1_990)))
        odd = quote(_letters(chance, chance.choice((9, 150)), "\u0301\u202e😀睡é"))
        return chance.choice((
            f"/q/netwellness/{long}", f"/q?url=http://www.netwellness.org/{long}",
            f"/q?url={odd}", f"/topic/{odd}", f"/responder/{long}", f"/{long}", f"/static/{long}",
            f"/q/http://{long[:60]}.example/{odd}", f"/archive/questions/{long}",
            f"/archive/{long}", f"/sitemap-{chance.randrange(10**5)}.xml", f"/export/{long}.csv",
        ))  # fmt: skip

    return attacker.ask_all(target)


def costly(attacker: Attacker) -> Tally:
    """What takes the server the longest, and gives the most for an address."""

    def target(chance: random.Random) -> str:
        some = "+".join(chance.sample(_COMMON, 8))
        marks = quote(chance.choice(("\u0301", "😀", '"&<', "a ")) * 240)
        year = chance.randrange(1990, 2020)
        many = "&".join(f"topic={_letters(chance, 5)}" for _ in range(50))
        return chance.choice((
            f"/search?q={some}&year={year}", f"/charts?q={some}", f"/charts?q={some}+{marks}",
            f"/search?q=sleep+{marks}&{many}", f"/archive/questions.json?_size=max&id__gt={year}",
            f"/archive/questions.json?_size=1000&_search={some}&_shape=array",
            f"/archive/versions.json?_size=max&id__gt={year}", "/archive/coverage_by_site.json",
            f"/archive/questions?_facet=year&_facet=status&_search={some}&title__contains=a",
            f"/archive/questions?_sort_desc=title&answer__contains={_letters(chance, 3)}",
            f"/topic/sleep?page={year}", f"/search?q={some}&page={year % 90}",
        ))  # fmt: skip

    return attacker.ask_all(target)


def downloads(attacker: Attacker) -> Tally:
    """Whole tables and results, as fast as they come."""

    def target(chance: random.Random) -> str:
        return chance.choice((
            "/export/questions.csv", "/export/answers.csv?q=sleep", "/export/questions.parquet",
            "/export/questions.jsonl", "/export/questions.bib", "/export/questions.csl.json?q=pain",
            "/archive/questions.csv?_stream=1", "/archive/versions.csv?_stream=1&_size=max",
            "/archive/captures.csv?_stream=1&_size=1000",
        ))  # fmt: skip

    tally, chance = Tally(), random.Random(attacker.number)
    for client in attacker.clients():
        # Nobody waits for the end: what was begun is dropped, and begun anew.
        tally.add(client.ask(target(chance), seconds=3).status)
    return tally


def slow_readers(attacker: Attacker) -> Tally:
    """Connections that ask for much, and take a little or nothing of it."""
    targets = (
        "/export/questions.csv", "/archive/questions.csv?_stream=1&_size=1000", "/charts?q=sleep",
        "/archive/questions.json?_size=max", "/search?q=sleep", "/export/questions.jsonl",
    )  # fmt: skip
    return _hold(attacker, [_asking(target) for target in targets], reads=500)


def slow_requests(attacker: Attacker) -> Tally:
    """Connections whose requests never become whole."""
    heads = (
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
        _asking("/", "Content-Length: 9"),
    )
    return _hold(attacker, list(heads), reads=0)


def _asking(target: str, more: str = "X: y") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: {NAME}\r\n{more}\r\n\r\n".encode()


def _hold(attacker: Attacker, requests: list[bytes], *, reads: int) -> Tally:
    tally = Tally()
    with ExitStack() as stack:
        held: list[socket.socket] = []
        for turn, client in enumerate(attacker.clients()):
            if len(held) < 200:
                with suppress(OSError):
                    made = socket.socket()
                    stack.callback(made.close)
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    made.settimeout(0.05)
                    made.bind((client.address, 0))
                    made.connect(("127.0.0.1", client.port))
                    made.sendall(requests[turn % len(requests)])
                    held.append(made)
                    tally.add(0)
                continue
            for each in held:
                with suppress(OSError):
                    each.recv(reads) if reads else each.sendall(b"a")
            time.sleep(0.5)
    return tally


ATTACKS: dict[str, Callable[[Attacker], Tally]] = {
    each.__name__.replace("_", " "): each
    for each in (words, absent, costly, downloads, slow_readers, slow_requests)
}


def attack(name: str, attacker: Attacker) -> Tally:
    """Make an attack, in a process of its own."""
    return ATTACKS[name](attacker)
