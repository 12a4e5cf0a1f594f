// Random well-formed graphs over the tiny operators, for properties.

import * as fc from 'fast-check';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { tinyOperators } from './tiny-operators.ts';

/** Names that try to break printers and tables. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'true',
    'NaN',
    'as',
    'N',
    '"',
    '\\',
    '*/',
    '\u2028',
    '(',
    '# no',
    '%0',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

const number = fc.oneof(fc.double({ noNaN: false }), fc.constantFrom(0, -0, 1e21, 5e-324, -Infinity));

const step = fc.record({
  kind: fc.constantFrom('double', 'identity', 'add', 'affine', 'pool', 'split', 'constant'),
  name: hostileName,
  picks: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
  bias: fc.boolean(),
  note: fc.option(hostileName),
  mode: fc.constantFrom('plain', 'true'),
  factors: fc.array(number, { maxLength: 3 }),
  kernel: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom<number | 'same'>(0, 1, 'same'),
});

export const randomGraph: fc.Arbitrary<Graph> = fc
  .record({
    name: hostileName,
    mode: fc.constantFrom('infer', 'train'),
    input: hostileName,
    settings: fc.boolean(),
    steps: fc.array(step, { maxLength: 12 }),
    labels: fc.option(fc.oneof(hostileName, fc.array(hostileName, { maxLength: 3 })), { nil: undefined }),
  })
  .map(({ name, mode, input, settings, steps, labels }) => {
    const builder = graphBuilder(name, tinyOperators, mode as Graph['mode']);
    const image = builder.input(
      input,
      [4, 3, 3],
      settings ? { scale: 1 / 3, crop: [3, 3], mean: [0.5], colors: 'bgr' } : undefined,
    );
    const values: ValueId[] = [image];
    for (const [index, { kind, name: wish, picks, ...rest }] of steps.entries()) {
      const [a, b] = picks.map((pick) => values[pick % values.length]!) as [ValueId, ValueId];
      const { shape } = builder.typeOf(a);
      const common = { name: `${wish}${index}`, inputs: [a] };
      switch (kind) {
        case 'constant':
          builder.node({
            op: 'double',
            name: `${wish}${index}`,
            inputs: [builder.constant([1 + rest.factors.length], [0, ...rest.factors])],
          });
          break;
        case 'add':
          if (shape.join() !== builder.typeOf(b).shape.join()) break;
          values.push(...builder.node({ op: 'add', ...common, inputs: [a, b] }));
          break;
        case 'affine': {
          const { bias, mode: choice, factors, note } = rest;
          const attributes = { bias, mode: choice, factors, ...(note !== null && { note }) };
          values.push(...builder.node({ op: 'affine', ...common, attributes }));
          break;
        }
        case 'pool': {
          if (shape.slice(1).some((extent) => extent < 2)) break;
          values.push(
            ...builder.node({ op: 'pool', ...common, attributes: { kernel: rest.kernel, padding: rest.padding } }),
          );
          break;
        }
        case 'split':
          if (shape[0]! % 2 === 0) values.push(...builder.node({ op: 'split', ...common }));
          break;
        default:
          values.push(...builder.node({ op: kind, ...common }));
      }
    }
    builder.output('last', values.at(-1)!, labels === undefined ? {} : { labels });
    builder.output('middle', values[values.length >> 1]!);
    return builder.finish();
  });
