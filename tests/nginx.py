"""The real nginx, with deploy/nginx.conf as it is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def proxied(folder: Path, archive: int, *, limits: bool = False) -> Iterator[int]:
    """nginx before an archive, with its configuration but for TLS, folders and ports.

    :param archive: the port of the archive
    :param limits: keep the limits of requests and connections
    """
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    text = text.replace("server 127.0.0.1:8001", f"server 127.0.0.1:{archive}")
    text = text.replace("/var/cache/nginx", str(folder)).replace("/var/log/nginx", str(folder))
    text = re.sub(r"listen \[::\]:.*;|ssl_\w+ .*;", "", text)
    if not limits:
        text = re.sub(r"limit_(req zone=|conn housecall_).*;", "", text)
    text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{free_port()}", text)
    text = re.sub(r"listen 443 ssl( http2)?", f"listen 127.0.0.1:{port}", text)
    (folder / "site.conf").write_text(text, "utf-8")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    user = "user root;\n" if os.getuid() == 0 else ""  # else another, who may not write here
    main.write_text(
        f"{user}pid {folder}/pid;\nerror_log {folder}/error.log;\n"
        "daemon off;\nworker_processes 1;\n"
        f"events {{}}\nhttp {{ {temporary} include {folder}/site.conf; }}\n"
    )
    nginx = subprocess.Popen(["nginx", "-c", str(main), "-p", str(folder)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        nginx.terminate()
        nginx.wait(timeout=30)
