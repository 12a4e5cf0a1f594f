// ONNX's conformance cases: those that can be computed are right, the others are refused. `npm run conformance` runs them on all targets
// and says why each one is refused; here they run on WebAssembly alone.

import { describe, expect, test } from 'vitest';
import { casesIn, runCase } from './cases.ts';

/** Folder → how many there are, and how many must pass. */
const folders = [
  ['onnx-node', 211, 191],
  ['onnx-pytorch-converted', 82, 67],
] as const;

describe.each(folders)('%s', (folder, cases, passes) => {
  const paths = casesIn(folder);
  const why = paths.length === 0 ? ` (skipped: no ../shared/data/${folder})` : '';

  test.skipIf(why !== '')(`${passes} of ${cases} pass, none is wrong${why}`, { timeout: 120_000 }, async () => {
    expect(paths).toHaveLength(cases);
    const wrong: string[] = [];
    let passed = 0;
    for (const path of paths) {
      const verdict = await runCase(path, ['wasm']);
      if (verdict.kind === 'passed') passed += 1;
      if (verdict.kind === 'wrong') wrong.push(`${path}: ${verdict.what}`);
    }
    expect(wrong).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(passes);
  });
});

test.skipIf(casesIn('models').length === 0)(
  'a trained digit classifier gives what its authors say',
  { timeout: 60_000 },
  async () => {
    expect(await runCase('models/mnist-8')).toEqual({ kind: 'passed' });
  },
);
