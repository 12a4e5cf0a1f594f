// Exported modules in PyTorch: written with inputs and the outputs that are expected, run all at once, and compared there.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { modelText } from '../../src/export/pytorch/index.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import type { GraphFeeds, Outputs } from '../support/executors.ts';
import { weightsFile } from '../support/executors.ts';

/** Debian's Python, which has PyTorch where its package is installed. */
export const python = '/usr/bin/python3';

/** Whether that has PyTorch. */
export const hasTorch = existsSync(python) && spawnSync(python, ['-c', 'import torch']).status === 0;

/** What PyTorch found. */
export interface Found {
  readonly folder: string;
  readonly error?: string;
  /** For each output, the largest difference as a share of its largest number. */
  readonly differences: readonly number[];
  /** Of its `state_dict`. */
  readonly keys: readonly string[];
  /** Numbers that are trained. */
  readonly parameters: number;
}

/** Writes a case; differences are shares of at least `scale`. */
export function writeCase(folder: string, graph: Graph, feeds: GraphFeeds, expected: Outputs, scale = 0): void {
  mkdirSync(folder, { recursive: true });
  const { text, className } = modelText(graph, operators);
  writeFileSync(join(folder, 'model.py'), text);
  writeFileSync(join(folder, 'model.safetensors'), weightsFile(graph, feeds.parameters));
  const shapeOf = (value: number): readonly number[] => [feeds.batch, ...typeOf(graph, value).shape];
  const tensors = [
    ...graph.inputs.map(({ name, value }, at) => ({
      name: `in.${at}`,
      shape: shapeOf(value),
      data: feeds.inputs.get(name)!,
    })),
    ...graph.outputs.map(({ name, value }, at) => ({
      name: `out.${at}`,
      shape: shapeOf(value),
      data: Float32Array.from(expected.get(name)!),
    })),
  ];
  writeFileSync(join(folder, 'case.safetensors'), writeSafetensors(tensors));
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ className, inputs: graph.inputs.length, scale }));
}

const script = fileURLToPath(new URL('pytorch-check.py', import.meta.url));

/** Runs the cases of these folders in one process. */
export function runCases(folders: readonly string[]): readonly Found[] {
  const { stdout, stderr, status } = spawnSync(python, [script, ...folders], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Found);
}
