// What can be called, with its parameters as an editor shows them: operators, blocks of the file and of its imports, networks
// that an alias names, and the choices of settings.

import type { AttributeSpec, Operator } from '../../../compiler/ir/operator.ts';
import { operators, stepOperators } from '../../../compiler/ops/index.ts';
import { argumentText } from '../../../compiler/frontend/texts.ts';
import { describedAttributes, summaryOf } from '../../../compiler/ops/texts.ts';
import type { DescribedAttribute } from '../../../compiler/ops/texts.ts';
import { formatAttribute } from '../../../compiler/frontend/values/written.ts';
import { menus } from '../../../compiler/frontend/sections/train-menu.ts';
import type { Menu } from '../../../compiler/frontend/sections/train-menu.ts';
import { functions } from '../../../compiler/frontend/values/evaluate.ts';
import type { BlockDefinition, NetworkDefinition } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Analysis } from '../analysis.ts';
import { blockNamed } from './known.ts';

export interface SignatureParameter {
  readonly name: string;
  /** As the language writes types; `one of a, b` for words. */
  readonly type: string;
  /** Absent: it must be given. Empty: it may stay unset. */
  readonly default?: string;
  readonly doc?: string;
  readonly spec?: AttributeSpec;
}

export interface Signature {
  readonly name: string;
  readonly kind: 'operator' | 'block' | 'network' | 'setting' | 'function';
  readonly parameters: readonly SignatureParameter[];
  readonly doc?: string;
  readonly operator?: Operator;
}

/** `conv(channels: int, kernel: size, stride: size = 1, …)` */
export function signatureText(signature: Signature): string {
  const known = texts.get(signature);
  if (known !== undefined) return known;
  const { name, parameters } = signature;
  const text = parameters.length === 0 ? name : `${name}(${parameters.map(parameterText).join(', ')})`;
  texts.set(signature, text);
  return text;
}

const texts = new WeakMap<Signature, string>();

/** `stride: size = 1` */
export function parameterText({ name, type, default: value }: SignatureParameter): string {
  return `${name}: ${type}${value ? ` = ${value}` : ''}`;
}

/** The operators that a text may name. */
export const steps: readonly Operator[] = [...operators.values()].filter(
  ({ name, internal }) => !internal && !stepOperators.has(name),
);

/** What the name calls where a step stands; undefined where it is none, or not known. */
export function stepSignature(analysis: Analysis, name: string): Signature | undefined {
  const block = blockNamed(analysis, name);
  if (block) return definedSignature(block, name);
  const operator = steps.find((one) => one.name === name);
  return operator && operatorSignature(operator);
}

const ofOperators = new WeakMap<Operator, Signature>();

/** An operator's. */
export function operatorSignature(operator: Operator): Signature {
  const known = ofOperators.get(operator);
  if (known) return known;
  const { name } = operator;
  const [parameters, doc] = [parametersOf(describedAttributes(operator)), summaryOf(operator)];
  const signature: Signature = { name, kind: 'operator', parameters, doc, operator };
  ofOperators.set(operator, signature);
  return signature;
}

const ofDefinitions = new WeakMap<BlockDefinition | NetworkDefinition, Signature>();

/** Of a block or network, under the name that an import gives it. */
export function definedSignature(definition: BlockDefinition | NetworkDefinition, name: string): Signature {
  const known = ofDefinitions.get(definition);
  if (known?.name === name) return known;
  const parameters = definition.parameters.map((parameter): SignatureParameter => ({
    name: parameter.name.name,
    type: textOf(parameter.type.span),
    ...(parameter.default && { default: textOf(parameter.default.span) }),
  }));
  const { kind, doc } = definition;
  const signature: Signature = { name, kind, parameters, ...(doc !== undefined && { doc }) };
  ofDefinitions.set(definition, signature);
  return signature;
}

/** Of a choice of a setting: `sgd` of `optimizer`. */
export function settingSignature(setting: string, name: string): Signature | undefined {
  const menu: Menu | undefined = Object.hasOwn(menus, setting) ? menus[setting as keyof typeof menus] : undefined;
  if (!menu || !Object.hasOwn(menu, name)) return undefined;
  const described = Object.entries(menu[name]!).map(
    ([argument, spec]) => [argument, { ...spec, doc: argumentText(name, argument) }] as const,
  );
  return { name, kind: 'setting', parameters: parametersOf(Object.fromEntries(described)) };
}

/** Of a function such as `len`. */
export function functionSignature(name: string): Signature | undefined {
  if (!functions.has(name)) return undefined;
  const [names, type] = functionParameters[name] ?? [['value'], 'float'];
  return { name, kind: 'function', parameters: names.map((parameter) => ({ name: parameter, type })) };
}

const functionParameters: Readonly<Record<string, readonly [readonly string[], string]>> = {
  len: [['list'], 'list'],
  min: [['a', 'b'], 'float'],
  max: [['a', 'b'], 'float'],
  size: [['height', 'width'], 'int'],
};

function parametersOf(specs: Readonly<Record<string, DescribedAttribute>>): readonly SignatureParameter[] {
  return Object.entries(specs).map(([name, spec]) => ({
    name,
    type:
      spec.choices?.length === 0
        ? 'output'
        : spec.type === 'choice'
          ? `one of ${spec.choices!.join(', ')}`
          : (typeNames[spec.type] ?? spec.type),
    ...defaultOf(spec),
    doc: spec.doc,
    spec,
  }));
}

function defaultOf({ default: value }: AttributeSpec): { readonly default?: string } {
  if (value === undefined) return {};
  if (value === null) return { default: '' };
  return { default: typeof value === 'string' && value.startsWith('=') ? value.slice(1) : formatAttribute(value) };
}

const typeNames: Readonly<Record<string, string>> = { ints: '[int]', floats: '[float]', weights: 'list of numbers' };
