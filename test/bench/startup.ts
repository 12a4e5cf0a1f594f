// `npm run bench -- --startup`: from the import of an engine to its first result, each time in a process of its own that reads
// files from the disk, and what memory the process has then.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formulaWeights } from '../support/formula.ts';
import { casesOf, graphOf } from './cases.ts';
import type { Case } from './cases.ts';
import { median } from './measure.ts';
import { encodeOnnx } from './onnx.ts';
import { weightsFile, writeModule } from './ours.ts';
import type { Variant } from './ours.ts';
import type { StartupRequest, StartupAnswer } from './startup-child.ts';
import { encodeLiteRtIfKnown } from './tflite.ts';

export interface Startup {
  readonly network: string;
  readonly engine: string;
  /** The fastest process. */
  readonly minimumMs: number;
  readonly medianMs: number;
  /** Median of the processes. `bare`: a process that imports nothing. */
  readonly residentBytes: number;
}

/** `say` gets a line for each engine on each network. */
export async function measureStartup(
  variants: readonly Variant[],
  only: readonly string[],
  processes: number,
  say: (line: string) => void,
): Promise<readonly Startup[]> {
  const results: Startup[] = [];
  say(`${'network'.padEnd(12)} ${'engine'.padEnd(14)} ${'fastest'.padStart(8)}    median     resident`);
  for (const one of casesOf(only)) {
    const folder = await mkdtemp(join(tmpdir(), 'cnnc-startup-'));
    try {
      const engines = (await prepare(one, variants, folder)).map((engine) => ({
        ...engine,
        answers: [] as StartupAnswer[],
      }));
      // In turns, so that what else the machine does disturbs all alike.
      for (let index = 0; index < processes; index += 1) {
        for (const { request, answers } of engines) answers.push(await start(request));
      }
      for (const { engine, answers } of engines) {
        const times = answers.map(({ milliseconds }) => milliseconds);
        const [minimumMs, medianMs] = [Math.min(...times), median(times)];
        const residentBytes = median(answers.map((answer) => answer.residentBytes));
        results.push({ network: one.name, engine, minimumMs, medianMs, residentBytes });
        const [fastest, middle] = [minimumMs, medianMs].map((ms) => `${ms.toFixed(1).padStart(8)} ms`);
        say(`${one.name.padEnd(12)} ${engine.padEnd(14)} ${fastest} ${middle} ${mebibytes(residentBytes)}`);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return results;
}

/** Writes what the engines read. */
async function prepare(
  one: Case,
  variants: readonly Variant[],
  folder: string,
): Promise<readonly { readonly engine: string; readonly request: StartupRequest }[]> {
  const graph = graphOf(one);
  const weights = formulaWeights(graph);
  const [weightsPath, modelPath] = [join(folder, 'weights.safetensors'), join(folder, 'model.onnx')];
  const model = encodeOnnx(graph, weights);
  await writeFile(weightsPath, weightsFile(graph, weights));
  await writeFile(modelPath, model.bytes);
  const { inputShape } = model;
  const ours = variants.map(async (variant, index) => ({
    engine: variant.name,
    request: {
      engine: 'ours',
      modulePath: await writeModule(graph, join(folder, `${index}`), variant),
      weightsPath,
      threads: variant.threads,
      inputShape,
    } as const,
  }));
  const theirs = (['ort web', 'ort node'] as const).map((engine) => ({
    engine,
    request: { engine, modelPath, inputShape },
  }));
  const all = [{ engine: 'bare', request: { engine: 'bare' } } as const, ...(await Promise.all(ours)), ...theirs];
  const liteRt = encodeLiteRtIfKnown(graph, weights);
  if (!liteRt) return all;
  const liteRtPath = join(folder, 'model.tflite');
  await writeFile(liteRtPath, liteRt.bytes);
  const request = { engine: 'litert', modelPath: liteRtPath, inputShape: liteRt.inputShape } as const;
  return [...all, { engine: 'litert', request }];
}

async function start(request: StartupRequest): Promise<StartupAnswer> {
  const child = fileURLToPath(new URL('startup-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(request)]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as StartupAnswer;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0).padStart(8)} MiB`;
}
