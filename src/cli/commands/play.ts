// `cnnc play`: the playground, served to this machine's browsers.

import { Command } from 'commander';
import { InputError } from '../../data/input-error.ts';
import { withImports } from '../../playground/collect.ts';
import { maxTextLength, tooLong } from '../../playground/program.ts';
import type { OpeningProgram } from '../../playground/page-html.ts';
import { UsageError } from '../errors.ts';
import { isStdin } from '../guard.ts';
import type { Io } from '../io.ts';
import { folderOf, isInside, within } from '../paths.ts';
import { wholeNumber } from '../quantities.ts';
import { readSourceText, shownPath } from '../source.ts';

interface PlayOptions {
  readonly port?: number;
  readonly open?: boolean;
  readonly json?: boolean;
}

export function playCommand(io: Io): Command {
  return new Command('play')
    .description('serve the playground: an editor with shapes, drawing, code, runs and training in a browser')
    .argument('[file]', 'a .cnn file to begin with, or - for the standard input; it is read, never written')
    .option('--port <number>', 'the port of 127.0.0.1 (default: 8266, or a free one)', wholeNumber('--port', 0, 65_535))
    .option('--open', 'open it in the browser')
    .option('--json', 'print the address as JSON')
    .addHelpText(
      'after',
      `
It serves 127.0.0.1 only, until Ctrl-C. What you write in the page stays in the browser. Files that FILE imports from its folder
are loaded with it. \`npm run build\` also writes the same page to dist/playground, for any web server.

Examples:
  cnnc play
  cnnc play lenet.cnn                           begin with a file
  cnnc play lenet.cnn --port 8000 --open

JSON, one line as soon as it listens: { schemaVersion: 1, address, file }; file is null without one.`,
    )
    .action((path: string | undefined, options: PlayOptions) => play(path, options, io));
}

async function play(path: string | undefined, { port, open, json }: PlayOptions, io: Io): Promise<void> {
  if (!io.playground) throw new UsageError('play needs a system on which it can listen');
  const program = path === undefined ? undefined : opened(path, io);
  const served = await io.playground({ ...(program && { program }), ...(port !== undefined && { port }) });
  try {
    const about = { schemaVersion: 1, address: served.address, file: path ?? null };
    io.stdout.write(`${json ? JSON.stringify(about) : served.address}\n`);
    if (!json) io.stderr.write('Ctrl-C ends it\n');
    if (open) served.open();
    await new Promise<void>((resolve) => {
      if (io.process.onInterrupt) io.process.onInterrupt(resolve);
      else resolve();
    });
  } finally {
    await served.close();
  }
}

/** The file with those of its folder that it imports. Throws `InputError` where it cannot be read. */
function opened(path: string, { files }: Io): OpeningProgram {
  const text = readSourceText(path, shownPath(path), files);
  if (text.length > maxTextLength) throw new InputError(`${shownPath(path)} is too long: ${tooLong}`, { limit: true });
  const folder = isStdin(path) ? (files.workingFolder ?? '/') : folderOf(files.resolve(path));
  const read = (inner: string): string | undefined => {
    const target = files.resolve(within(folder, inner));
    if (!isInside(target, folder)) return undefined;
    try {
      return readSourceText(target, inner, files);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  };
  return { asked: true, ...withImports(text, read) };
}
