// Random graphs on codes: kernels of both targets give the very numbers of the interpreter at every level, batch and size of a pass.

import { expect, test } from 'vitest';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { disagreements } from '../support/agreement.ts';
import { arbitraryCodesGraph, codesFeeds, drawing } from '../support/codes-graph.ts';
import { timeout } from '../support/runs.ts';

const options: readonly PipelineOptions[] = [
  { target: 'js' },
  { target: 'wasm' },
  { target: 'js', level: 0 },
  { target: 'wasm', level: 0 },
  { target: 'wasm', math: 'fast' },
  { target: 'wasm', level: 1, disable: ['concat-slices', 'in-place'] },
];

const first = Number(process.env['CNNC_FIRST'] ?? 0);
const count = 60 * Number(process.env['CNNC_RUNS'] ?? 1);

test('random graphs on codes agree with the interpreter in every bit', { timeout }, async () => {
  for (let seed = first; seed < first + count; seed += 1) {
    const draw = drawing(seed + 1);
    const graph = arbitraryCodesGraph(draw, draw(1, 5));
    const feeds = codesFeeds(graph, draw(1, 3), draw);
    const chosen = options[seed % options.length]!;
    const problems = await disagreements(graph, feeds, chosen, 0);
    expect(problems, `seed ${seed}, ${JSON.stringify(chosen)}\n${printGraph(graph, operators)}`).toEqual([]);
  }
});
