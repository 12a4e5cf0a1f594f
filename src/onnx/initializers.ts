// The tensors of a file that something reads. What is wrong with several of them in the same way is said once.

import type { GraphProto } from './file/messages.ts';
import { tensorConstant, tensorTitle, typeName } from './file/tensor.ts';
import { unknown } from './flow.ts';
import { BatchRefusal, Refusal } from './problem.ts';
import type { Walk } from './walk.ts';

/** Makes constants of the initializers; one that is refused is unknown, so that nodes that read it are not to blame. */
export function readInitializers(walk: Walk, { initializer }: GraphProto): void {
  const { entries, readers, notes, readExternal } = walk;
  const refused = new Map<string, { readonly error: Refusal; others: number }>();
  for (const tensor of initializer) {
    const { name } = tensor;
    if (!readers.has(name)) continue;
    try {
      if (entries.has(name))
        throw new Refusal(`two initializers are called ${JSON.stringify(name.slice(0, 80))}`, 'export the model again');
      entries.set(name, unknown);
      entries.set(name, tensorConstant(tensor, name, readExternal));
      if (typeName(tensor.dataType).endsWith('float16')) notes.add('weights of 16 bits are computed in f32');
    } catch (error) {
      if (!(error instanceof Refusal) || error instanceof BatchRefusal) throw error;
      const reason = error.message.replace(tensorTitle(name), '');
      const known = refused.get(reason);
      if (known) known.others += 1;
      else refused.set(reason, { error, others: 0 });
    }
  }
  for (const { error, others } of refused.values())
    walk.problems.push({
      what: `${error.message}${others === 0 ? '' : `; so ${others === 1 ? 'is one more' : `are ${others} more`}`}`,
      mend: error.mend,
    });
}
