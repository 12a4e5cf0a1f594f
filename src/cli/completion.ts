// Completion scripts for bash, zsh and fish, all from the same table of commands. What is not an option or a choice is
// completed as a file.

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface Completable {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletableOption[];
  /** Values of the first argument, where there are only some. */
  readonly choices: readonly string[];
}

export interface CompletableOption {
  /** `--target`, `-O` */
  readonly flag: string;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** A completion script for the shell. */
export function completionText(shell: Shell, commands: readonly Completable[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
    default:
      return shell satisfies never;
  }
}

function bash(commands: readonly Completable[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flag, choices }) => `    '${name} ${flag}') words='${choices.join(' ')}' ;;`),
  );
  const words = commands.map(
    ({ name, options, choices }) =>
      `        ${name}) options='${options.map(({ flag }) => flag).join(' ')}' words='${choices.join(' ')}' ;;`,
  );
  return `# Completes command lines of cnnc in bash.
_cnnc() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words='' options=''
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
    *)
      if [ "$COMP_CWORD" -eq 1 ]; then command=; words='${commands.map(({ name }) => name).join(' ')}'; fi
      case "$command" in
${words.join('\n')}
      esac
      case "$word" in -*) words="$options" ;; esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o bashdefault -o default -F _cnnc cnnc
`;
}

function zsh(commands: readonly Completable[]): string {
  const described = commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, options, choices }) => {
    const specs = options.map(
      ({ flag, summary, takesValue, choices: values }) =>
        `${flag}[${summary.replace(/[[\]\\]/g, String.raw`\$&`)}]${takesValue ? `:value:${zshValues(values)}` : ''}`,
    );
    return `    ${name}) _arguments ${[...specs, `*:argument:${zshValues(choices)}`].map(quoted).join(' ')} ;;`;
  });
  return `#compdef cnnc
# Completes command lines of cnnc in zsh.
_cnnc() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${described.join('\n')}
    )
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _cnnc cnnc
`;
}

function zshValues(choices: readonly string[]): string {
  return choices.length > 0 ? `(${choices.join(' ')})` : '_files';
}

function fish(commands: readonly Completable[]): string {
  const lines = commands.flatMap(({ name, summary, options, choices }) => {
    const here = `complete -c cnnc -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c cnnc -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
      ...(choices.length > 0 ? [`${here} -f -a '${choices.join(' ')}'`] : []),
      ...options.map(({ flag, summary: about, takesValue, choices: values }) => {
        const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        const value = values.length > 0 ? ` -x -a '${values.join(' ')}'` : takesValue ? ' -r' : '';
        return `${here} ${name}${value} -d ${fishQuoted(about)}`;
      }),
    ];
  });
  return `# Completes command lines of cnnc in fish.\n${lines.join('\n')}\n`;
}

/** For zsh: nothing inside single quotes means anything but the quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
}
