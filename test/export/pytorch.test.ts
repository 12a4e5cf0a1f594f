// Modules of PyTorch against the interpreter, run by Debian's python3-torch; and their text.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { forms } from '../../src/export/pytorch/forms/index.ts';
import { modelText } from '../../src/export/pytorch/index.ts';
import { arbitraryOperatorCase, networkOperators } from '../support/arbitrary-operator.ts';
import { blockCases } from '../support/block-cases.ts';
import { buildExample } from '../support/examples.ts';
import { runOracle } from '../support/executors.ts';
import type { GraphFeeds } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';
import { caseGraph } from '../support/operator-graph.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { hasTorch, python, runCases, writeCase } from './pytorch-runs.ts';
import type { Found } from './pytorch-runs.ts';

const names = readFileSync(new URL('names.cnn', import.meta.url), 'utf8');

/** A network of a text. */
function built(text: string, network?: string): Graph {
  const { networks } = frontend({ path: 'test.cnn', text }, { operators, ...(network !== undefined && { network }) });
  return networks[0]!.graph;
}

/** Rounding up would have windows that lie in the padding alone, on the right or below: there are none. */
const dropped = `network Dropped {
  input image: [2, 9, 7]
  values = image -> max_pool(kernel: 3x2, padding: [1, 1, 1, 2], ceil: true)
  mean = image -> avg_pool(kernel: 3x2, padding: [1, 1, 1, 2], count_padding: false, ceil: true)
  counted = image -> avg_pool(kernel: 3x2, padding: [1, 1, 1, 2], ceil: true)
  length = image -> lp_pool(kernel: 3x2, padding: [1, 1, 1, 2], ceil: true)
  below = image -> max_pool(kernel: 2, stride: 3, padding: [0, 0, 1, 1], ceil: true)
  back = values -> max_unpool(image, kernel: 3x2, padding: [1, 1, 1, 2], ceil: true)
  output values, mean, counted, length, below, back
}`;

/** Operators that only passes make of networks. */
const made = new Set(['inverse_sqrt', 'reduce_sum', 'weight_matmul', 'weight_slice']);

