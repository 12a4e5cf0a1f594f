// The process that `startup.ts` measures: one engine, from its import to its first result. Prints a line of JSON.

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { createLiteRt } from './peers/litert.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { createOrtWeb } from './peers/ort-web.ts';

const peers = { 'ort web': createOrtWeb, 'ort node': createOrtNode, litert: createLiteRt } as const;

type PeerName = keyof typeof peers;

export type StartupRequest =
  | { readonly engine: 'bare' }
  | {
      readonly engine: 'ours';
      readonly modulePath: string;
      readonly weightsPath: string;
      readonly threads: number;
      readonly inputShape: readonly number[];
    }
  | { readonly engine: PeerName; readonly modelPath: string; readonly inputShape: readonly number[] };

export interface StartupAnswer {
  readonly milliseconds: number;
  readonly residentBytes: number;
}

const request = JSON.parse(process.argv[2]!) as StartupRequest;
const x = new Float32Array(
  request.engine === 'bare' ? 0 : request.inputShape.reduce((size, extent) => size * extent, 1),
);
const start = performance.now();
await run(request);
const answer: StartupAnswer = {
  milliseconds: performance.now() - start,
  residentBytes: process.memoryUsage().rss,
};
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit());

/** Imports, reads, runs once. */
async function run(request: StartupRequest): Promise<void> {
  switch (request.engine) {
    case 'bare':
      return;
    case 'ours': {
      const { load } = (await import(pathToFileURL(request.modulePath).href)) as Module;
      const { threads } = request;
      const net = await load(pathToFileURL(request.weightsPath), threads > 1 ? { threads } : {});
      net.run(x);
      return;
    }
    case 'ort web':
    case 'ort node':
    case 'litert': {
      const create = peers[request.engine];
      const engine = await create({ bytes: await readFile(request.modelPath), inputShape: request.inputShape });
      await engine.run(x);
      return;
    }
    default:
      request satisfies never;
  }
}

interface Module {
  load(weights: URL, options: { readonly threads?: number }): Promise<{ run(x: Float32Array): Float32Array }>;
}
