"""The dashboards over HTTP on this machine, and whether they are well; the only door of Starlette and uvicorn."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from startrack.errors import ConfigError

__all__ = ["application", "serving"]


def application(folder: Path) -> Starlette:
    """Return the web application: the pages in a folder, and `/healthz`."""

    async def healthz(_request: Request) -> JSONResponse:
        built = (folder / "index.html").is_file()
        return JSONResponse({"status": "ok" if built else "not built yet"}, status_code=200 if built else 503)

    return Starlette(
        routes=[Route("/healthz", healthz), Mount("/", StaticFiles(directory=folder, html=True, check_dir=False))]
    )


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder on 127.0.0.1 until the end of the `with`. Raises ConfigError where the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot serve on port {port}: {error.strerror}; choose another") from error
    server = uvicorn.Server(uvicorn.Config(application(folder), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="startrack-serve")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
