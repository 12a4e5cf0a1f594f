// What can be called, with its parameters as an editor shows them: operators, blocks of the file and of its imports, networks
// that an alias names, and the choices of settings.

import { fileOfBlock, LIBRARY, libraryFile } from '../../../compiler/blocks/library.ts';
import type { AttributeSpec, Operator } from '../../../compiler/ir/operator.ts';
import { operators, stepOperators } from '../../../compiler/ops/index.ts';
import { formatAttribute } from '../../../compiler/frontend/values/written.ts';
import { menus } from '../../../compiler/frontend/sections/train-menu.ts';
import type { Menu, Specs } from '../../../compiler/frontend/sections/train-menu.ts';
import { functions } from '../../../compiler/frontend/values/evaluate.ts';
import type { BlockDefinition, File, NetworkDefinition } from '../../../grammar/ast.ts';
import { parse } from '../../../grammar/parse.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Source } from '../../../grammar/source.ts';
import type { Analysis } from '../analysis.ts';

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
export function signatureText({ name, parameters }: Signature): string {
  return parameters.length === 0 ? name : `${name}(${parameters.map(parameterText).join(', ')})`;
}

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
  const { name, summary: doc, attributes } = operator;
  const signature: Signature = { name, kind: 'operator', parameters: parametersOf(attributes), doc, operator };
  ofOperators.set(operator, signature);
  return signature;
}

/** Of a block or network, under the name that an import gives it. */
export function definedSignature(definition: BlockDefinition | NetworkDefinition, name: string): Signature {
  const parameters = definition.parameters.map((parameter): SignatureParameter => ({
    name: parameter.name.name,
    type: textOf(parameter.type.span),
    ...(parameter.default && { default: textOf(parameter.default.span) }),
  }));
  const { kind, doc } = definition;
  return { name, kind, parameters, ...(doc !== undefined && { doc }) };
}

/** Of a choice of a setting: `sgd` of `optimizer`. */
export function settingSignature(setting: string, name: string): Signature | undefined {
  const menu: Menu | undefined = Object.hasOwn(menus, setting) ? menus[setting as keyof typeof menus] : undefined;
  if (!menu || !Object.hasOwn(menu, name)) return undefined;
  return { name, kind: 'setting', parameters: parametersOf(menu[name]!) };
}

/** Of `len`, `min`, `max` and `size`. */
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

function parametersOf(specs: Specs): readonly SignatureParameter[] {
  return Object.entries(specs).map(([name, spec]) => ({
    name,
    type: spec.type === 'choice' ? `one of ${spec.choices!.join(', ')}` : (typeNames[spec.type] ?? spec.type),
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

/** The definition that a name of the file stands for: of a block that it has, or imports. */
export function blockNamed(analysis: Analysis, name: string): BlockDefinition | undefined {
  const { definitions, imports } = analysis.file;
  const own = definitions.find((one) => one.kind === 'block' && one.name.name === name);
  if (own?.kind === 'block') return own;
  for (const { path, names } of imports)
    for (const item of names)
      if ((item.alias ?? item.name).name === name)
        return importedBlock(analysis, path.value, item.name.name, item.name.span.start);
  return undefined;
}

/** The network that a name of the file stands for, an alias's own target. */
export function networkNamed({ file }: Analysis, name: string): NetworkDefinition | undefined {
  let wanted = name;
  for (let hops = 0; hops < 16; hops += 1) {
    const found = file.definitions.find(
      (one) => (one.kind === 'network' || one.kind === 'alias') && one.name.name === wanted,
    );
    if (found?.kind !== 'alias') return found?.kind === 'network' ? found : undefined;
    wanted = found.target.name;
  }
  return undefined;
}

function importedBlock(
  { bindings, source }: Analysis,
  path: string,
  name: string,
  at: number,
): BlockDefinition | undefined {
  if (path === LIBRARY) return libraryBlock(name);
  const use = bindings.uses.get(source)?.find(({ span }) => span.start === at);
  const definition = use?.definition;
  if (!definition || !('span' in definition)) return undefined;
  const from = (definition.original ?? definition).span.source;
  return from === source ? undefined : blockIn(parsed(from), name);
}

/** A block of the library, under the name it has there. */
export function libraryBlock(name: string): BlockDefinition | undefined {
  const path = fileOfBlock(name);
  if (path === undefined) return undefined;
  return blockIn(libraryFile(path), name);
}

const parsedFiles = new WeakMap<Source, File>();

/** The syntax tree of another file, kept as long as its text. */
function parsed(source: Source): File {
  const known = parsedFiles.get(source);
  if (known) return known;
  const { file } = parse(source);
  parsedFiles.set(source, file);
  return file;
}

function blockIn({ definitions }: File, name: string): BlockDefinition | undefined {
  const found = definitions.find((one) => one.kind === 'block' && one.name.name === name);
  return found?.kind === 'block' ? found : undefined;
}

/** What a file that is imported already defines; nothing where it is not known. */
export function importedNames({ bindings, source, file }: Analysis, path: string): readonly string[] {
  const item = file.imports.find((one) => one.path.value === path);
  for (const { name } of item?.names ?? []) {
    const definition = bindings.uses.get(source)?.find(({ span }) => span.start === name.span.start)?.definition;
    if (!definition || !('span' in definition)) continue;
    const from = (definition.original ?? definition).span.source;
    if (from !== source) return parsed(from).definitions.flatMap((one) => ('name' in one ? [one.name.name] : []));
  }
  return [];
}
