// A folder that lasts as long as a run of the tests: for what is built once for all of them, and for what Node has compiled.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly runFolder: string;
  }
}

/** Vitest calls it before the first test, and what it returns after the last. */
export default function setUp(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-run-'));
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  project.provide('runFolder', folder);
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compiled');
  // While vitest watches, the sources have changed.
  project.onTestsRerun(clear);
  return clear;
}
