// Attributes of a node, read by name and type.

import { tensorConstant } from './file/tensor.ts';
import type { ReadExternal } from './file/tensor.ts';
import { attributeTypes } from './file/messages.ts';
import type { AttributeProto, GraphProto, NodeProto } from './file/messages.ts';
import type { Constant } from './constant.ts';
import { refuse } from './problem.ts';

/** Each gives `absent` where the node has no such attribute, and refuses one of another type. */
export interface Attributes {
  has(name: string): boolean;
  int<Absent>(name: string, absent: Absent): number | Absent;
  float<Absent>(name: string, absent: Absent): number | Absent;
  text<Absent>(name: string, absent: Absent): string | Absent;
  flag(name: string, absent: boolean): boolean;
  ints<Absent>(name: string, absent: Absent): readonly number[] | Absent;
  floats<Absent>(name: string, absent: Absent): readonly number[] | Absent;
  texts<Absent>(name: string, absent: Absent): readonly string[] | Absent;
  tensor(name: string): Constant | undefined;
  graph(name: string): GraphProto | undefined;
  /** All of them in short: `kernel_shape=[3,3] auto_pad=VALID`. */
  summary(): string;
}

/** The attributes of a node whose names are unique; the last one counts otherwise. */
export function attributesOf({ attribute }: NodeProto, readExternal?: ReadExternal): Attributes {
  const byName = new Map(attribute.map((one) => [one.name, one]));
  const of = (name: string, type: keyof typeof attributeTypes): AttributeProto | undefined => {
    const found = byName.get(name);
    if (found && found.type !== attributeTypes[type])
      refuse(
        `its attribute ${name} has the type ${found.type}, expected ${attributeTypes[type]} (${type})`,
        'export the model again',
      );
    return found;
  };
  const read = <Value, Absent>(
    found: AttributeProto | undefined,
    value: (one: AttributeProto) => Value,
    absent: Absent,
  ) => (found ? value(found) : absent);
  return {
    has: (name) => byName.has(name),
    int: (name, absent) => read(of(name, 'int'), ({ i }) => Number(i), absent),
    float: (name, absent) => read(of(name, 'float'), ({ f }) => f, absent),
    text: (name, absent) => read(of(name, 'string'), ({ s }) => textOf(s), absent),
    flag: (name, absent) => read(of(name, 'int'), ({ i }) => i !== 0n, absent),
    ints: (name, absent) => read(of(name, 'ints'), ({ ints }) => ints.map(Number), absent),
    floats: (name, absent) => read(of(name, 'floats'), ({ floats }) => floats, absent),
    texts: (name, absent) => read(of(name, 'strings'), ({ strings }) => strings.map(textOf), absent),
    tensor(name) {
      const tensor = of(name, 'tensor')?.t;
      return tensor && tensorConstant(tensor, tensor.name || name, readExternal);
    },
    graph: (name) => of(name, 'graph')?.g,
    summary: () => attribute.map(inShort).join(' '),
  };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function inShort({ name, type, f, i, s, floats, ints }: AttributeProto): string {
  const list = (values: readonly unknown[]): string =>
    `[${values.slice(0, 8).join(',')}${values.length > 8 ? ',…' : ''}]`;
  switch (type) {
    case attributeTypes.float:
      return `${name}=${f}`;
    case attributeTypes.int:
      return `${name}=${i}`;
    case attributeTypes.string:
      return `${name}=${textOf(s).slice(0, 40)}`;
    case attributeTypes.floats:
      return `${name}=${list(floats)}`;
    case attributeTypes.ints:
      return `${name}=${list(ints)}`;
    default:
      return `${name}=…`;
  }
}
