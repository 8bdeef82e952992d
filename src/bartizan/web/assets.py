"""The files that pages load: style, scripts."""

from __future__ import annotations

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from bartizan.web import rendering

_LONG = {"Cache-Control": "public, max-age=31536000, immutable"}


@get("/static/{name:str}", opt={"public": True}, sync_to_thread=False)
def static(name: FromPath[str]) -> Response[bytes]:
    """One of the files that came with this package, by its plain name; no path is ever made of it."""
    found = rendering.assets().get(name)
    if found is None:
        raise NotFoundException
    content, media_type = found
    return Response(content, media_type=media_type, headers=_LONG)


HANDLERS = (static,)
