"""The declared sites and the deadline, in the processes that read for another one."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.sites.site import Site
from parsers.urls import declare, declared_sites
from pipelines.capture.page_deadline import pass_over, set_deadline
from pipelines.rebuild.shards import ExtractTask, Receipt, extract_span


def extract_declared(sites: Sequence[Site], seconds: float, task: ExtractTask) -> Receipt:
    """Do a task in a process that may know other sites than the one which gave it.

    :param sites: those that are declared there
    :param seconds: the deadline of a page there
    :raises OSError: see :func:`pipelines.rebuild.shards.extract_span`
    """
    declare_as(sites)
    set_deadline(seconds)
    pass_over(task.passed_over)
    return extract_span(task)


def declare_as(sites: Sequence[Site]) -> None:
    """Declare what another process has declared, unless this one has already."""
    if declared_sites() != tuple(sites):
        declare(sites)
