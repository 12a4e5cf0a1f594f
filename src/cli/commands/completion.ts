// `cnnc completion`: a script with which a shell completes commands, options and their choices.

import { Argument, Command } from 'commander';
import { completionText, shells } from '../completion.ts';
import type { Completable, Shell } from '../completion.ts';
import type { Io } from '../io.ts';

export function completionCommand(io: Io): Command {
  return new Command('completion')
    .description('print a script that completes command lines in a shell')
    .addArgument(new Argument('<shell>', 'the shell that you use').choices(shells))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  eval "$(cnnc completion bash)"                                       in ~/.bashrc
  eval "$(cnnc completion zsh)"                                        in ~/.zshrc, after compinit
  cnnc completion fish > ~/.config/fish/completions/cnnc.fish

JSON: { schemaVersion: 1, shell, text }`,
    )
    .action((shell: Shell, { json }: { readonly json?: boolean }, command: Command) => {
      const text = completionText(shell, command.parent!.commands.map(completable));
      io.stdout.write(json ? `${JSON.stringify({ schemaVersion: 1, shell, text }, null, 2)}\n` : text);
    });
}

function completable(command: Command): Completable {
  return {
    name: command.name(),
    summary: command.description(),
    options: command.options.map(({ long, short, description, argChoices, required }) => ({
      flag: long ?? short!,
      summary: description,
      takesValue: required,
      choices: argChoices ?? [],
    })),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}
