// `npm run bench -- --training --geometries`: what each convolution of the examples takes backward, of what it takes forward. The kernels
// of a step are timed one by one, on one thread.

import { trainingStep } from '../../../compiler/autodiff/training-step.ts';
import { graphBuilder } from '../../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../../compiler/ir/graph.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { type Shape, formatShape, sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { lower } from '../../../compiler/pipeline.ts';
import type { Program } from '../../../compiler/program/program.ts';
import { stepInputs } from '../../../runtime/step-border.ts';
import { exampleNetworks } from '../../support/examples-list.ts';
import { moduleOf } from '../../support/executors.ts';
import { unit } from '../../support/formula.ts';

export interface GeometryResult {
  /** `conv 3×3 /1, [64, 14, 14] → [64, 14, 14]` */
  readonly name: string;
  readonly forwardMs: number;
  /** Gradients by the input and by the weight, with what packs filters for them. */
  readonly backwardMs: number;
  readonly isWinograd: boolean;
}

interface Geometry {
  readonly name: string;
  readonly input: Shape;
  readonly attributes: Attributes;
}

const BATCH = 16;
/** The fastest of so many runs. */
const RUNS = 12;
const trained = /^(lenet|lenet-bn|alexnet|nin|googlenet|resnet|densenet|fashion): |VGG11Small/;

/** Each once, those of networks that have `train` sections. */
function geometries(): readonly Geometry[] {
  const found = new Map<string, Geometry>();
  for (const [example, { graph, train }] of exampleNetworks) {
    if (!train || !trained.test(example)) continue;
    for (const { op, attributes, operands, results } of graph.nodes) {
      if (op !== 'conv') continue;
      const [input, output] = [operands[0]!, results[0]!].map((id) => typeOf(graph, id).shape) as [Shape, Shape];
      const { kernel, stride } = attributes as { readonly kernel: Shape; readonly stride: Shape };
      const name = `conv ${kernel.join('×')} /${stride[0]}, ${formatShape(input)} → ${formatShape(output)}`;
      if (input[0]! > 1) found.set(name, { name, input, attributes });
    }
  }
  return [...found.values()];
}

/** A convolution whose input is learnt from, too. */
function graphOf({ input, attributes }: Geometry): Graph {
  const g = graphBuilder('Geometry', operators, 'train');
  const [bent] = g.node({ op: 'prelu', inputs: [g.input('image', input)], attributes: {} });
  const [map] = g.node({ op: 'conv', inputs: [bent], attributes });
  const [mean] = g.node({ op: 'global_avg_pool', inputs: [map], attributes: {} });
  const [scores] = g.node({ op: 'flatten', inputs: [mean], attributes: {} });
  g.output('scores', scores);
  return g.finish();
}

export async function measureGeometries(say: (result: GeometryResult) => void): Promise<readonly GeometryResult[]> {
  const results: GeometryResult[] = [];
  for (const geometry of geometries()) {
    const step = trainingStep(graphOf(geometry), operators, {
      loss: { kind: 'cross_entropy', labelSmoothing: 0 },
      optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
    });
    const { program } = lower(step, operators, { target: 'wasm' });
    const times = await kernelTimes(program);
    const sum = (pattern: RegExp): number =>
      program.run.reduce(
        (total, { nodes }, at) => total + (nodes.some((name) => pattern.test(name)) ? times[at]! : 0),
        0,
      );
    const result = {
      name: geometry.name,
      forwardMs: sum(/^conv1$/),
      backwardMs: sum(/^conv_(input|weight)_gradient/),
      isWinograd: program.run.some(({ kernel, nodes }) => nodes.includes('conv1') && kernel.startsWith('winograd')),
    };
    results.push(result);
    say(result);
  }
  return results;
}

async function kernelTimes(program: Program): Promise<readonly number[]> {
  const net = (await moduleOf(program).load({}, { maxBatch: BATCH })) as unknown as Profiled;
  for (const [at, state] of net.states.entries()) state.write(unit(at, sizeOf(state.shape)).map((u) => u - 0.5));
  const x = Object.fromEntries(
    program.inputs.map(({ name, shape }) => {
      if (name === stepInputs.images) return [name, Float32Array.of(BATCH)];
      const isOnce = name === stepInputs.learningRate || name === stepInputs.random;
      const length = sizeOf(shape) * (isOnce ? 1 : BATCH);
      return [name, name === stepInputs.target || isOnce ? new Float32Array(length) : unit(99, length)];
    }),
  );
  net.run(x);
  const runs = Array.from({ length: RUNS }, () => net.profile(1));
  return runs[0]!.map((_, at) => runs.reduce((least, run) => Math.min(least, run[at]!), Infinity));
}

interface Profiled {
  readonly states: readonly { readonly shape: Shape; write(data: Float32Array): void }[];
  run(x: Readonly<Record<string, Float32Array>>): unknown;
  /** Milliseconds of each call of a kernel in so many runs. */
  profile(runs: number): readonly number[];
}
