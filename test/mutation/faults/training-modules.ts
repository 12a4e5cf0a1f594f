// Faults in modules that train.

import type { Fault } from '../fault.ts';

const inNode = { tests: ['test/train/module.test.ts'] };
const inChromium = { tests: ['test/hosts/browser/training.test.ts'] };

export const trainingModuleFaults: readonly Fault[] = [
  {
    name: 'a step reads the images of the caller when its turn comes',
    file: 'runtime/trainer.ts',
    find: `      // The caller may use its array again.
      const copy = images.slice();`,
    replace: '      const copy = images;',
    ...inNode,
  },
  {
    name: 'scores are those of the weights of the first run',
    file: 'runtime/trainer.ts',
    find: 'if (loaded && measured === steps) return loaded;',
    replace: 'if (loaded) return loaded;',
    ...inNode,
  },
  {
    name: 'a state starts its steps at zero, and with them dropout',
    file: 'runtime/trainer.ts',
    find: 'let done = state?.step ?? 0;',
    replace: 'let done = 0;',
    ...inNode,
  },
  {
    name: 'averages are the weights before there are any',
    file: 'runtime/trainer.ts',
    find: '(done > 0 && all[`average/${name}`])',
    replace: 'all[`average/${name}`]',
    ...inNode,
  },
  {
    name: 'the number of classes is a class',
    file: 'runtime/trainer-checks.ts',
    find: '(label as number) < classes',
    replace: '(label as number) <= classes',
    ...inNode,
  },
  {
    name: 'normal numbers have their variance as deviation',
    file: 'compiler/autodiff/initials.ts',
    find: 'return { deviation: Math.sqrt(2 / fanIn) };',
    replace: 'return { deviation: 2 / fanIn };',
    tests: ['test/train/initialise.test.ts'],
  },
  {
    name: 'refilled weights stay on the page',
    file: 'compiler/codegen/wasm/sections.ts',
    find: '`      return engine.push(${weights}, ${shared});`',
    replace: '`      return engine.push(${weights}, ${weights});`',
    ...inChromium,
  },
  {
    name: 'a state is read as the page last had it',
    file: 'runtime/trainer.ts',
    find: '    await net.pull?.();\n    const all',
    replace: '    const all',
    ...inChromium,
  },
  {
    name: 'a state may have numbers that are not finite',
    file: 'runtime/trainer-checks.ts',
    find: '    checkFinite(data, `${spec.name} of the state`);\n',
    replace: '',
    ...inNode,
  },
  {
    name: 'a training goes on behind a loss that is not finite',
    file: 'runtime/trainer.ts',
    find: '      if (why) throw (reason = why);',
    replace: '      if (why) throw why;',
    ...inNode,
  },
  {
    name: 'images of all classes count alike in the mean',
    file: 'runtime/trainer.ts',
    find: 'classWeights ? classWeights[targets[at]!]! : 1',
    replace: '1',
    tests: ['test/train/losses.test.ts'],
  },
  {
    name: 'the slope of huber grows beyond delta',
    file: 'compiler/ops/huber.ts',
    find: 'min(constant(deltaOf(attributes)), sub(x, target))',
    replace: 'sub(x, target)',
    tests: ['test/train/losses.test.ts'],
  },
];
