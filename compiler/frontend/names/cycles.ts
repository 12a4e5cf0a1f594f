// Blocks never recurse, and constants do not depend on themselves. Found without recursion: what leads to no cycle is
// peeled off (Kahn, 1962), and what remains is followed until it repeats.

import type { BlockDefinition, ConstDefinition } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { problem } from '../report.ts';

type Definition = BlockDefinition | ConstDefinition;

/** The definitions that lie on a cycle or lead to one; each cycle is reported once. */
export function findCycle(
  uses: ReadonlyMap<Definition, ReadonlyMap<Definition, Span>>,
  report: (diagnostic: Diagnostic) => void,
): ReadonlySet<Definition> {
  const remaining = new Set(uses.keys());
  const waiting = new Map(
    [...uses].map(([user, used]) => [user, [...used.keys()].filter((one) => uses.has(one)).length]),
  );
  const usersOf = new Map<Definition, Definition[]>();
  for (const [user, used] of uses) {
    for (const one of used.keys()) {
      const users = usersOf.get(one);
      if (users) users.push(user);
      else usersOf.set(one, [user]);
    }
  }
  const free = [...remaining].filter((definition) => waiting.get(definition) === 0);
  for (let definition = free.pop(); definition; definition = free.pop()) {
    remaining.delete(definition);
    for (const user of usersOf.get(definition) ?? []) {
      const count = waiting.get(user)! - 1;
      waiting.set(user, count);
      if (count === 0) free.push(user);
    }
  }
  const explained = new Set<Definition>();
  for (const start of remaining) {
    const order = new Map<Definition, Span>();
    let at = start;
    while (!order.has(at) && !explained.has(at)) {
      const [next, span] = [...uses.get(at)!].find(([used]) => remaining.has(used))!;
      order.set(at, span);
      at = next;
    }
    if (!explained.has(at)) report(describe([...order], at));
    for (const definition of order.keys()) explained.add(definition);
  }
  return remaining;
}

function describe(order: readonly (readonly [Definition, Span])[], start: Definition): Diagnostic {
  const cycle = order.slice(order.findIndex(([definition]) => definition === start));
  const names = cycle.map(([{ name }]) => name.name);
  const [, span] = cycle[0]!;
  const message =
    start.kind === 'block' ? 'blocks never recurse: expanding a file must end' : 'a constant cannot depend on itself';
  return problem('name/recursion', span, message, {
    found: [...names, names[0]!].join(' → '),
    expected: `${start.kind === 'block' ? 'blocks' : 'constants'} that lead to an end`,
    fixes: [
      { message: start.kind === 'block' ? 'repeat a block with `repeat n { … }`' : 'write one of them as a number' },
    ],
  });
}
