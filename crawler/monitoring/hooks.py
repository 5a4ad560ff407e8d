"""Hooks that are called when a crawl has ended: a command, and a webhook.

A hook that fails is logged, and changes nothing about the crawl. The message never holds the
path, query or user part of HOOK_URL nor the words of HOOK_COMMAND after the first: that is
where services have their secrets.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

ALWAYS, ALARM, NEVER = "always", "alarm", "never"
_FINISHED = "finished"
_LONGEST = 10_000  # characters in a variable of the environment


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A report goes where it was told to go, and nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None makes the redirect an error."""


def call_hooks(settings: BaseSettings, report_json: Mapping[str, Any]) -> list[str]:
    """Call what HOOK_COMMAND and HOOK_URL name, if HOOK_ON says so.

    :param report_json: what :meth:`pipelines.reports.run_figures.RunReport.as_json` gives
    :returns: what went wrong, a sentence each; nothing is raised
    """
    when = str(settings["HOOK_ON"])
    if when not in (ALWAYS, ALARM, NEVER):
        return [f"HOOK_ON is {when!r}; it must be always, alarm or never. No hook was called"]
    if when == NEVER or (when == ALARM and not is_alarming(report_json)):
        return []
    try:
        timeout = settings.getfloat("HOOK_TIMEOUT")
    except ValueError:
        return ["HOOK_TIMEOUT is no number of seconds. No hook was called"]
    problems = [
        hook(str(settings[name]), report_json, timeout)
        for name, hook in (("HOOK_COMMAND", run_command), ("HOOK_URL", post))
        if settings[name]
    ]
    return [problem for problem in problems if problem]


def is_alarming(report_json: Mapping[str, Any]) -> bool:
    """Return whether a crawl needs a look: a monitor raised an alarm, or it did not finish."""
    return bool(report_json["alarms"]) or report_json["outcome"] != _FINISHED


def run_command(command: str, report_json: Mapping[str, Any], timeout: float) -> str:
    """Run a command with the report on its standard input.

    Its environment has HOUSECALL_UID, HOUSECALL_SPIDER, HOUSECALL_OUTCOME, HOUSECALL_ALARMS
    (how many) and HOUSECALL_TEXT besides our own.

    :returns: what went wrong, or ""
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"HOOK_COMMAND cannot be split into words: {error}"
    if not words:
        return "HOOK_COMMAND holds no words"
    variables = {
        "HOUSECALL_UID": report_json["uid"],
        "HOUSECALL_SPIDER": report_json["spider"],
        "HOUSECALL_OUTCOME": report_json["outcome"],
        "HOUSECALL_ALARMS": str(len(report_json["alarms"])),
        "HOUSECALL_TEXT": text_of(report_json),
    }
    # A null character cannot be in an environment, nor a very long text.
    cut = {name: value.replace("\0", " ")[:_LONGEST] for name, value in variables.items()}
    name = f"the hook command {words[0]}"
    try:
        process = subprocess.run(
            words, input=json.dumps(report_json).encode(), env={**os.environ, **cut},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=timeout,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"{name} took more than {timeout:g} s and was ended"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return f"{name} could not be run: {reason or error}"
    if process.returncode:
        last = process.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return f"{name} ended with status {process.returncode}" + (f": {last[0]}" if last else "")
    return ""


def post(url: str, report_json: Mapping[str, Any], timeout: float) -> str:
    """POST the report as JSON, with a field ``text`` that chat services show.

    :returns: what went wrong, or ""
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "HOOK_URL is no web address"
    if parts.scheme not in ("http", "https") or not host:
        return "HOOK_URL must begin with http:// or https:// and name a host"
    name = f"the webhook at {parts.scheme}://{host}{port}"
    body = json.dumps({"text": text_of(report_json), "report": report_json}).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "housecall"}
    try:
        request = urllib.request.Request(url, body, headers, method="POST")
        opener = urllib.request.build_opener(_NoRedirects)
        with opener.open(request, timeout=timeout) as response:
            response.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        return f"{name} answered {error.code}"
    except TimeoutError:
        return f"{name} did not answer within {timeout:g} s"
    except urllib.error.URLError as error:
        cause = error.reason
        if isinstance(cause, TimeoutError):
            return f"{name} did not answer within {timeout:g} s"
        words = cause.strerror if isinstance(cause, OSError) else None
        return f"{name} could not be reached: {words or type(cause).__name__}"
    except (OSError, HTTPException, ValueError) as error:
        # Their own words can hold the whole address.
        return f"{name} could not be called: {type(error).__name__}"
    return ""


def text_of(report_json: Mapping[str, Any]) -> str:
    """Return how a crawl ended, in a few lines."""
    counts = report_json["questions"]["counts"]
    pages = ", ".join(f"{number:,} {change}" for change, number in counts.items())
    head = f"Housecall: {report_json['spider']} {report_json['outcome']}: {pages}"
    return "\n".join([head, *(f"ALARM {alarm}" for alarm in report_json["alarms"])])
