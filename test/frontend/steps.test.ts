// While a network is expanded, the shapes of all values so far are known.

import { expect, test } from 'vitest';
import { stepsOf } from '../../compiler/frontend/build/add-step.ts';
import { finishGraph } from '../../compiler/frontend/build/build-graph.ts';
import { startGraph } from '../../compiler/frontend/build/building.ts';
import { createBudget } from '../../compiler/frontend/expand/budget.ts';
import { expandNetwork } from '../../compiler/frontend/expand/expand.ts';
import type { Steps } from '../../compiler/frontend/expand/expansion.ts';
import { loadProject } from '../../compiler/frontend/names/project.ts';
import { resolve } from '../../compiler/frontend/names/resolve.ts';
import { createAttempt, createReporter } from '../../compiler/frontend/report.ts';
import { formatType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { body } from './support.ts';

/** The types of its operands when each step comes, and of its results behind it. */
function told(statements: string): readonly string[] {
  const reporter = createReporter();
  const project = loadProject({ path: 'a.cnn', text: body(statements) }, {}, reporter);
  const [definition] = project.root.file.definitions;
  if (definition?.kind !== 'network') throw new Error('no network');
  const attempt = createAttempt(reporter);
  const building = startGraph('A', operators, attempt);
  const steps = stepsOf(building);
  const lines: string[] = [];
  const types = (refs: readonly (number | undefined)[]): string =>
    refs.map((ref) => (steps.typeOf(ref) ? formatType(steps.typeOf(ref)!) : 'unknown')).join(' ');
  const watched: Steps = {
    ...steps,
    node(item) {
      const before = types(item.operands);
      steps.node(item);
      lines.push(`${item.name}: ${before} → ${types(item.results)}`);
    },
  };
  const { recursive, bindings } = resolve(project, operators, reporter);
  const expander = { operators, reporter, bindings, budget: createBudget(), constants: new Map(), recursive };
  const expansion = expandNetwork(definition, project.root, new Map(), expander, watched);
  const built = finishGraph(building, expansion);
  return [...lines, ...attempt.diagnostics.map(({ code }) => code), built ? 'built' : 'not built'];
}

test('each step finds the types of its operands known', () => {
  expect(
    told(
      'a = conv(4, kernel: 3) -> relu\n repeat 2 { max_pool(2) }\n parallel add { path {}\n path conv(4, kernel: 1) }',
    ),
  ).toEqual([
    'a.conv1: [N,8,16,16] → [N,4,14,14]',
    'a.relu1: [N,4,14,14] → [N,4,14,14]',
    'max_pool1: [N,4,14,14] → [N,4,7,7]',
    'max_pool2: [N,4,7,7] → [N,4,3,3]',
    'path2.conv1: [N,4,3,3] → [N,4,3,3]',
    'add1: [N,4,3,3] [N,4,3,3] → [N,4,3,3]',
    'built',
  ]);
});

test('behind a mistake nothing is known', () => {
  expect(told('conv(4, kernel: 40) -> relu\n x -> relu : [9, _, _]')).toEqual([
    'conv1: [N,8,16,16] → unknown',
    'relu1: unknown → unknown',
    'relu2: [N,8,16,16] → [N,8,16,16]',
    'conv/C4',
    'shape/mismatch',
    'not built',
  ]);
});
