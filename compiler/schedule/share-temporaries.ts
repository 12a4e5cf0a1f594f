// Lets temporaries with disjoint lifetimes share an array, so that loading needs memory for a few weights at a time, not for all.

import type { KernelCall, Program } from '../program/program.ts';

/** The same calls on fewer arrays. A temporary takes the smallest free array in which it fits, or else enlarges the largest free one. */
export function shareTemporaries(
  calls: readonly KernelCall[],
  lengths: readonly number[],
): Pick<Program, 'temporaries'> & { readonly calls: readonly KernelCall[] } {
  const lastUse = new Map<number, number>();
  calls.forEach(({ memories }, at) => {
    for (const ref of memories.values()) if (ref.kind === 'temporary') lastUse.set(ref.index, at);
  });
  const arrays: number[] = [];
  const free = new Set<number>();
  const arrayOf = new Map<number, number>();
  const choose = (length: number): number => {
    const bySize = [...free].toSorted((a, b) => arrays[a]! - arrays[b]!);
    const chosen = bySize.find((index) => arrays[index]! >= length) ?? bySize.at(-1) ?? arrays.push(0) - 1;
    arrays[chosen] = Math.max(arrays[chosen]!, length);
    free.delete(chosen);
    return chosen;
  };
  const shared = calls.map((call, at) => {
    const used = [...call.memories.values()].flatMap((ref) => (ref.kind === 'temporary' ? [ref.index] : []));
    for (const index of used) if (!arrayOf.has(index)) arrayOf.set(index, choose(lengths[index]!));
    const memories = new Map(
      [...call.memories].map(([name, ref]) => [
        name,
        ref.kind === 'temporary' ? { ...ref, index: arrayOf.get(ref.index)! } : ref,
      ]),
    );
    for (const index of used) if (lastUse.get(index) === at) free.add(arrayOf.get(index)!);
    return { ...call, memories };
  });
  return { calls: shared, temporaries: arrays };
}
