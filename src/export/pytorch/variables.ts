// The variables of a `forward`: what flows on is `x`, paths and labelled chains have their own names, and a name is free again when
// nothing reads its value any more.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { localName } from './python.ts';

export interface Variables {
  /** Of the values that `forward` is given. */
  readonly inputs: readonly string[];
  of(value: ValueId): string;
  /**
   * A variable for what step number `at` computes of the values `operands`, a node of this dotted name; `_` for what nobody reads.
   */
  define(
    value: ValueId,
    path: readonly string[],
    at: number,
    operands: readonly string[],
    isOneOfSeveral: boolean,
  ): string;
}

/** `names` are those of the inputs, where they have some; `reads` what each step reads, and last what is returned. */
export function createVariables(
  inputs: readonly ValueId[],
  names: readonly string[] | undefined,
  reads: readonly (readonly ValueId[])[],
  taken: ReadonlySet<string>,
): Variables {
  const last = new Map<ValueId, number>();
  for (const [at, values] of reads.entries()) for (const value of values) last.set(value, at);
  const variables = new Map<ValueId, string>();
  /** What each variable holds. */
  const held = new Map<string, ValueId>();
  const put = (value: ValueId, name: string): string => {
    variables.set(value, name);
    held.set(name, value);
    return name;
  };
  const usual = ['x', 'y', 'z'];
  const given = inputs.map((value, at) =>
    put(value, localName(names?.[at] ?? usual[at] ?? `x${at + 1}`, new Set([...taken, ...held.keys()]))),
  );
  return {
    inputs: given,
    of: (value) => variables.get(value)!,
    define(value, path, at, operands, isOneOfSeveral) {
      const until = last.get(value) ?? -1;
      if (until < 0) return isOneOfSeveral ? '_' : put(value, '_');
      const isFree = (name: string): boolean => (last.get(held.get(name)!) ?? -1) <= at;
      const busy = new Set([...taken, ...[...held.keys()].filter((name) => !isFree(name))]);
      if (path.length > 1) return put(value, localName(path[0]!, busy));
      if (!isOneOfSeveral && !busy.has('x')) return put(value, 'x');
      const [from] = operands;
      const isChain = operands.length === 1 && held.has(from!) && !given.includes(from!);
      if (isChain && !isOneOfSeveral && !busy.has(from!)) return put(value, from!);
      // Results of one step must have different names.
      return put(value, localName(path[0]!, isOneOfSeveral ? new Set([...busy, ...held.keys()]) : busy));
    },
  };
}
