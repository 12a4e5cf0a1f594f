// Faults in shared weights, learned tensors, inputs and results of blocks, lists and parameters of type `block`.

import type { Fault } from '../fault.ts';

const share = ['test/frontend/share.test.ts'];
const blocks = ['test/frontend/blocks.test.ts'];

export const sharingFaults: readonly Fault[] = [
  {
    name: 'weights of a share stand where they are first used',
    file: 'compiler/frontend/build/weights.ts',
    find: 'slotOf(weights, item.slot).entries.push(value);',
    replace: 'weights.root.entries.push(value);',
    tests: share,
  },
  {
    name: 'a second use of a share may have another shape',
    file: 'compiler/frontend/build/weights.ts',
    find: 'if (sameShape(known.shape, shape)) return known.value;',
    replace: 'return known.value;',
    tests: share,
  },
  {
    name: 'weights of a share within a share are named by the use',
    file: 'compiler/frontend/expand/declare.ts',
    find: 'weights: sharedName(place, own) ?? own',
    replace: 'weights: own',
    tests: share,
  },
  {
    name: 'shared statistics move with the last use only',
    file: 'compiler/autodiff/training-step.ts',
    find: 'operands.map((value) => updates.get(value) ?? value)',
    replace: 'operands',
    tests: ['test/autodiff/sharing.test.ts'],
  },
  {
    name: 'what is computed of learned tensors alone may be anything',
    file: 'compiler/frontend/build/add-step.ts',
    find: 'if (types.every(({ batched }) => !batched) && !takesWeights(building, item)) return false;',
    replace: '',
    tests: share,
  },
  {
    name: 'the second input of a block flows',
    file: 'compiler/frontend/expand/block-border.ts',
    find: 'return isFirst ? taken : flow;',
    replace: 'return taken;',
    tests: blocks,
  },
  {
    name: 'an argument that is bound to a block wins over the one of the call',
    file: 'compiler/frontend/values/block-value.ts',
    find: '&& !own.has(named(one)!)',
    replace: '',
    tests: ['test/frontend/block-parameters.test.ts'],
  },
  {
    name: 'arguments that are bound to a block mean what they mean where it is called',
    file: 'compiler/frontend/expand/named-step.ts',
    find: 'scopes.get(argument) ?? place.scope',
    replace: 'place.scope',
    tests: ['test/frontend/block-parameters.test.ts'],
  },
];
