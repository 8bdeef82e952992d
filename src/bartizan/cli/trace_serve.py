"""`bartizan trace serve`: the trace over HTTP, for applications that are not written in Python."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import click

from bartizan.cli.key_options import key_options
from bartizan.cli.trace_acts import trace_option
from bartizan.core.errors import InputError, MissingExtra, Problem
from bartizan.workflows.pseudonyms import pseudonyms_from

_WEB = "bartizan.web.tracing"
"""By its name: the command line runs where the web application is not installed."""


@click.command()
@trace_option
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen on this address.")
@click.option("--port", default=8500, show_default=True, type=click.IntRange(0, 65535), help="Listen on this port.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front speaks TLS with applications.")
@click.option("--token-env", required=True, metavar="NAME", help="The environment variable with the token to ask for.")
@key_options()
def serve(
    place: Path,
    host: str,
    port: int,
    behind_proxy: bool,
    token_env: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Let serving applications record and read decisions over HTTP, with a token, until it is stopped.

    POST /v1/decisions, GET /v1/decisions/N, POST /v1/decisions/N/reviews, POST /v1/search.

    Example: bartizan trace serve --token-env TRACE_TOKEN --key-file consent.key
    """
    token = os.environ.get(token_env, "")
    if not token:
        raise InputError([Problem(file="--token-env", finding=f"there is no environment variable {token_env}")])
    try:
        tracing = importlib.import_module(_WEB)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "bartizan":
            raise
        raise MissingExtra("the trace over HTTP", "web") from None
    service = tracing.Service(place, pseudonyms_from(env=key_env, file=key_file, command=key_command), token)
    try:
        tracing.serve(service, host, port, behind_proxy=behind_proxy, say=click.echo)
    finally:
        service.close()
    return 0