describe.skipIf(!hasTorch)('in PyTorch (needs /usr/bin/python3 with python3-torch)', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
  const graphs = new Map<string, Graph>();
  let found: ReadonlyMap<string, Found>;

  function add(name: string, graph: Graph, feeds: GraphFeeds): void {
    const { outputs, largest } = runOracle(graph, feeds);
    writeCase(join(folder, name), graph, feeds, outputs, largest);
    graphs.set(name, graph);
  }

  const formula = (graph: Graph): GraphFeeds => ({
    inputs: formulaInputs(graph, 2),
    parameters: formulaWeights(graph),
    batch: 2,
  });

  beforeAll(() => {
    const networks = [
      ['lenet', 'LeNet'],
      ['lenet-bn', 'LeNetBN'],
      ['edges', 'Edges'],
      ['learn-kernel', 'LearnFlipped'],
    ] as const;
    for (const [example, network] of networks) {
      const graph = buildExample(example, network);
      add(network, graph, formula(graph));
    }
    for (const network of ['nn', 'Shared', 'Sized']) {
      const graph = built(names, network);
      add(network, graph, formula(graph));
    }
    add('Dropped', built(dropped), formula(built(dropped)));
    for (const [at, { block, graph }] of blockCases.entries()) add(`${block}-${at}`, graph, formula(graph));
    for (const op of networkOperators.filter((name) => !made.has(name))) {
      for (const [at, one] of fc.sample(arbitraryOperatorCase([op]), { numRuns: 2, seed: 11 }).entries()) {
        const { graph, feeds } = caseGraph(one, 2, at, []);
        add(`${op}-${at}`, graph, feeds);
      }
    }
    for (const [at, plan] of fc.sample(randomPlan, { numRuns: 20, seed: 5 }).entries()) {
      const graph = networkOf(plan);
      add(`random-${at}`, graph, feedsOf(graph, 2));
    }
    const results = runCases([...graphs.keys()].map((name) => join(folder, name)));
    found = new Map(results.map((result) => [result.folder, result]));
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  test('outputs are within 1e-5 of the largest number', () => {
    const wrong = [...found.values()].filter(
      ({ error, differences }) => error !== undefined || !differences.every((difference) => difference < 1e-5),
    );
    expect(wrong).toEqual([]);
    expect(found.size).toBe(graphs.size);
  });

  test('state_dict has the names of the weights, and as many numbers are trained', () => {
    for (const [name, { keys }] of found) {
      const expected = graphs.get(name)!.parameters.map((parameter) => parameter.name);
      expect({ name, keys: keys.toSorted() }).toEqual({ name, keys: expected.toSorted() });
    }
    expect(found.get('LeNet')!.parameters).toBe(61_706);
  });

  test('no text of a file is run as code', () => {
    expect(found.get('nn')).toMatchObject({ differences: [expect.any(Number), expect.any(Number)] });
    for (const place of [process.cwd(), folder, join(folder, 'nn')])
      expect(existsSync(join(place, 'owned'))).toBe(false);
  });
});

test('every operator of the language has a form', () => {
  const missing = networkOperators.filter((op) => !made.has(op) && op !== 'identity' && !forms.has(op));
  expect(missing).toEqual([]);
});

/** The classes of a model, without what every file has. */
const classesOf = (graph: Graph): string => {
  const { text } = modelText(graph, operators);
  return text.slice(text.indexOf('    return model\n') + 19, text.indexOf('\n\n\nif __name__'));
};

test('blocks are classes with what differs as parameters, and multiples as such', () => {
  const graph = built(`block double(channels: int) {
  conv(channels, kernel: 3) -> relu
  conv(2 * channels, kernel: 1, bias: false)
}
network Two {
  input image: [1, 9, 9]
  double(3) -> double(6)
}`);
  expect(classesOf(graph)).toBe(`class Double(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3)
        self.conv2 = nn.Conv2d(out_channels, out_channels * 2, kernel_size=1, bias=False)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = self.conv2(x)
        return x


class Two(nn.Module):
    """image [N, 1, 9, 9] -> output [N, 12, 5, 5]"""

    def __init__(self):
        super().__init__()
        self.double1 = Double(in_channels=1, out_channels=3)
        self.double2 = Double(in_channels=6, out_channels=6)

    def forward(self, image):
        x = self.double1(image)
        x = self.double2(x)
        return x`);
});

test('short chains are on one line, with one layer that has a window each', () => {
  const graph = built(`network Chains {
  input image: [2, 8, 8]
  batch_norm -> relu -> conv(2, kernel: 3, padding: 1) -> tanh
  conv(2, kernel: 3, padding: 1) -> batch_norm
  parallel add {
    path identity
    path conv(2, kernel: 1)
  }
  relu -> max_pool(2) -> sigmoid
}`);
  expect(classesOf(graph)).toContain(`
        x = torch.tanh(self.conv1(F.relu(self.batch_norm1(image))))
        x = self.batch_norm2(self.conv2(x))
        path2 = self.path2.conv1(x)
        x = F.relu(x + path2)
        x = F.max_pool2d(x, 2)
        x = torch.sigmoid(x)
        return x`);
});

test('a shared block is one module; where its statements would differ, its layers are', () => {
  const text = classesOf(built(names, 'Shared'));
  expect(text).toContain('        x = self.tower(image)\n        b = self.tower(image)\n');
  // `padding: same` of 9×8 and of 5×4 pixels is not the same.
  expect(text).toContain('self.t.conv1(F.pad(x, (0, 1, 1, 1)))');
  expect(text).toContain('self.t.conv1(F.pad(x, (1, 1, 0, 1)))');
});

test('a network with a name that train.py uses has another class', () => {
  const classOf = (name: string): string =>
    modelText(built(`network ${name} { input x: [2]  relu }`), operators).className;
  expect(['SEED', 'DataLoader', 'None', 'BatchNorm'].map(classOf)).toEqual([
    'SEED2',
    'DataLoader2',
    'NoneBlock',
    'BatchNorm2',
  ]);
});

test('a block with the name of the network has another class', () => {
  const { text, className } = modelText(built(names, 'Sized'), operators);
  expect(className).toBe('Sized');
  expect(text).toContain('self.sized1 = Sized2(size2=7)');
});

test('a weight with a name that PyTorch sets is refused', () => {
  const graph = built('network Kept { input x: [2]\n training = dense(3)\n output training }');
  expect(() => modelText(graph, operators)).toThrow(/`training`.*training would have it; call that something else/);
});

test('an operator of training steps is refused by its name', () => {
  const builder = graphBuilder('Step', operators);
  const x = builder.input('x', [2]);
  const [y] = builder.node({ op: 'abs_gradient', inputs: [x, x], attributes: {} });
  builder.output('y', y!);
  expect(() => modelText(builder.finish(), operators)).toThrow(
    'Step has operators without a form in PyTorch: abs_gradient',
  );
});

test.skipIf(!hasTorch)('model.py finds the weights beside it, wherever it is run from (needs python3-torch)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
  const { text } = modelText(built('network Three { input x: [2]\n y = dense(1)\n output y }'), operators);
  writeFileSync(join(folder, 'model.py'), text);
  const tensors = [
    { name: 'y.weight', shape: [1, 2], data: Float32Array.of(0, 0) },
    { name: 'y.bias', shape: [1], data: Float32Array.of(3) },
  ];
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tensors));
  const { stdout } = spawnSync(python, [join(folder, 'model.py')], { cwd: tmpdir(), encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(stdout).toMatch(/^tensor\(\[\[3\.\]\]\)$/m);
});
