// What the exit codes say, for `cnnc help exit-codes`.

import { wrap } from '../text/format.ts';
import { exitCodes } from './errors.ts';

const meanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, 'Success.'],
  [
    exitCodes.input,
    'The input is wrong: a file has errors, cannot be read or written, or does not fit the network. `fmt --check` found a file in another layout; `check` or `compile` found a budget that is exceeded.',
  ],
  [
    exitCodes.usage,
    'The command line is wrong: an unknown command or option, options that exclude each other, a value that an option does not take, or an output that would replace an input.',
  ],
  [
    exitCodes.limit,
    'A limit refused the input, which may be well formed: it is too large, would take too much memory or work, or is a pipe or device, whose size is unknown.',
  ],
  [exitCodes.bug, 'cnnc met a bug of its own. Please report it; your files are as they were.'],
  [
    exitCodes.interrupted,
    'Ctrl-C, SIGTERM or the end of its terminal ended `train` before its last step; with --out, `--resume` goes on. Or it ended `predict --queue`, whose shards are left to the workers; the same command waits for them again.',
  ],
];

/** Ends with a line break. */
export function exitCodesText(json: boolean, columns: number): string {
  if (json) {
    const list = meanings.map(([code, meaning]) => ({ code, meaning }));
    return `${JSON.stringify({ schemaVersion: 1, exitCodes: list }, null, 2)}\n`;
  }
  const lines = meanings.flatMap(([code, meaning]) =>
    wrap(meaning, columns - 5).map((line, at) => `${(at === 0 ? String(code) : '').padStart(3)}  ${line}`),
  );
  const more = wrap(
    'All other commands end by the signal itself, once the files that they are writing are whole: 130 in a shell after Ctrl-C, 143 after SIGTERM, 129 with its terminal. Data go to stdout, diagnostics and progress to stderr. With --json, stdout is one object whatever the exit code: that of the command, or { schemaVersion: 1, diagnostics } for errors in files, or { schemaVersion: 1, error: { kind, message } }, where kind is input, usage, limit or bug.',
    columns,
  );
  return `${[...lines, '', ...more].join('\n')}\n`;
}
