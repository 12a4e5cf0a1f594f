// Faults in the passes, in the editor that they share, and in what they know about ranges.

import type { Fault } from '../fault.ts';

export const passFaults: readonly Fault[] = [
  {
    name: 'a batch norm is folded with the usual epsilon instead of its own',
    file: 'compiler/passes/batch-norm-to-scale.ts',
    find: "{ epsilon: node.attributes['epsilon']! }",
    replace: '{ epsilon: 1e-5 }',
  },
  {
    name: 'a folded batch norm does not scale the mean',
    file: 'compiler/passes/batch-norm-to-scale.ts',
    find: "add('mul', [mean, factor])",
    replace: 'mean',
  },
  {
    name: 'differences are taken for sums in either order',
    file: 'compiler/passes/common-subexpressions.ts',
    find: "(op === 'add' || op === 'mul')",
    replace: "(op === 'add' || op === 'mul' || op === 'sub')",
  },
  {
    name: 'constants are equal when they begin alike',
    file: 'compiler/passes/common-subexpressions.ts',
    find: 'alike.find(({ data }) => constant.data.every((number, at) => Object.is(number, data[at])))',
    replace: 'alike[0]',
  },
  {
    name: 'attributes -0 and 0 are the same',
    file: 'compiler/passes/common-subexpressions.ts',
    find: "return Object.is(value, -0) ? '-0' : `${typeof value} ${value}`;",
    replace: 'return `${typeof value} ${value}`;',
  },
  {
    name: 'clips that do not meet are merged into an empty range',
    file: 'compiler/passes/merge-activations.ts',
    find: 'held(outer, inner)',
    replace: '{ low: Math.max(outer.low, inner.low), high: Math.min(outer.high, inner.high) }',
  },
  {
    name: 'a value may be taken away although it is an output',
    file: 'compiler/passes/pass.ts',
    find: 'return output ? `${node.name} is also an output` : undefined;',
    replace: 'return undefined;',
  },
  {
    name: 'adding zero is thought to change nothing, also for -0',
    file: 'compiler/ops/scale.ts',
    find: "(isConstant(2, 0) && 'positive')",
    replace: 'isConstant(2, 0)',
  },
  {
    name: 'tanh is thought never to be negative',
    file: 'compiler/ops/tanh.ts',
    find: 'range: () => ({ low: -1, high: 1 })',
    replace: 'range: () => ({ low: 0, high: 1 })',
    tests: ['test/passes', 'test/property/networks.test.ts'],
  },
  {
    name: 'the range behind a pad forgets what it fills in',
    file: 'compiler/ops/pad.ts',
    find: '[{ low: value, high: value }] : []',
    replace: '[] : []',
    tests: ['test/passes', 'test/property/networks.test.ts'],
  },
  {
    name: 'a node is dead when its first result is not used',
    file: 'compiler/ir/rewrite.ts',
    find: 'if (!node.results.some((id) => live.has(id))) continue;',
    replace: 'if (!live.has(node.results[0]!)) continue;',
  },
  {
    name: 'an output may have a sole user',
    file: 'compiler/ir/rewrite.ts',
    find: 'readers.size !== 1 || isOutput(draft, id)',
    replace: 'readers.size !== 1',
  },
  {
    name: 'an output keeps the value that was replaced',
    file: 'compiler/ir/rewrite.ts',
    find: '({ ...output, value: swap(output.value) })',
    replace: '({ ...output })',
  },
  {
    name: 'a large constant is folded whatever its size',
    file: 'compiler/passes/fold-constants.ts',
    find: 'if (largest > budget) {',
    replace: 'if (largest === Infinity) {',
  },
  {
    name: 'a pad of another value becomes the padding of a convolution',
    file: 'compiler/passes/fold-padding.ts',
    find: 'if (value !== 0) return `${pad.name} fills in ${value}, ${node.name} pads with 0`;',
    replace: '',
  },
  {
    name: 'a maximum of negative numbers sees -Infinity instead of the zeros of a pad',
    file: 'compiler/passes/fold-padding.ts',
    find: 'return `${pad.name} fills in 0, and what ${node.name} reads may be negative`;',
    replace: 'return undefined;',
  },
  {
    name: 'a falling activation goes behind maximum pooling',
    file: 'compiler/ops/leaky-relu.ts',
    find: "if (slope > 0) return 'exact';",
    replace: "if (slope !== 0) return 'exact';",
  },
  {
    name: 'a split undoes any concatenation of as many values',
    file: 'compiler/passes/merge-concats.ts',
    find: 'if (!sameAxis(source, node) || operands.length !== node.results.length || !operands.every(fits)) {',
    replace: 'if (!sameAxis(source, node) || operands.length !== node.results.length) {',
  },
  {
    name: 'parts of a split that are joined in another order are the whole',
    file: 'compiler/passes/merge-concats.ts',
    find: 'source.results.every((part, place) => part === operands[at + place])',
    replace: 'source.results.every((part) => operands.includes(part))',
  },
];
