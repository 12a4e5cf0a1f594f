// Every operator on random shapes and attributes: oracle, kernel interpreter and emitted module agree at every level.
//
// The bound: operands are exact in f32, kernels compute in f64, and each value is rounded to f32 once when it is stored
// (2^-24 ≈ 6e-8 of it). An operator makes one such value, a batch norm's factors a second one at level 0; the rest of
// 1e-6 is for sums that cancel.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Level } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { arbitraryOperatorCase, operandsOf } from '../support/arbitrary-operator.ts';
import type { OperatorCase } from '../support/arbitrary-operator.ts';
import { centred } from '../support/formula.ts';
import { runs } from '../support/runs.ts';

const tolerance = 1e-6;
const level = fc.constantFrom<Level>(0, 1, 2);
/** Elements that make a kernel's corner cases; placed into the data at random. */
const special = fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-40);
const specials = fc.array(fc.record({ place: fc.nat(), value: special }), { maxLength: 4 });

/** Sums of infinities and the like are not what these compute element by element. */
const takesSpecials = new Set(
  [...operators.values()]
    .filter((operator) => operator.pointwise || operator.name.includes('max_pool'))
    .map(({ name }) => name),
);

interface Specials {
  readonly place: number;
  readonly value: number;
}

function caseGraph(one: OperatorCase, batch: number, seed: number, placed: readonly Specials[]) {
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

describe.each([...operators.keys()])('%s', (op) => {
  test('agrees with the oracle at every level, batch and maxBatch', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryOperatorCase([op]),
        level,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1000),
        specials,
        async (one, chosen, batch, seed, placed) => {
          const { graph, feeds } = caseGraph(one, batch, seed, placed);
          expect(await disagreements(graph, feeds, chosen, tolerance)).toEqual([]);
        },
      ),
      runs(25),
    );
  });
});
