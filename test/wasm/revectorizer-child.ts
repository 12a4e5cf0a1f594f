// Runs modules in a process with V8's switches: `node SWITCHES revectorizer-child.ts FOLDER` writes the hash of what each gave to
// hashes.json there. With `--measured` the first one that was compiled with `--wide` sets the switch itself, if it finds that it helps.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isFloats } from '../../runtime/values.ts';
import type { EmittedModule } from '../../src/network/module.ts';

/** A module in the folder, and files beside it. */
export interface ModuleRun {
  readonly name: string;
  readonly weights: string;
  /** By name: files of f32. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly batch: number;
  readonly threads: readonly number[];
  /** Of a module compiled with `--wide`: whether it takes its kernels for 256-bit instructions. */
  readonly wide?: boolean;
}

const folder = process.argv[2]!;
const runs = JSON.parse(readFileSync(join(folder, 'runs.json'), 'utf8')) as readonly ModuleRun[];
const known = globalThis as { [key: symbol]: Promise<string | undefined> };
const isMeasured = process.argv[3] === '--measured';
const hashes: Record<string, string> = {};
for (const run of runs) {
  if (!isMeasured) known[Symbol.for('cnnc.wide')] = Promise.resolve(run.wide ? undefined : 'not here');
  for (const threads of run.threads) hashes[`${run.name} on ${threads}`] = await hashOf(run, threads);
}
writeFileSync(join(folder, 'hashes.json'), JSON.stringify(hashes));

async function hashOf({ name, weights, inputs, batch }: ModuleRun, threads: number): Promise<string> {
  const { load } = (await import(pathToFileURL(join(folder, `${name.replace(/ .*/, '')}.js`)).href)) as EmittedModule;
  const net = await load(readFileSync(join(folder, weights)), { maxBatch: batch, threads });
  const given = Object.entries(inputs).map(([input, path]) => {
    return [input, new Float32Array(Uint8Array.from(readFileSync(join(folder, path))).buffer)] as const;
  });
  const found = net.run(given.length === 1 ? given[0]![1] : Object.fromEntries(given));
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of isFloats(found) ? [found] : Object.values(found))
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  if (net.threads !== threads) throw new Error(`${name} has ${net.threads} threads: ${net.reason}`);
  net.close?.();
  return hash.digest('hex');
}
