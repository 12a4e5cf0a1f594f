// How good a network is while it trains, and what the page of a training says of it.

import type { Fault } from '../fault.ts';

const flip = ['test/train/flip.test.ts'];
const page = ['test/cli/training-page.test.ts'];

export const evaluationFaults: readonly Fault[] = [
  {
    name: 'evaluation: the mirror image is the image',
    file: 'src/network/mirror.ts',
    find: 'images[row + width - 1 - x]!',
    replace: 'images[row + x]!',
    tests: flip,
  },
  {
    name: 'evaluation: log-probabilities of two views are a distribution',
    file: 'src/train/evaluate.ts',
    find: "flip && given === 'log_softmax' ? 'raw' : given",
    replace: 'given',
    tests: flip,
  },
  {
    name: 'evaluation: confidence of the first class',
    file: 'src/train/evaluate.ts',
    find: 'confidenceOf(answer, best)',
    replace: 'confidenceOf(answer, 0)',
    tests: flip,
  },
  {
    name: 'training page: the least confident mistakes',
    file: 'src/train/mistakes.ts',
    find: 'b.confidence - a.confidence',
    replace: 'a.confidence - b.confidence',
    tests: ['test/train/mistakes.test.ts'],
  },
  {
    name: 'training page: the confusion matrix transposed',
    file: 'src/report/html/confusion.ts',
    find: 'counts[label]![predicted] = count',
    replace: 'counts[predicted]![label] = count',
    tests: page,
  },
  {
    name: 'training page: shows the last weights where the best are kept',
    file: 'src/train/run.ts',
    find: 'const isResult = !best || best.epoch === position.epoch;',
    replace: 'const isResult = true;',
    tests: ['test/train/run.test.ts'],
  },
  {
    name: 'training page: an image that stays as it was before',
    file: 'src/cli/training-page.ts',
    find: 'filtersIn(network, after)!',
    replace: 'filters',
    tests: page,
  },
];
