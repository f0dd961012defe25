"""`od completion`: the script that lets a shell complete commands, options and dataset ids. No request is made for it.

The script is click's own; it calls `od` with a variable set, and click answers instead of running a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_OD_COMPLETE"


@click.command(
    epilog="""\b
Examples:
  od completion bash > ~/.local/share/bash-completion/completions/od
  od completion zsh > ~/.zfunc/_od
  od completion fish > ~/.config/fish/completions/od.fish
"""
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell. Dataset ids come from the index as it was last read."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "click knows these shells"
    click.echo(kind(context.find_root().command, {}, "od", VARIABLE).source())


def complete_id(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The datasets of the cached index whose ids begin like this; none without an index."""
    from click.shell_completion import CompletionItem

    from opendata.client import Client
    from opendata.errors import OpenDataError

    try:
        matches = Client(offline=True).search(limit=10_000)
    except OpenDataError:
        return []
    return [CompletionItem(match.id, help=match.title) for match in matches if match.id.startswith(incomplete)]


dataset_id = click.argument("id", shell_complete=complete_id)
"""The argument of every command that is about one dataset."""
