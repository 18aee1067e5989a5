"""``isthmus cross``: cross-validate a recipe."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from isthmus import files
from isthmus.cli import options, work
from isthmus.cli.bars import bar, epochs
from isthmus.cli.talk import note, say, warn
from isthmus.cli.targets import refuse_over
from isthmus.cross.protocols import FOLDS, HELP, PROTOCOLS, Protocol, named, with_parts
from isthmus.errors import UsageError


@click.command()
@options.data_set
@options.second_data_set
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the results; resumes by fold.")
@click.option("--folds", default=5, show_default=True, help=f"Folds of the protocol {with_parts(FOLDS)}.")
@click.option(
    "--quarters", default=1, show_default=True, help="Quarters of a 3:1 split that are tested in turn: 1 to 4."
)
@click.option("--repeats", default=1, show_default=True, help="Times to split anew.")
@options.beginning
@options.recipe
@options.assignments
@click.option(
    "--protocol",
    default="grouped",
    show_default=True,
    metavar="|".join(PROTOCOLS),
    help=HELP,
)
@options.group_by
@click.option(
    "--painted",
    is_flag=True,
    help="Also read every nodule with its calipers painted over or, as a control, paint where they would be: columns "
    "p_painted and p_control, and AUCs with and without.",
)
@options.device
@options.seed
@options.as_json
@click.pass_context
def cross(
    ctx: click.Context,
    source: options.Source,
    beside: options.Source | None,
    to: Path,
    folds: int,
    quarters: int,
    repeats: int,
    model: str | None,
    recipe: str,
    assignments: tuple[str, ...],
    protocol: str,
    group_by: str | None,
    painted: bool,
    device: str,
    seed: int,
    as_json: bool,
) -> None:
    """Cross-validate a recipe on the data set at ROOT.

    Writes predictions.csv, scorecard.json, recipe.toml, manifest.json and report.html. Interrupted, the same command
    goes on where it was. With --from every training begins with the weights of that model, which must not have learned
    from these nodules, and without --recipe the recipe is that of the model, too. With --beside the nodules of a second
    data set join every training and teach the recipe's second loss; none of them is tested.
    """
    folder = options.model_folder(model) if model else None
    refuse_over(to, source.root, beside.root if beside else None, folder, options.recipe_file(recipe))
    judged_by = _counted(ctx, named(protocol, group_by))
    unused = {} if judged_by.sets_aside else {"validation": f"protocol = {judged_by.name}"}
    beginning, chosen = options.begun(folder, recipe, assignments, unused)
    work.cross.refuse_several()
    trained_on = work.ready.refuse_untrainable(work.beginning.without_pretrained(chosen, beginning), device)
    second = options.second_set(beside, source, chosen)
    plan = work.cross_plan.Plan(chosen, judged_by, folds, repeats, seed, quarters, painted, beginning, second)
    for remark in work.ready.remarks(chosen):
        warn(remark)
    with work.cross.exclusive(to, plan):
        data = source.open_labelled()
        note(f"Training on {trained_on}.")
        with epochs([chosen] * plan.parts, judged_by.chooser) as report:
            result = work.cross.cross(data, plan, to, bar, report, device=device, note=warn)
        card = work.cross_scorecard.cross_scorecard(result)
        manifest = work.cross_results.write_results(result, card, to)
        files.write_text(to / "report.html", work.cross_page.render(result, card, manifest))
    if as_json:
        options.print_json(card.as_json())
        return
    work.terminal_scorecard.print_scorecard(card, chosen=card.operating_point.metrics, chooser=judged_by.chooser)
    if card.calipers:
        work.terminal_calipers.print_effect(card.calipers)
    if card.by_tirads:
        work.terminal_scorecard.print_trend(card.by_tirads, "TI-RADS")
    say(f"Protocol {judged_by.name}: {judged_by.description}. {card.caution}".rstrip())
    if beginning:
        say(f"Every training began from the weights of {beginning}.")
        if seen := beginning.seen_in(data):
            say(f"They saw the pictures of {seen} of the {len(data.labelled)} nodules, without labels.")
    if result.plan.beside:
        say(f"Beside: {result.plan.beside.record.told}.")
    note(f"Written to {to}: predictions.csv, scorecard.json, recipe.toml, manifest.json, report.html")


def _counted(ctx: click.Context, protocol: Protocol) -> Protocol:
    """The protocol. Raises UsageError where a number was given that doesn't count for it."""
    for name in ("folds", "quarters"):
        if name != protocol.parts.name and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"the protocol {protocol.name!r} has no {name}",
                where=f"--{name}",
                remedy=f"Leave it out, or give --{protocol.parts.name}.",
            )
    return protocol
