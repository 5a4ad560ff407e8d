"""What our Scrapy commands share: where the archive is, how results and errors are printed.

Exit statuses: 0 success, 1 something is wrong with the archive or the input, 2 wrong use.
A command that has more says so in its description.
"""

from __future__ import annotations

import argparse
import gc
import re
import sys
from abc import abstractmethod
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.cli.output import OutputError, open_output, silence_output
from crawler.paths import ArchivePaths, SettingError, set_up_reading
from parsers import DeclarationError
from pipelines.db.connection import ArchiveError
from pipelines.files.locks import LockHeld, describe


class CommandError(Exception):
    """A failure that is printed for the person at the terminal, without a traceback.

    :param status: the exit status
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class HousecallCommand(ScrapyCommand):
    """A command that needs no crawler: it works on files and the archive.

    ``usage`` is what may follow the name, ``summary`` the line in the list of commands,
    ``description`` the text of ``--help``. ``errors`` are the exceptions, besides those of the
    archive and the disk, that end the command with their message and exit status 1. A command
    whose usage is ``[options]`` takes no arguments; ``instead_of_arguments`` says what to give.
    """

    requires_project = True
    requires_crawler_process = False
    prints_json: ClassVar[bool] = True
    usage: ClassVar[str] = "[options]"
    instead_of_arguments: ClassVar[str] = "name the archive with -s ARCHIVE_DB=PATH"
    summary: ClassVar[str]
    description: ClassVar[str]
    errors: ClassVar[tuple[type[Exception], ...]] = ()

    def syntax(self) -> str:
        """Return ``usage``."""
        return self.usage

    def short_desc(self) -> str:
        """Return ``summary``."""
        return self.summary

    def long_desc(self) -> str:
        """Return ``description``."""
        return self.description

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--json`` if the command prints a result."""
        super().add_options(parser)
        if self.prints_json:
            parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Execute the command; turn errors into a message and an exit status."""
        open_output()
        unknown = [arg for arg in args if arg.startswith("-") and arg != "-"]
        if unknown:
            raise UsageError(f"unknown option: {' '.join(unknown)}", print_help=False)
        if args and self.usage == "[options]":
            self._fail(f"takes no arguments; {self.instead_of_arguments}", 2)
            return
        spare_the_collector()
        expected: tuple[type[Exception], ...] = (
            ArchiveError, DeclarationError, OSError, *self.errors,
        )  # fmt: skip
        try:
            assert self.settings is not None
            set_up_reading(self.settings)
            self.execute(args, opts)
        except CommandError as error:
            self._fail(str(error), error.status)
        except SettingError as error:
            self._fail(str(error), 2)
        except LockHeld as error:
            # Crawls and imports share the lock, and do not write their names into its file.
            holder = describe(error.holder) if error.holder else "a crawl or an import"
            self._fail(
                f"not begun: the archive is in use by {holder}; try again when it has ended", 1
            )
        except BrokenPipeError:
            silence_output()  # its reader has gone, as in "... | head"
            self.exitcode = 1
        except OutputError as error:
            silence_output()
            self._fail(f"the result cannot be written: {error}", 1)
        except expected as error:
            self._fail(str(error), 1)
        try:
            sys.stdout.flush()
        except OSError:  # what was printed line by line; the interpreter would complain at its end
            silence_output()
            self.exitcode = self.exitcode or 1

    def _fail(self, message: str, status: int) -> None:
        # Indented, so that no line of an error or of a file's name looks like another message.
        print(re.sub("\n(?! )", "\n  ", f"{self.name}: {message}"), file=sys.stderr)
        self.exitcode = status

    @abstractmethod
    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do the work.

        :raises CommandError: it cannot be done
        """

    @property
    def name(self) -> str:
        """The word that is typed after ``scrapy``."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def paths(self) -> ArchivePaths:
        """The places of the archive, from the settings."""
        assert self.settings is not None
        return ArchivePaths.of(self.settings)


def spare_the_collector() -> None:
    """Make the garbage collector look at new objects only, and less often.

    What is imported by now stays to the end, and neither a crawl nor an import leaves many
    cycles; going through all of it again and again would take a tenth of their time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def is_watched(opts: argparse.Namespace) -> bool:
    """Return whether a person watches a terminal and is to see a progress bar."""
    return sys.stderr.isatty() and not opts.json
