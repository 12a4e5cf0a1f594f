// PyTorch as Debian's python3-torch has it, in a process of its own, which measures itself. PYTHON names another interpreter.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { layersOf } from '../../support/pytorch-layers.ts';
import type { Learner, Lesson, StepTime } from './learner.ts';

const script = fileURLToPath(new URL('pytorch.py', import.meta.url));

/** Rejects where Python or its torch is missing. */
export async function createPyTorch(lesson: Lesson, threads: number): Promise<Learner> {
  const python = spawn(process.env['PYTHON'] ?? '/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  python.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
  python.stdin.on('error', () => undefined);
  const failed = once(python, 'close').then(
    ([code]) => {
      throw new Error(`PyTorch ended with code ${code}: ${complaint.trim().split('\n').at(-1) ?? ''}`);
    },
    (cause: unknown) => {
      throw new Error('python3 with torch is not installed: apt-get install python3-torch', { cause });
    },
  );
  failed.catch(() => undefined);
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const ask = async (text: string): Promise<unknown> => {
    python.stdin.write(`${text}\n`);
    const { value } = await Promise.race([lines.next(), failed]);
    return JSON.parse(value as string);
  };
  const { version } = (await ask(JSON.stringify({ ...written(lesson), threads }))) as { readonly version: string };
  return {
    name: `PyTorch ${version}`,
    steps: async (count) => (await ask(String(count))) as readonly StepTime[],
    async close() {
      python.stdin.end();
      await failed.catch(() => undefined);
    },
  };
}

function written({ graph, weights, images, labels, rate }: Lesson): object {
  return {
    ...layersOf(graph),
    rate,
    weights: graph.parameters.map(({ name, value }) => ({
      name,
      shape: typeOf(graph, value).shape,
      data: [...weights.get(name)!],
    })),
    images: { shape: [labels.length, ...typeOf(graph, graph.inputs[0]!.value).shape], data: [...images] },
    labels: [...labels],
  };
}
