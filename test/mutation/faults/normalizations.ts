// Faults in normalisations, reductions and joins of values: which numbers belong together, what a mean divides by, what lies between.

import type { Fault } from '../fault.ts';

const pytorch = ['test/ops/pytorch.test.ts'];
const gradients = ['test/autodiff/pytorch.test.ts'];
const properties = ['test/property/operators.test.ts', 'test/property/wasm-operators.test.ts'];
const closedForms = ['test/ops/normalizations.test.ts'];

export const normalizationFaults: readonly Fault[] = [
  {
    name: 'a flat value beside a map is a row, not a number per channel',
    file: 'compiler/ops/aligned-shapes.ts',
    find: 'rank === 2 ? [...ones, ...shape] : [...shape, ...ones]',
    replace: '[...ones, ...shape]',
    tests: pytorch,
  },
  {
    name: 'the gradient of a maximum goes to the smaller operand',
    file: 'compiler/ops/extreme-gradients.ts',
    find: "operation === 'maximum' ? apply('sub', [value, other])",
    replace: "operation === 'minimum' ? apply('sub', [value, other])",
    tests: gradients,
  },
  {
    name: 'groups of channels begin at every channel',
    file: 'compiler/ops/normalized.ts',
    find: ': Math.floor(channel / (channels / groups));',
    replace: ': channel % groups;',
    tests: pytorch,
  },
  {
    name: 'the gradient of a normalisation does not depend on its mean',
    file: 'compiler/ops/normalization-gradient.ts',
    find: 'value - shift[group]! - normal[at]! * slope[group]!',
    replace: 'value - normal[at]! * slope[group]!',
    tests: gradients,
  },
  {
    name: 'the variance of a group leaves out how far its channels are apart',
    file: 'compiler/templates/moments.ts',
    find: 'return [fadd(own, fmul(v.constant(pixels), apart))];',
    replace: 'return [own];',
    tests: properties,
  },
  {
    name: 'channels that fill no vector are not added up',
    file: 'compiler/templates/across-channels.ts',
    find: 'k.accumulate(sums[at]!, term)',
    replace: 'k.set(sums[at]!, sums[at]!.value)',
    tests: properties,
  },
  {
    name: 'the mean of the squares is that of the distances of the channels before',
    file: 'compiler/templates/moments.ts',
    find: 'squared(k, centredBy(value, means?.[part]))',
    replace: 'squared(k, centredBy(value, means?.[0]))',
    tests: properties,
  },
  {
    name: 'the slope in the kernel of a gradient of a normalisation has one power of the deviation too few',
    file: 'compiler/templates/normalize-gradient.ts',
    find: 'fdiv(fmul(product, fmul(inverse, inverse)), v.constant(count))',
    replace: 'fdiv(fmul(product, inverse), v.constant(count))',
    tests: ['test/templates/normalize-gradient.test.ts'],
  },
  {
    name: 'long sums over the map are one block',
    file: 'compiler/templates/sums.ts',
    find: 'while (size * blockTerms < terms) size *= blockTerms;',
    replace: 'while (size < terms) size *= blockTerms;',
    tests: closedForms,
  },
];
