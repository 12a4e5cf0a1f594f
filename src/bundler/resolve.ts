// Rollup takes a specifier with a query for the name of a file; so what lies beside the importer is found here.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { apart, requestOf } from './request.ts';

/** The identifier of a relative or absolute import of a `.cnn` file; undefined for what others resolve. */
export function resolveBeside(specifier: string, importer: string | undefined): string | undefined {
  if (!requestOf(specifier) || !(/^\.\.?\//.test(specifier) || isAbsolute(specifier))) return undefined;
  const [name, query] = apart(specifier);
  const path = resolve(importer === undefined ? process.cwd() : dirname(apart(importer)[0]), name);
  return existsSync(path) ? `${realpathSync(path)}${query}` : undefined;
}
