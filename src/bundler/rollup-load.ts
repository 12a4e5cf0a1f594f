// How Rollup and Vite are given a network: mistakes at their places, and weights as files that they emit.

import { resolve } from 'node:path';
import type { Compiled, Outcome } from './compile.ts';
import type { Emitting, ImportedFiles } from './imported-files.ts';
import { withFetchedWeights, withImported } from './module-text.ts';
import { placementOf } from './placement.ts';
import type { Problem } from './problems.ts';
import { besideFor } from './request.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';
import type { DevServer } from './vite-server.ts';

/** What Rollup and Vite call `load` on. */
export interface RollupContext extends Emitting {
  addWatchFile(file: string): void;
  warn(message: object): void;
  error(message: object): never;
}

export interface RollupBuild {
  readonly root: string;
  readonly session: Session;
  readonly isVite: boolean;
  readonly server: DevServer;
  readonly imported: ImportedFiles;
  /** Those of the plugin's options. */
  readonly conditions: readonly string[];
}

/**
 * Vite gives the address of a file from the root of the page's server, where its setting `base` does not say otherwise. What runs may be a
 * worker without `import.meta`, or one from a blob.
 */
const pageAddress = "globalThis.location?.href.replace(/^blob:/, '')";

/** The text of a module. */
export async function rollupLoad(
  context: RollupContext,
  request: Request,
  isForServer: boolean,
  { root, session, isVite, server, imported, conditions }: RollupBuild,
): Promise<string> {
  const { isDevelopment, isLibrary } = server;
  const said = context.environment?.config.resolve.conditions ?? conditions;
  // Of the format the chunk tells; a server that develops writes no files.
  const placement = placementOf(said, !isDevelopment, isForServer || isLibrary ? 'inside' : 'beside');
  const outcome = await session.outcomeOf(request, placement);
  // Vite's server takes such a file for an import, which must be there.
  if (isDevelopment) server.note(request, outcome);
  else for (const file of outcome.files) context.addWatchFile(file);
  const { code, weights, wasm } = compiledOrError(context, root, outcome, isVite ? 1 : 0);
  if ((!weights && !wasm) || request.part === 'code') return code;
  if (placement === 'imported') {
    const [binary, file] = [wasm, weights].map((asset) => asset && imported.emit(context, asset));
    return withImported(besideFor(request, 'code'), binary, file);
  }
  const { plainName, bytes } = weights!;
  // The bundler adds a hash of its own.
  const asset = (): string => context.emitFile({ type: 'asset', name: plainName, source: bytes });
  const place = isDevelopment
    ? `${JSON.stringify(server.urlOf(request, weights!))}, import.meta.url`
    : `import.meta.ROLLUP_FILE_URL_${asset()}${isVite ? `, ${pageAddress}` : ''}`;
  return withFetchedWeights(besideFor(request, 'code'), `new URL(${place})`);
}

/** Warns, and fails with all errors at once, the first of which has the place. */
function compiledOrError(
  context: RollupContext,
  root: string,
  { compiled, problems }: Outcome,
  firstColumn: number,
): Compiled {
  const message = (problem: Problem, others: readonly Problem[]): object =>
    rollupMessage(problem, root, others, firstColumn);
  for (const problem of problems) if (problem.severity === 'warning') context.warn(message(problem, []));
  if (compiled) return compiled;
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  return context.error(message(first!, others));
}

/** The place in this program where a mistake was found is of no use to anybody, so that there is no stack. */
function rollupMessage(
  { message, frame, place }: Problem,
  root: string,
  others: readonly Problem[],
  firstColumn: number,
): object {
  return {
    message: [message, ...others.map(({ text }) => text)].join('\n\n'),
    ...(place && {
      id: resolve(root, place.file),
      loc: { file: resolve(root, place.file), line: place.line, column: place.column + firstColumn },
    }),
    ...(frame !== undefined && { frame }),
    stack: '',
  };
}
