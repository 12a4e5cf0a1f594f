// The command line: finds the command, and turns whatever happens into an exit code. stdout is data, stderr is progress
// and diagnostics.

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodes, UsageError } from './errors.ts';
import { guarded } from './guard.ts';
import type { Io } from './io.ts';
import { nodeIo } from './node-io.ts';
import { argumentSlashed } from './paths.ts';
import { firstNotUtf8 } from './raw-arguments.ts';
import { systemReason } from './system-error.ts';

export const VERSION = '0.1.0';

/** `argv` without the names of the interpreter and the program. Never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const world = guarded(io);
  let json = argv.includes('--json');
  try {
    if (argv[0] === '--version' || argv[0] === '-V') {
      const about = json ? JSON.stringify({ schemaVersion: 1, version: VERSION }, null, 2) : VERSION;
      io.stdout.write(`${about}\n`);
      return exitCodes.ok;
    }
    const { runCommand } = await import('./program.ts');
    await runCommand(argv, VERSION, world, (asked) => {
      json = asked;
    });
    return exitCodes.ok;
  } catch (error) {
    const { explain } = await import('./explain-error.ts');
    return explain(error, argv, json, world);
  }
}

/** Runs in this process. */
export async function start(): Promise<void> {
  process.stdout.on('error', endWithoutOutput);
  // There is no one left to tell.
  process.stderr.on('error', () => {});
  const given = process.argv.slice(2);
  const strange = firstNotUtf8(given);
  process.exitCode =
    strange === undefined
      ? await main(
          given.map((argument) => argumentSlashed(argument)),
          nodeIo,
        )
      : await refuse(strange, given);
}

async function refuse(strange: string, argv: readonly string[]): Promise<number> {
  const { explain } = await import('./explain-error.ts');
  const message = `${strange} is not UTF-8, as all of the command line must be; if it is the name of a file, rename it`;
  return explain(new UsageError(message), argv, argv.includes('--json'), nodeIo);
}

/** Output that nobody reads any more (`cnnc … | head`) ends it quietly; a full disk is said. */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`error: cannot write the standard output: ${systemReason(error) ?? error.message}\n`);
  process.exit(exitCodes.input);
}

const invoked = process.argv[1];
if (invoked !== undefined && isThisFile(invoked)) await start();

function isThisFile(path: string): boolean {
  try {
    return realpathSync(path) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}
