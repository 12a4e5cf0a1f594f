// What of a network or a model another format cannot say: every problem on a line of its own, with what can be done; exit code 1.

import { escapeControls } from '../../grammar/terminal.ts';
import { MOST_SHOWN } from '../../grammar/counts.ts';
import { InputError } from '../data/input-error.ts';
import type { Problem } from '../onnx/problem.ts';
import { exitCodes, Quit } from './errors.ts';
import type { Io } from './io.ts';
import { within } from './paths.ts';

/** Prints them, at most 100, the others are counted; as JSON all of them, where that is asked for. Throws `Quit`. */
export function refuse(path: string, problems: readonly Problem[], json: boolean, { stdout, stderr }: Io): never {
  for (const problem of problems.slice(0, MOST_SHOWN)) {
    const where = [path, ...titleOf(problem), ...scopeOf(problem), problem.what].join(': ');
    stderr.write(`error: ${escapeControls(where)}\n  help: ${escapeControls(problem.mend)}\n`);
  }
  const others = problems.length - MOST_SHOWN;
  if (others > 0) stderr.write(`and ${others} more that are not shown\n`);
  if (json) stdout.write(`${JSON.stringify({ schemaVersion: 1, problems }, null, 2)}\n`);
  throw new Quit(exitCodes.input);
}

/** Which node a problem is about, `Conv "conv1"`; nothing where it is about none. */
export function titleOf({ operator, node }: Problem): readonly string[] {
  const parts = [operator, node === undefined ? undefined : JSON.stringify(clipped(node))].filter(Boolean);
  return parts.length > 0 ? [parts.join(' ')] : [];
}

/** `in layer1.0`; nothing where the file says no module. */
export const scopeOf = ({ scope }: Problem): readonly string[] => (scope ? [`in ${clipped(scope)}`] : []);

const clipped = (name: string): string => name.slice(0, 80);

/** Throws `InputError` where one of these files is in the folder already. */
export function refuseTaken(folder: string, names: readonly string[], files: Io['files']): void {
  const there = namesIn(folder, files);
  const taken = names.filter((name) => there.includes(name)).map((name) => within(folder, name));
  if (taken.length === 0) return;
  throw new InputError(`${list.format(taken)} ${taken.length === 1 ? 'is' : 'are'} there already; --force overwrites`);
}

/** `a, b and c` */
const list = new Intl.ListFormat('en-GB');

function namesIn(folder: string, files: Io['files']): readonly string[] {
  try {
    return files.list(folder);
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}
