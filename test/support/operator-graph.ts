// One application of an operator as a graph with numbers: its operands are inputs, constants and parameters; some elements of the
// first input are the corner cases of a kernel.

import * as fc from 'fast-check';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { operandsOf } from './arbitrary-operator.ts';
import type { OperatorCase } from './arbitrary-operator.ts';
import type { GraphFeeds } from './executors.ts';
import { centred } from './formula.ts';

/** Elements that make a kernel's corner cases; placed into the data at random. */
const special = fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-40);
export const specials: fc.Arbitrary<readonly Special[]> = fc.array(fc.record({ place: fc.nat(), value: special }), {
  maxLength: 4,
});

/** Sums of infinities and the like are not what these compute element by element. */
const takesSpecials = new Set(
  [...operators.values()]
    .filter((operator) => operator.pointwise || operator.name.includes('max_pool'))
    .map(({ name }) => name),
);

export interface Special {
  readonly place: number;
  readonly value: number;
}

export function caseGraph(
  one: OperatorCase,
  batch: number,
  seed: number,
  placed: readonly Special[],
): { readonly graph: Graph; readonly feeds: GraphFeeds } {
  const builder = graphBuilder('case', operators);
  const operands = operandsOf(one, batch, seed);
  const inputs = new Map<string, Float32Array>();
  const ids = one.inputs.map(({ shape, batched }, at) => {
    const data = Float32Array.from(operands[at]!.data);
    if (!batched) return builder.constant(shape, data);
    if (at === 0 && takesSpecials.has(one.op)) for (const { place, value } of placed) data[place % data.length] = value;
    inputs.set(`x${at}`, data);
    return builder.input(`x${at}`, shape);
  });
  const results = builder.node({ op: one.op, name: 'node', inputs: ids, attributes: one.attributes });
  results.forEach((value, at) => builder.output(`y${at}`, batched(value, at)));
  const graph = builder.finish();
  const parameters = new Map(
    graph.parameters.map(({ name }, at) => [name, Float32Array.from(operands[one.inputs.length + at]!.data)]),
  );
  return { graph, feeds: { inputs, parameters, batch } };

  /** What depends on weights only is added to an input, so that it is computed when the module loads. */
  function batched(value: ValueId, at: number): ValueId {
    const type = builder.typeOf(value);
    if (type.batched) return value;
    const shape = [sizeOf(type.shape)];
    const x = builder.input(`probe${at}`, shape);
    inputs.set(`probe${at}`, centred(seed + 200 + at, batch * shape[0]!, 1));
    const [row] = builder.node({ op: 'reshape', inputs: [value], attributes: { shape } });
    return builder.node({ op: 'add', inputs: [x, row] })[0];
  }
}
