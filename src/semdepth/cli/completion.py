"""``semdepth completion``: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(
    epilog="""\b
Examples:
  semdepth completion bash >> ~/.bashrc
  semdepth completion zsh >> ~/.zshrc
  semdepth completion fish > ~/.config/fish/completions/semdepth.fish"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str):
    """Print a shell's completion script."""
    kind = get_completion_class(shell)
    click.echo(kind(context.find_root().command, {}, "semdepth", "_SEMDEPTH_COMPLETE").source())
