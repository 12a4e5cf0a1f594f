// Unique names for nodes and parameters.

import { invariant } from './invariant.ts';

export interface Names {
  /** Takes exactly this name; throws `InternalError` when it is taken. */
  claim(name: string): string;
  /** Takes `base`, or `base_2`, `base_3`, … when it is taken. */
  fresh(base: string): string;
  /** Takes the first free name of `base1`, `base2`, …, as the language numbers its steps. */
  numbered(base: string): string;
}

export function createNames(taken: Iterable<string> = []): Names {
  const names = new Set(taken);
  const last = new Map<string, number>();
  const take = (name: string): string => {
    names.add(name);
    return name;
  };
  const count = (prefix: string, from: number): string => {
    let number = last.get(prefix) ?? from;
    while (names.has(`${prefix}${number}`)) number += 1;
    last.set(prefix, number + 1);
    return take(`${prefix}${number}`);
  };
  return {
    claim(name) {
      invariant(!names.has(name), `the name ${JSON.stringify(name)} is taken`);
      return take(name);
    },
    fresh: (base) => (names.has(base) ? count(`${base}_`, 2) : take(base)),
    numbered: (base) => count(base, 1),
  };
}
