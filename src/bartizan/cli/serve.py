"""`bartizan serve`: the web application over a register, on this machine or behind a proxy."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import click

from bartizan.cli.options import catalog_option, register_option, scales_option
from bartizan.core.errors import MissingExtra

_WEB = "bartizan.web.serving"
"""By its name, as `cli.main` names its commands: the command line runs where the web application is not installed."""


@click.command()
@register_option
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen on this address.")
@click.option("--port", default=8400, show_default=True, type=click.IntRange(0, 65535), help="Listen on this port.")
@click.option("--host-name", "names", multiple=True, metavar="NAME", help="Answer to this name too; repeatable.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front speaks TLS with browsers.")
@click.option("--proxy", "proxies", multiple=True, metavar="ADDRESS", help="Where that proxy is; default 127.0.0.1.")
@click.option(
    "--gateway",
    default="",
    metavar="URL",
    envvar="BARTIZAN_GATEWAY",
    show_envvar=True,
    help="Show this gateway, by its admin address; its token from BARTIZAN_GATEWAY_KEY.",
)
@catalog_option
@scales_option
def serve(
    place: str,
    host: str,
    port: int,
    names: tuple[str, ...],
    behind_proxy: bool,
    proxies: tuple[str, ...],
    gateway: str,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> None:
    """Serve the web application until it is stopped with Ctrl C.

    The first time it prints a link by which the first administrator makes their account.
    """
    try:
        serving = importlib.import_module(_WEB)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "bartizan":
            raise
        raise MissingExtra("the web application", "web") from None
    asked = serving.Asked(
        place=place,
        host=host,
        port=port,
        names=names,
        behind_proxy=behind_proxy,
        proxies=proxies,
        catalog_folders=catalog_folders,
        scales=scales,
        gateway=gateway,
    )
    serving.serve(asked, os.environ, click.echo)
