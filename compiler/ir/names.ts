// Unique names for nodes and parameters, and what values are called in messages and tables.

import type { Graph, ValueId } from './graph.ts';
import { invariant } from './invariant.ts';

export interface Names {
  /** Takes exactly this name; throws `InternalError` when it is taken. */
  claim(name: string): string;
  /** Takes `base`, or `base_2`, `base_3`, … when it is taken. */
  fresh(base: string): string;
  /** Takes the first free name of `base1`, `base2`, …, as the language numbers its steps. */
  numbered(base: string): string;
  /** The name is free again. */
  release(name: string): void;
}

/** A supply of unique names that are not among those taken. */
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
      invariant(!names.has(name), () => `the name ${JSON.stringify(name)} is taken`);
      return take(name);
    },
    fresh: (base) => (names.has(base) ? count(`${base}_`, 2) : take(base)),
    numbered: (base) => count(base, 1),
    release: (name) => void names.delete(name),
  };
}

/** What to call each value: its node's name (`conv1`, `split1[1]`), or its input's or parameter's. */
export function valueNames(graph: Graph): ReadonlyMap<ValueId, string> {
  const names = new Map<ValueId, string>();
  for (const { name, value } of [...graph.inputs, ...graph.parameters]) names.set(value, name);
  for (const [index, { value }] of graph.constants.entries()) names.set(value, `constant[${index}]`);
  for (const { name, results } of graph.nodes) {
    for (const [place, id] of results.entries()) names.set(id, results.length === 1 ? name : `${name}[${place}]`);
  }
  return names;
}
