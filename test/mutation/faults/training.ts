// Faults in how a training reads its data, and in what it writes on the way.

import type { Fault } from '../fault.ts';

export const trainingFaults: readonly Fault[] = [
  {
    name: 'batch norms that are to stay go by the batch',
    file: 'compiler/ops/batch-norm.ts',
    find: 'if (site.keeps) return still(site);',
    replace: '',
    tests: ['test/cli/train-learn.test.ts'],
  },
  {
    name: 'batches that are prepared ahead are all of the first epoch',
    file: 'src/train/loader.ts',
    find: 'epoch: position.epoch }, used.pop()',
    replace: 'epoch: 0 }, used.pop()',
    tests: ['test/train/loader.test.ts'],
  },
  {
    name: 'the memory of a batch is used again while the step has it',
    file: 'src/train/loader.ts',
    find: 'lent = await found.promise;',
    replace: 'lent = await found.promise; used.push(lent.images.buffer as ArrayBuffer);',
    tests: ['test/train/loader.test.ts'],
  },
  {
    name: 'a thread that ended is waited for',
    file: 'src/train/loader.ts',
    find: 'for (const number of thread.tasks)',
    replace: 'for (const number of [] as readonly number[])',
    tests: ['test/train/loader.test.ts'],
  },
  {
    name: 'a resumed log keeps the steps after the checkpoint',
    file: 'src/cli/training-log.ts',
    find: "typeof known.step === 'number' && known.step <= step",
    replace: "typeof known.step === 'number'",
    tests: ['test/cli/train-files.test.ts'],
  },
  {
    name: 'a checkpoint that could not be written counts as the newest',
    file: 'src/cli/checkpoints.ts',
    find: '    isWritten = false;\n    try {',
    replace: '    isWritten = false;\n    current = path;\n    try {',
    tests: ['test/cli/train-files.test.ts'],
  },
  {
    name: 'the description of a checkpoint is in no sum',
    file: 'src/train/checkpoint.ts',
    find: 'hashOf(JSON.stringify(about), ...tensors',
    replace: 'hashOf(...tensors',
    tests: ['test/train/checkpoint.test.ts'],
  },
  {
    name: 'pictures that were fitted are fitted again',
    file: 'src/train/batch.ts',
    find: 'const isFitted = images.isFitted === true',
    replace: 'const isFitted = images.count === 0',
    tests: ['test/train/batch.test.ts'],
  },
];
