"""``isthmus predict``: read nodules with a bundle. No torch."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.data.labels import Classes
from isthmus.errors import UsageError
from isthmus.runtime.kinds import DEFAULT, ENGINES, FASTEST


@click.command()
@click.argument("paths", metavar="FILE... | ROOT_OR_GLOB_OR_MANIFEST...", nargs=-1, required=True)
@options.model
@click.option("--box", metavar="X0,Y0,X1,Y1", help="The nodule's box in pixels; without one, the whole image is read.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="Page of a FILE of several; 1 is the first.")
@click.option("--to", type=click.Path(path_type=Path), help="Read an archive into this .csv or .parquet.")
@click.option("--as", "kind", metavar="KIND", help="The archive is one ROOT, a data set of this kind; needs --to.")
@options.labels
@options.classes
@options.skip_broken
@click.option(
    "--engine",
    default=DEFAULT,
    show_default=True,
    metavar="NAME",
    help=f"The default says the same everywhere; {FASTEST}: the quickest that proves itself; or {', '.join(ENGINES)}.",
)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads that read; 0: one a core.")
@click.option("--backend", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="What reads.")
@click.option("--address", metavar="ADDRESS", help="Ray cluster; without one, or 'local', it is started here.")
@options.as_json
@click.pass_context
def predict(
    ctx: click.Context,
    paths: tuple[str, ...],
    model: Path,
    box: str | None,
    page: int | None,
    to: Path | None,
    kind: str | None,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    engine: str,
    threads: int,
    backend: str,
    address: str | None,
    as_json: bool,
) -> None:
    """Read nodules: P(malignant) for each image FILE, or with --to for a whole archive.

    An archive is folders, globs and {braces} in quotes, manifests (.csv, .tsv, .parquet with the column path, and x0,
    y0, x1, y1, nodule, patient, label if you have them), webdataset shards (.tar), or with --as a data set. Stopped,
    the same command goes on where it was.

    A file that can't be read is named and the others are read all the same; exit 1 then, or 2 where no FILE could be.
    """
    if to is None:
        if kind is not None:
            raise UsageError("--as needs --to", remedy="Name the .csv or .parquet to write.")
        if backend != "local":
            raise UsageError(f"--backend {backend} needs --to", remedy="Name the .csv or .parquet to write.")
        ctx.exit(work.predict_files.read(model, engine, threads, paths, box, page, as_json))
    if page is not None:
        raise UsageError("--page is for FILEs without --to", remedy="Of an archive's files the first page is read.")
    if box:
        raise UsageError("--box is for FILEs without --to", remedy="Give boxes in a manifest with x0, y0, x1, y1.")
    if kind is None and (policy or classes or skip_broken):
        raise UsageError("--labels, --classes and --skip-broken go with --as KIND", remedy="Leave them out.")
    if backend == "local" and address:
        raise UsageError("--address goes with --backend ray", remedy="Give both or neither.")
    archive = work.predict_archive
    archive.refuse_over_inputs(to, model, paths, kind is not None)
    if kind is None:
        items = archive.items_of(paths, to)
    elif len(paths) == 1:
        items = archive.items_of_data_set(model, kind, Path(paths[0]), policy, classes, skip_broken)
    else:
        raise UsageError("a data set is one ROOT", where="--as", remedy="Give one folder.")
    ctx.exit(archive.read(items, to, archive.opened(backend, model, engine, threads, address), as_json))
