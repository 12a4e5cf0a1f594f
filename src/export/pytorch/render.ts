// The text of a class: `__init__` makes what its module holds, `forward` applies it. Whoever calls says what stands in each hole.

import type { Argument, Code, Hole } from './code.ts';
import { nested } from './nest.ts';
import { pythonText, stringText } from './python.ts';
import type { PyValue } from './python.ts';
import { moduleText, tensorText } from './registrations.ts';
import type { Registration } from './registrations.ts';
import type { Template } from './template.ts';

/** What stands in a hole; undefined where the argument is left out. */
export type Fill = (hole: Hole | Argument, place: 'init' | 'forward') => string | undefined;

export interface Rendered {
  readonly init: readonly string[];
  readonly forward: readonly string[];
}

/** The statements of both functions. Holes are asked for in an order that depends on the block alone. */
export function render({ registrations, lines, returned }: Template, fill: Fill): Rendered {
  const made = new Set<string>(
    registrations.filter(({ kind }) => kind !== 'learned').map(({ path }) => path.join('.')),
  );
  const init = registrations.flatMap((one) => [...containers(one.path, made), registrationText(one, fill)]);
  const forward = lines.map((line) => codeText(line, (hole) => fill(hole, 'forward')!));
  return { init, forward: [...nested(forward, registrations), `return ${returned.join(', ')}`] };
}

const codeText = (code: Code, fill: (hole: Hole) => string): string =>
  code.map((piece) => (typeof piece === 'string' ? piece : fill(piece))).join('');

/** Modules that only hold others, for paths and labelled chains: made before the first thing in them. */
function containers(path: readonly string[], made: Set<string>): readonly string[] {
  const lines: string[] = [];
  for (let length = 1; length < path.length; length += 1) {
    const outer = path.slice(0, length);
    if (made.has(outer.join('.'))) continue;
    made.add(outer.join('.'));
    lines.push(`${moduleText(outer)} = nn.Module()`);
  }
  return lines;
}

function registrationText(one: Registration, fill: Fill): string {
  switch (one.kind) {
    case 'layer':
      return `${moduleText(one.path)} = ${one.layer.callee}(${argumentsText(one.layer.arguments, fill)})`;
    case 'block':
      return `${moduleText(one.path)} = ${one.className}(${argumentsText(one.arguments, fill)})`;
    case 'learned': {
      const extents = one.shape.map((value, at) => fill({ role: at === 0 ? 'channels' : `size${at}`, value }, 'init')!);
      const shape = `(${extents.join(', ')}${extents.length === 1 ? ',' : ''})`;
      const start = one.initial === 0 ? `torch.zeros(${shape})` : `torch.full(${shape}, ${floatText(one.initial)})`;
      return `${tensorText(one.path)} = nn.Parameter(${start})`;
    }
    case 'constant': {
      const numbers = `[${[...one.data].map(pythonText).join(', ')}]`;
      const tensor = `torch.tensor(${numbers}, dtype=torch.float32).view(${pythonText(one.shape)})`;
      return `self.register_buffer(${stringText(one.path[0]!)}, ${tensor}, persistent=False)`;
    }
    default:
      return one satisfies never;
  }
}

/** `torch.full` takes the element type of its number. */
const floatText = (value: PyValue): string => (Number.isInteger(value) ? `${pythonText(value)}.0` : pythonText(value));

const argumentsText = (values: readonly Argument[], fill: Fill): string =>
  values
    .flatMap((argument) => {
      const text = fill(argument, 'init');
      if (text === undefined) return [];
      return [argument.keyword === undefined ? text : `${argument.keyword}=${text}`];
    })
    .join(', ');
