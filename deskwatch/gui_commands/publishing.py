"""``gui.py publish``: the walls as static files, as a process of its own."""

from pathlib import Path

import click

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.daemon import Loop
from deskwatch.web.assets import Assets
from deskwatch.web.feed import Feed
from deskwatch.web.pages import Pages
from deskwatch.web.publish import Publisher, refuse_own_folders
from deskwatch.web.publish_folder import PublishFolder


@click.command("publish")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--board", "boards", multiple=True, help="Only this board; again for more.")
@click.option("--gzip/--no-gzip", "packed", default=True, show_default=True, help="Also write FILE.gz.")
@cli.once_option
@cli.log_level_option
@click.pass_obj
def publish_command(
    home: Home, folder: Path, boards: tuple[str, ...], packed: bool, once: bool, log_level: str | None
) -> int:
    """Write the walls to FOLDER as files, on every change until stopped. Any web server can show them."""
    live = LiveConfig(home)
    cli.log_as("publish", live, level=log_level)
    refuse_own_folders(folder, home)
    assets = Assets()
    pages = Pages(assets, published=True)
    feed = Feed(home, live, pages, build=assets.build)
    with PublishFolder(folder, packed=packed) as place:
        publisher = Publisher(feed, pages, assets, place, boards)
        if once:
            publisher.step(utc_now())
            return cli.FINDINGS if publisher.behind else cli.OK
        feed.watch.start()
        Loop(publisher.step, name="publisher", bell=feed).run()
    return cli.OK
