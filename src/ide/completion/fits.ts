// Whether an operator can take what flows, and what comes of it: its own rule is asked, with its defaults and with usual numbers
// where an argument must be given.

import type { Attributes } from '../../../compiler/ir/graph.ts';
import type { Operator } from '../../../compiler/ir/operator.ts';
import { inferNode, storedAttributes } from '../../../compiler/ir/signature.ts';
import { tensorType } from '../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';

/** Of required arguments, to try an operator with. */
const samples: Readonly<Record<string, Attributes[string]>> = {
  ...{ channels: 8, features: 8, kernel: [1, 1], size: [1, 1], groups: 1, factor: [1, 1], min: 0, max: 1, exponent: 2 },
  ...{ parts: 1, padding: [0, 0, 0, 0], order: 'chw', operation: 'mean', over: 'channels' },
};

/** The result's shape; `wrong` where it cannot take the shape, undefined where that is not known. */
export function resultOf(operator: Operator, shape: Shape, given: Attributes = {}): Shape | 'wrong' | undefined {
  const { min } = operator.arity ?? { min: 1 };
  if (min > 1 || operator.name === 'reshape') return undefined;
  const attributes: Record<string, Attributes[string]> = { ...given };
  for (const [name, spec] of Object.entries(operator.attributes))
    if (spec.default === undefined && !(name in attributes)) {
      const sample = samples[name];
      if (sample === undefined) return undefined;
      attributes[name] = spec.type === 'int' && Array.isArray(sample) ? (sample[0] as number) : sample;
    }
  // A rule may have found no words for a shape that no text can give it.
  try {
    const inputs = [tensorType(shape)];
    return inferNode(operator, inputs, storedAttributes(operator, attributes, inputs)).results?.[0]?.shape ?? 'wrong';
  } catch {
    return undefined;
  }
}
