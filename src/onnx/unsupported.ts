// Operators that are not supported: each is named once, with the first node that is of it, and how many more there are.

import type { NodeProto } from './file/messages.ts';
import { mendOf } from './mends.ts';
import { scopeOf } from './naming.ts';
import type { Problem } from './problem.ts';

export interface Unsupported {
  /** `attributes`: those of the node in short. */
  add(node: NodeProto, attributes: string): void;
  isEmpty(): boolean;
  /** One for each operator, in the order of the file. */
  problems(): readonly Problem[];
}

/** None yet. */
export function noneUnsupported(): Unsupported {
  const found = new Map<string, { readonly node: NodeProto; readonly attributes: string; others: number }>();
  return {
    add(node, attributes) {
      const name = operatorName(node);
      const known = found.get(name);
      if (known) known.others += 1;
      else found.set(name, { node, attributes, others: 0 });
    },
    isEmpty: () => found.size === 0,
    problems: () =>
      [...found.values()].map(({ node, attributes, others }) => ({
        ...placeOf(node),
        what: [
          'this operator is not supported',
          ...(attributes === '' ? [] : [` (${attributes})`]),
          ...(others === 0 ? [] : [`; ${others} more ${others === 1 ? 'node is' : 'nodes are'} of it`]),
        ].join(''),
        mend: mendOf(node),
      })),
  };
}

/** Which node a problem is about: its name in the file, its operator and its module. */
export function placeOf(node: NodeProto): Pick<Problem, 'node' | 'operator' | 'scope'> {
  const scope = scopeOf(node);
  return {
    node: node.name || (node.output[0] ?? ''),
    operator: operatorName(node),
    ...(scope !== '' && { scope }),
  };
}

const operatorName = ({ domain, opType }: NodeProto): string =>
  domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
