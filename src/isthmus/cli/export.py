"""``isthmus export``: a bundle's weights exported anew."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.targets import refuse_over
from isthmus.data.labels import Classes


@click.command()
@options.root
@options.kind
@options.model
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; must not exist yet.")
@click.option("--feature-map", is_flag=True, help="Let the export give the trunk's feature map, too.")
@options.labels
@options.classes
@options.skip_broken
@options.as_json
def export(
    root: Path,
    kind: str,
    model: Path,
    to: Path,
    feature_map: bool,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Export a bundle anew, for the engines installed here; its weights stay as they are.

    The labelled nodules of the data set at ROOT, best those that it learned from, calibrate int8 and prove each engine.
    """
    refuse_over(to, root, model)
    work.export.run(
        kind=kind,
        root=root,
        model=model,
        to=to,
        feature_map=feature_map,
        policy=policy,
        classes=classes,
        skip_broken=skip_broken,
        as_json=as_json,
    )
