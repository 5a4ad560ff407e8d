"""What our Scrapy commands share: where the archive is, how results and errors are said.

Exit statuses: 0 success, 1 something is wrong with the archive or the input, 2 wrong use;
a command that has more says so in its help.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.paths import ArchivePaths
from pipelines.files.locks import LockHeld, describe


class CommandError(Exception):
    """A failure to be told to the person at the terminal, without a traceback.

    :param status: the exit status
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def in_use(held: LockHeld) -> CommandError:
    """What to say when another process has the archive."""
    who = describe(held.holder)
    if not held.holder:
        who = "a crawl or an import"  # which share it, and do not say so in the file
    return CommandError(f"not begun: the archive is in use by {who}; try again when it has ended")


class HousecallCommand(ScrapyCommand):
    """A command that needs no crawler: it works on files and the archive."""

    requires_project = True
    requires_crawler_process = False
    prints_json: ClassVar[bool] = True

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--json`` where the command prints a result."""
        super().add_options(parser)
        if self.prints_json:
            parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run, and turn a CommandError into a message and an exit status."""
        unknown = [arg for arg in args if arg.startswith("-") and arg != "-"]
        if unknown:
            raise UsageError(f"unknown option: {' '.join(unknown)}", print_help=False)
        spare_the_collector()
        try:
            self.execute(args, opts)
        except CommandError as error:
            print(f"{self.name}: {error}", file=sys.stderr)
            self.exitcode = error.status
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output has gone, as in "... | head"
            self.exitcode = 1

    @abstractmethod
    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do the work; raise CommandError where it cannot be done."""

    @property
    def name(self) -> str:
        """What is typed after ``scrapy``."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def paths(self) -> ArchivePaths:
        """Where this run's archive is."""
        assert self.settings is not None
        return ArchivePaths.of(self.settings)


def spare_the_collector() -> None:
    """Let the garbage collector look at what is new, and less often.

    What is imported by now stays to the end, and neither a crawl nor an import leaves many
    cycles; going through all of it again and again would take a tenth of their time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object, readable, in UTF-8 whatever the locale."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass") + b"\n")
    sys.stdout.buffer.flush()
