// Emitted files under the strictest TypeScript.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));
const flags =
  '--ignoreConfig --strict --noUnusedLocals --noUnusedParameters --noUncheckedIndexedAccess --exactOptionalPropertyTypes --noImplicitReturns --verbatimModuleSyntax --isolatedModules --noEmit --target es2022 --module esnext --moduleResolution bundler --types'.split(
    ' ',
  );

/** What a strict TypeScript says about these files. */
export function typeErrors(files: Readonly<Record<string, string>>): string {
  const own = mkdtempSync(join(tmpdir(), 'cnnc-types-'));
  const paths = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(own, name), text);
    return join(own, name);
  });
  try {
    // @types/node would declare what a browser lacks.
    execFileSync(tsc, [...flags, '', ...paths], { cwd: own, encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  } finally {
    rmSync(own, { recursive: true });
  }
}
