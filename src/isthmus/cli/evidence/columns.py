"""Options that name the columns of a table of predictions, shared by the verbs that read one."""

from __future__ import annotations

import click

from isthmus.cross.prediction_table import NO_GROUP, USUAL_LABELS, USUAL_P

label = click.option("--label", metavar="COLUMN", help=f"Column of labels. Default: {', else '.join(USUAL_LABELS)}.")
p = click.option("--p", metavar="COLUMN", help=f"Column of P(malignant), 0 to 1. Default: {', else '.join(USUAL_P)}.")
group = click.option(
    "--group",
    metavar="COLUMN",
    help=f"Column of the group or patient, whose nodules aren't taken for independent; '{NO_GROUP}' for none. "
    "Default: group, else patient, else none.",
)
positive = click.option(
    "--positive", default="malignant", show_default=True, metavar="VALUE", help="Label that means malignant, such as 1."
)
skip_unlabelled = click.option(
    "--skip-unlabelled", is_flag=True, help="Leave rows without a label out, and say how many."
)
