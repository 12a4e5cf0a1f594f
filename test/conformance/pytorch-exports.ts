// Networks that the machine's PyTorch exports (pytorch-exports.py), with what it computes for them: outputs within 1e-5 of their largest
// number, and a text that is the same network. Part of `npm run conformance`.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import { Unrecoverable } from '../../src/recover/index.ts';
import { runCase, targets } from './cases.ts';
import type { Tolerance, Verdict, Way } from './cases.ts';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('pytorch-exports.py', import.meta.url));

/** Why there are no such networks here; undefined where there are. */
export function whyNot(): string | undefined {
  if (!existsSync(python)) return `no ${python}`;
  const { status } = spawnSync(python, ['-c', 'import torch.onnx'], { stdio: 'ignore' });
  return status === 0 ? undefined : `${python} has no PyTorch`;
}

const ofLargest: Tolerance = (all) => {
  let largest = 0;
  for (let at = 0; at < all.length; at += 1) largest = Math.max(largest, Math.abs(all[at]!));
  return () => 1e-5 * largest;
};

export interface Exported {
  readonly name: string;
  readonly verdict: Verdict;
}

/** All of them, or those of these names, `resnet` or `resnet-13`, that are wanted. */
export async function runExports(
  names: readonly string[] = [],
  wanted: (name: string) => boolean = () => true,
  ways: readonly Way[] = targets,
): Promise<Exported[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-exports-'));
  try {
    const { status, stderr } = spawnSync(python, [script, folder, ...names], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr.slice(-2000));
    const results: Exported[] = [];
    for (const name of readdirSync(folder).toSorted()) {
      const path = join(folder, name);
      if (wanted(name) && existsSync(join(path, 'model.onnx')))
        results.push({ name, verdict: await verdictOf(path, ways) });
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function verdictOf(path: string, ways: readonly Way[]): Promise<Verdict> {
  const verdict = await runCase(path, ways, ofLargest);
  if (verdict.kind !== 'passed') return verdict;
  const imported = importOnnx(readFileSync(join(path, 'model.onnx')));
  if ('problems' in imported) return { kind: 'refused', problems: imported.problems };
  try {
    ownModel(imported, operators);
    return verdict;
  } catch (error) {
    if (!(error instanceof Unrecoverable)) throw error;
    return { kind: 'wrong', what: error.message };
  }
}
