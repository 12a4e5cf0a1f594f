// The gradients of one operator as a graph, and what central differences say of them, in f64.

import { differentiate } from '../../compiler/autodiff/differentiate.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { GradientSite, StepBuilder, Tensor } from '../../compiler/ir/operator.ts';
import { inferNode, operatorOf, typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { OperatorCase } from './arbitrary-operator.ts';
import { numbersFrom } from './step.ts';

/** Operands, then upstream gradients of the results; outputs are the results and `d0`, `d1` … of the operands. */
export interface GradientGraph {
  readonly graph: Graph;
  /** Which operands have a gradient. */
  readonly differentiated: readonly number[];
}

/** The operator as a network has it, or in its training form, and the gradients of its operands. */
export function gradientGraph({ op, inputs, attributes }: OperatorCase, isTraining = false): GradientGraph {
  const operator = operatorOf(operators, op);
  const builder = graphBuilder('gradient', operators, 'train');
  const { parameters } = inferNode(operator, inputs, attributes);
  const data = inputs.map(({ shape, batched }, at) =>
    batched ? builder.input(`x${at}`, shape) : builder.once(`x${at}`, shape),
  );
  const learned = parameters.map(({ shape }, at) => builder.once(`x${inputs.length + at}`, shape));
  const operands = [...data, ...learned];
  const images = builder.once('images', [1]);
  const random = builder.once('random', [4]);
  const step = stepBuilder(builder, images);
  const updates: ValueId[] = [];
  const results = isTraining
    ? [
        operator.training!({
          ...step,
          attributes,
          operands,
          random,
          number: 3,
          update: (_, value) => void updates.push(value),
          next: undefined,
          keeps: false,
          absorbNext: () => {},
        }),
      ]
    : builder.node({ op, name: 'node', inputs: data, attributes, parameters: learned });
  const upstream = results.map((value, at) => {
    const { shape, batched } = builder.typeOf(value);
    return batched ? builder.input(`dy${at}`, shape) : builder.once(`dy${at}`, shape);
  });
  const seeds = new Map(results.map((value, at) => [value, upstream[at]!]));
  const wanted = new Set(operands);
  const gradients = differentiate(builder.finish().nodes, operators, step, seeds, wanted);
  results.forEach((value, at) => builder.output(`y${at}`, value));
  updates.forEach((value, at) => builder.output(`u${at}`, value));
  const differentiated = operands.flatMap((value, at) => (gradients.has(value) ? [at] : []));
  for (const at of differentiated) builder.output(`d${at}`, gradients.get(operands[at]!)!);
  return { graph: builder.finish(), differentiated };
}

export function stepBuilder(builder: ReturnType<typeof graphBuilder>, images: ValueId): StepBuilder {
  let count = 0;
  const applyAll: GradientSite['applyAll'] = (op, inputs, attributes = {}) =>
    builder.node({ op, name: `${op}~${(count += 1)}`, inputs, attributes });
  return {
    images,
    typeOf: builder.typeOf,
    applyAll,
    apply: (op, inputs, attributes = {}, parameters) =>
      builder.node({
        op,
        name: `${op}~${(count += 1)}`,
        inputs,
        attributes,
        ...(parameters && { parameters }),
      })[0],
  };
}

export type Values = ReadonlyMap<string, Float64Array>;

/** With upstream gradients at random. */
export function runGradient(made: GradientGraph, operands: readonly Tensor[], batch: number, seed: number): Values {
  const next = numbersFrom(seed);
  return runWith(made, operands, batch, (_, length) => Float64Array.from({ length }, next), seed);
}

/** With the upstream gradients that `upstream` gives for `dy0`, `dy1` …; inputs and outputs by their names. */
export function runWith(
  { graph }: GradientGraph,
  operands: readonly Tensor[],
  batch: number,
  upstream: (name: string, length: number) => Float64Array,
  seed = 0,
): Values {
  const inputs = new Map(
    graph.inputs.map(({ name, value }) => {
      if (name === 'images') return [name, { data: Float64Array.of(batch) }];
      if (name === 'random') return [name, { data: Float64Array.of(0, seed, 0, 7) }];
      if (!name.startsWith('dy')) return [name, { data: operands[Number(name.slice(1))]!.data }];
      const { shape, batched } = typeOf(graph, value);
      return [name, { data: upstream(name, sizeOf(shape) * (batched ? batch : 1)) }];
    }),
  );
  const { outputs } = interpret(graph, operators, { inputs, parameters: new Map(), batch }, { keep: 'outputs' });
  return new Map([...inputs, ...outputs].map(([name, { data }]) => [name, data]));
}

/**
 * Where gradients are not those of central differences, one sentence each: along directions at random, and for single elements.
 * The error is relative to the gradient's norm.
 */
export function gradientErrors(
  one: OperatorCase,
  operands: readonly Tensor[],
  batch: number,
  seed: number,
  isTraining = false,
): readonly string[] {
  const made = gradientGraph(one, isTraining);
  const values = runGradient(made, operands, batch, seed);
  const loss = (at: number, data: Float64Array): number => {
    const shifted = operands.map((operand, other) => (other === at ? { ...operand, data } : operand));
    const results = runGradient(made, shifted, batch, seed);
    let sum = 0;
    for (const [name, dy] of results) {
      if (!name.startsWith('dy')) continue;
      const y = results.get(`y${name.slice(2)}`)!;
      dy.forEach((value, place) => (sum += value * y[place]!));
    }
    return sum;
  };
  const next = numbersFrom(seed + 1000);
  return made.differentiated.flatMap((at) => {
    const { data } = operands[at]!;
    const gradient = values.get(`d${at}`)!;
    if (gradient.length !== data.length) return [`operand ${at}: ${gradient.length} elements for ${data.length}`];
    const places = new Set([0, data.length - 1, Math.floor(((next() + 1) / 2) * data.length)]);
    const directions = [
      Float64Array.from(data, next),
      ...[...places].map((place) => Float64Array.from(data, (_, other) => (other === place ? 1 : 0))),
    ];
    const norm = Math.hypot(...gradient);
    return directions.flatMap((direction, number) => {
      const expected = slope(direction);
      const found = gradient.reduce((sum, value, place) => sum + value * direction[place]!, 0);
      const size = Math.max(Math.abs(expected), Math.abs(found), norm, 1e-2);
      if (Math.abs(found - expected) <= 1e-6 * size) return [];
      return [`${one.op} operand ${at}, direction ${number}: ${found}, differences give ${expected}`];
    });

    function slope(direction: Float64Array): number {
      const size = 2e-6;
      const shifted = (by: number): Float64Array => data.map((value, place) => value + by * direction[place]!);
      return (loss(at, shifted(size)) - loss(at, shifted(-size))) / (2 * size);
    }
  });
}
