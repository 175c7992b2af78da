"""The application: which address is answered by what, behind the guard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from pgcodesearch import listening
from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.listening import Listening
from pgcodesearch.operating import weekly_page
from pgcodesearch.serving import openapi
from pgcodesearch.serving.guard import Guard
from pgcodesearch.serving.handling import Service, endpoint, failure
from pgcodesearch.serving.pages import code, judging, measuring, search, state
from pgcodesearch.serving.rendering import html
from pgcodesearch.serving.verbs import VERBS

TOKEN_VARIABLE = "PGCODESEARCH_PAGE_TOKEN"
_PAGES = {
    "/": search.search,
    "/explain": search.explain,
    "/file": code.file,
    "/chunk/{chunk_id:int}": code.chunk,
    "/symbol": code.symbol,
    "/status": state.status,
    "/reports": state.reports,
    "/reports/weekly_report": state.week,
    "/reports/{view}": state.report,
    "/judging": judging.sets,
    "/judging/query": judging.query,
    "/evaluation": measuring.evaluations,
    "/evaluation/{run_id:int}": measuring.evaluation,
    "/training": measuring.trainings,
    "/training/{run_id:int}": measuring.training,
    "/training/{run_id:int}.svg": measuring.training_plot,
}
_SENT = {"/judging": judging.add, "/judging/query": judging.grade}


def make_app(service: Service, where: Listening, port: int) -> ASGIApp:
    """The ASGI application over a service, for requests that come to this port."""
    static = StaticFiles(directory=str(resources.files("pgcodesearch.serving") / "static"))
    routes = [
        *(Route(path, endpoint(service, page)) for path, page in _PAGES.items()),
        *(Route(path, endpoint(service, page), methods=["POST"]) for path, page in _SENT.items()),
        *(
            Route(
                f"/api/{verb.name}",
                endpoint(service, verb.endpoint),
                methods=["POST" if verb.writes else "GET"],
            )
            for verb in VERBS
        ),
        Route("/api/openapi.json", _openapi),
        Route("/api", _about_api),
        Route("/static/weekly.css", _weekly_style),
        Mount("/static", static),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={HTTPException: _no_such_page}), where, port)


def run(
    database: str | None, where: Listening, ready: Callable[[str], None], read_database: str | None = None
) -> None:
    """Serve until the process is told to end; ``ready`` is called with the URL.

    Raises InvalidArgument, CodeSearchError where the port is taken.
    """
    import anyio

    where.check()
    service = Service(database, read_url=read_database)
    threading.Thread(target=service.warm_up, name="warm-up", daemon=True).start()
    try:
        anyio.run(listening.serve, partial(make_app, service, where), where, ready)
    finally:
        service.close()


def _openapi(request: Request) -> Response:
    return JSONResponse(openapi.document())


def _weekly_style(request: Request) -> Response:
    return Response(weekly_page.STYLE, media_type="text/css")


def _about_api(request: Request) -> Response:
    return html("api.html", document=openapi.document(), here="/api")


def _no_such_page(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    answer = failure(
        CodeSearchError("there is no such page" if status == 404 else "that can't be asked like this"),
        request,
    )
    answer.status_code = status
    return answer
