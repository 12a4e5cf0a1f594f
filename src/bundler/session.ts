// The imports of one build or server: each is compiled once until something that it read has changed, and its types are written.

import { realpathSync } from 'node:fs';
import { InputError } from '../data/input-error.ts';
import type { Compiled, Outcome } from './compile.ts';
import { loadConfig, missingNetworks, settingsFor } from './config.ts';
import { declarationFile, writeDeclaration } from './declarations.ts';
import type { Placement } from './placement.ts';
import type { Problem } from './problems.ts';
import { sentence } from './problems.ts';
import type { Request } from './request.ts';
import { seenFiles } from './seen.ts';
import type { SeenFiles } from './seen.ts';
import type { Options } from './settings.ts';

export interface Session {
  /** What an import asks for, whichever part of it. Never throws because of what the user wrote. */
  outcomeOf(request: Request, placement: Placement): Promise<Outcome>;
}

interface Kept {
  readonly outcome: Outcome;
  readonly seen: SeenFiles;
}

/** `root` is the project's folder, in which its configuration lies. */
export function openSession(root: string, given: Options): Session {
  const place = realpathSync(root);
  const kept = new Map<string, Promise<Kept>>();
  return {
    async outcomeOf(request, placement) {
      const key = JSON.stringify([request.path, request.query, placement]);
      const before = kept.get(key);
      const known = await before;
      if (known?.seen.areUnchanged()) return forPart(request, known.outcome);
      // Another import of the same may have begun meanwhile.
      const begun = kept.get(key);
      if (begun && begun !== before) return forPart(request, (await begun).outcome);
      const next = outcomeIn(place, given, request, placement);
      kept.set(key, next);
      next.catch(() => kept.delete(key));
      return forPart(request, (await next).outcome);
    },
  };
}

/** Warnings are told once: of what was imported, not of its parts. */
function forPart({ part }: Request, outcome: Outcome): Outcome {
  if (part === 'module') return outcome;
  return { ...outcome, problems: outcome.problems.filter(({ severity }) => severity === 'error') };
}

async function outcomeIn(root: string, given: Options, request: Request, placement: Placement): Promise<Kept> {
  const seen = seenFiles();
  seen.note(request.path);
  const kept = (told: Omit<Outcome, 'files'>): Kept => ({ outcome: { ...told, files: seen.paths() }, seen });
  try {
    const config = await loadConfig(root, given, seen);
    const settings = settingsFor(request, root, config.options);
    // Starting a bundler does not wait for the compiler.
    const { compileImport } = await import('./compile.ts');
    const { compiled, problems } = await compileImport(request, settings, root, placement, seen);
    const unwritten = config.options.types === false ? [] : written(request, compiled);
    const missing = missingNetworks(root, config.options).map((text) => sentence('warning', text));
    return kept({ ...(compiled && { compiled }), problems: [...problems, ...missing, ...unwritten] });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return kept({ problems: [sentence('error', error.message)] });
  }
}

/** Writes the types; says so where that cannot be done. Those of a package are its own. */
function written(request: Request, compiled: Compiled | undefined): readonly Problem[] {
  if (!compiled || request.path.includes('/node_modules/')) return [];
  const file = declarationFile(request, compiled.declaration);
  if (!file)
    return [
      sentence('warning', `TypeScript has no way to type an import of ${request.path}?${request.query}: it has a *`),
    ];
  try {
    writeDeclaration(file);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [sentence('warning', `the types were not written: ${error.message}; types: false leaves them out`)];
  }
}
