"""`kerasgen push`: a trained model -> the Hugging Face hub."""

from typing import Annotated

import typer

from kerasgen.cli.options import Run
from kerasgen.cli.options import find_run
from kerasgen.utils import hub


def push(
    run: Run,
    address: Annotated[
        str,
        typer.Argument(
            metavar="hf://OWNER/NAME",
            help="Where it goes, of you or an organization of yours. The "
            "repository is made if it is not there.",
        ),
    ],
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="Make the repository one that only its owners can read.",
        ),
    ] = False,
    message: Annotated[
        str | None,
        typer.Option(help="What the commit says [the kind of model]."),
    ] = None,
    license_: Annotated[
        str | None,
        typer.Option(
            "--license",
            metavar="NAME",
            help="As the hub calls it, such as apache-2.0 or cc-by-sa-4.0 "
            "[the card names none].",
        ),
    ] = None,
):
    """Share a trained model on the Hugging Face hub.

    What goes there: `model.keras`, `config.json`, `report.json` of `kerasgen
    evaluate`, if there is one, samples, and a card (README.md) that says how
    to load the model, how it was trained and, as metadata too, how good it is.
    A card that is there is replaced; the commits before keep it. Paths of this
    machine are left out.

    It needs `pip install "kerasgen-zoo[hub]"` and a token that may write, by
    `hf auth login` or as the variable HF_TOKEN. HF_ENDPOINT names another
    server. Who has `hf://OWNER/NAME` gives it to `kerasgen.load`, or to any
    command in the place of RUN.

    Examples:

        kerasgen push runs/vae_digits hf://ada/vae_digits

        kerasgen push runs/gan_mnist hf://ada/gan --private --message "Longer"
    """
    where = hub.parse(address)
    hub.check_may_push(where)
    run = find_run(run)
    from kerasgen.cli.run_folder import load_trained

    model = load_trained(run)
    from kerasgen.cli import model_card

    contents = model_card.contents(run, model, where, license_)
    typer.echo(f"Pushing {', '.join(contents)} to {where}")
    message = message or f"{type(model).__name__} of kerasgen"
    page, commit = hub.push(where, contents, message, private)
    typer.echo(f"The model is at {page}")
    typer.echo(f'  kerasgen.load("{where}")')
    typer.echo(f'  kerasgen.load("{where}@{commit}")  always this version')
