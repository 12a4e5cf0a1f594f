// For what a value is at the caret: an argument of a step, a setting, a parameter's default, an axis of a shape.

import { outputSpecs } from '../../../compiler/frontend/build/output-facts.ts';
import { pictureSpecs } from '../../../compiler/frontend/build/pictures.ts';
import { menus, scalars } from '../../../compiler/frontend/sections/train-menu.ts';
import { functions } from '../../../compiler/frontend/values/evaluate.ts';
import type { AttributeSpec } from '../../../compiler/ir/operator.ts';
import type { Analysis } from '../analysis.ts';
import type { Frame } from './frame.ts';
import { networkNamed } from './known.ts';
import { definedSignature, functionSignature, settingSignature, stepSignature } from './signatures.ts';
import type { Signature, SignatureParameter } from './signatures.ts';

export interface Wanted {
  readonly role:
    | 'argument'
    | 'setting'
    | 'parameter'
    | 'constant'
    | 'axis'
    | 'index'
    | 'count'
    | 'list'
    | 'condition'
    | 'budget'
    | 'flow';
  /** Of the attribute, parameter or setting. */
  readonly name?: string;
  readonly type?: string;
  readonly spec?: AttributeSpec;
  readonly default?: string;
  /** Whether it is an item of a list or tuple, or a part of an expression. */
  readonly isPart: boolean;
  /** Of a step that takes several values, without a name: a value is likelier than the word that may stand there. */
  readonly joins?: boolean;
}

/** The signature of what the arguments are given to; undefined where it is not known. */
export function calledBy(analysis: Analysis, frame: Frame): Signature | undefined {
  const { owner, parent } = frame;
  if (frame.kind !== 'arguments' || !parent) return undefined;
  if (parent.kind === 'settings') return settingSignature(parent.siblings[0]?.text ?? '', owner);
  if (parent.kind === 'file') {
    const network = networkNamed(analysis, owner);
    return network && definedSignature(network, owner);
  }
  const isValue = parent.kind !== 'body' && parent.kind !== 'parallel' && functions.has(owner);
  return (isValue ? functionSignature(owner) : stepSignature(analysis, owner)) ?? functionSignature(owner);
}

/** Names of the arguments that are given already, the one at the caret left out. */
export function givenNames(frame: Frame, signature: Signature | undefined): ReadonlySet<string> {
  const given = new Set<string>();
  frame.items.forEach((item, at) => {
    if (item[1]?.is === ':') given.add(item[0]!.text);
    else if (signature?.parameters[at]) given.add(signature.parameters[at].name);
  });
  return given;
}

/** The parameter that the caret's argument is for. */
export function parameterAt(frame: Frame, signature: Signature | undefined): SignatureParameter | undefined {
  const [name, sign] = frame.siblings;
  if (sign?.is === ':') return signature?.parameters.find((one) => one.name === name!.text);
  return frame.items.some((item) => item[1]?.is === ':') ? undefined : signature?.parameters[frame.items.length];
}

/** What the value at the caret is for. */
export function wantedAt(analysis: Analysis, frame: Frame): Wanted {
  const { kind, parent, siblings, items } = frame;
  const [first, second, third] = siblings;
  switch (kind) {
    case 'arguments': {
      const signature = calledBy(analysis, frame);
      const parameter = parameterAt(frame, signature);
      const isPart = siblings.length > (second?.is === ':' ? 2 : 0);
      const name = parameter?.name ?? (second?.is === ':' ? first!.text : undefined);
      const joins = second?.is !== ':' && !isPart && (signature?.operator?.arity?.max ?? 1) > 1;
      return { role: 'argument', ...parameter, ...(name !== undefined && { name }), isPart, joins };
    }
    case 'settings':
      return { role: 'setting', ...settingNamed(frame.owner, first?.text ?? ''), isPart: siblings.length > 2 };
    case 'budgets':
      return { role: 'budget', name: first?.text ?? '', isPart: siblings.length > 2 };
    case 'parameters':
      return {
        role: 'parameter',
        name: first?.text ?? '',
        ...(third && { type: third.text }),
        isPart: siblings.length > 4,
      };
    case 'shape':
      return {
        role: 'axis',
        name: ['channels', 'height', 'width'][items.length] ?? 'features',
        type: 'int',
        isPart: siblings.length > 0,
      };
    case 'index':
      return { role: 'index', type: 'int', isPart: siblings.length > 0 };
    case 'group':
    case 'list':
      return parent ? { ...wantedAt(analysis, parent), isPart: true } : { role: 'flow', isPart: true };
    case 'file':
    case 'body':
      return ofStatement(frame);
    default:
      return { role: 'flow', isPart: false };
  }
}

function ofStatement({ siblings }: Frame): Wanted {
  const [first, second] = siblings;
  const isPart = siblings.length > 1;
  switch (siblings.findLast(({ is }) => is === 'if')?.is ?? first?.is) {
    case 'const':
      return { role: 'constant', name: second?.text ?? '', isPart: siblings.at(-1)?.is !== '=' };
    case 'repeat':
      return { role: 'count', name: 'depth', type: 'int', isPart };
    case 'for':
      return { role: 'list', type: '[', isPart: siblings.length > 3 };
    case 'if':
      return { role: 'condition', type: 'bool', isPart: siblings.at(-1)?.is !== 'if' };
    default:
      return { role: 'flow', isPart: false };
  }
}

/** What is known of a setting of a `train` section, an input or an output. */
export function settingNamed(owner: string, name: string): Pick<Wanted, 'name' | 'spec' | 'type'> {
  const table: Readonly<Record<string, AttributeSpec>> =
    owner === 'train' ? scalars : owner === 'input' ? pictureSpecs : outputSpecs;
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec) return { name, spec };
  if (owner === 'train' && Object.hasOwn(menus, name)) return { name, type: 'choice' };
  return { name, ...(name === 'labels' && { type: 'labels' }) };
}
