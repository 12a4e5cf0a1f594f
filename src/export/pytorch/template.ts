// What becomes of one call of a block: layers to be made, and statements that apply them, with the numbers of this call.

import type { Constant, Graph, Node, Parameter, ValueId } from '../../../compiler/ir/graph.ts';
import { weightsNameOf } from '../../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { dataCount, operatorOf, typeOf } from '../../../compiler/ir/signature.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { InputError } from '../../data/input-error.ts';
import type { Argument, Code, Layer } from './code.ts';
import { forms } from './forms/index.ts';
import type { Form } from './forms/index.ts';
import { isAttribute, stringText } from './python.ts';
import { isInside, pathIn } from './scopes.ts';
import type { Dissolved, Item, Scope } from './scopes.ts';
import { createVariables } from './variables.ts';

/** Something that a module holds, at a dotted path below it. */
export type Registration =
  | { readonly kind: 'layer'; readonly path: readonly string[]; readonly layer: Layer }
  | {
      readonly kind: 'block';
      readonly path: readonly string[];
      readonly className: string;
      readonly arguments: readonly Argument[];
    }
  | { readonly kind: 'learned'; readonly path: readonly string[]; readonly shape: Shape; readonly initial: number }
  | { readonly kind: 'constant'; readonly path: readonly string[]; readonly shape: Shape; readonly data: Float64Array };

export interface Template {
  readonly scope: Scope;
  readonly registrations: readonly Registration[];
  /** Values that are computed outside, in the order of the arguments of `forward`. */
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
  /** The arguments of `forward`. */
  readonly variables: readonly string[];
  readonly lines: readonly Code[];
  /** What `forward` returns. */
  readonly returned: readonly string[];
}

/** A call whose module is known: its class, and what it is made with. */
export interface Called {
  readonly template: Template;
  readonly className: string;
  readonly arguments: readonly Argument[];
}

/** The network and what is known of it as a whole. */
export interface Context {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  /** The nodes that are written, without identities. */
  readonly nodes: readonly Node[];
  /** A value, or the one that it is identical to. */
  resolve(value: ValueId): ValueId;
  /** The nodes that read a value. */
  readonly readers: ReadonlyMap<ValueId, readonly Node[]>;
  readonly outputs: ReadonlySet<ValueId>;
  readonly parameters: ReadonlyMap<ValueId, Parameter>;
  readonly constants: ReadonlyMap<ValueId, Constant>;
  /** Parameters that layers hold, by name. */
  readonly inLayers: ReadonlySet<string>;
  /** What the text calls values, by steps and labels. */
  readonly labels: ReadonlyMap<ValueId, readonly string[]>;
  /** Names of classes and functions, which no variable may have. */
  readonly taken: ReadonlySet<string>;
}

/** Whether the weights of a node are parameters of its own, which a layer can hold. */
export function ownsWeights(
  { graph, operators }: Pick<Context, 'graph' | 'operators'>,
  names: ReadonlyMap<ValueId, Parameter>,
  node: Node,
): boolean {
  const operator = operatorOf(operators, node.op);
  const first = dataCount(operator, node.operands.length);
  const inputs = node.operands.slice(0, first).map((value) => typeOf(graph, value));
  const specs = operator.parameters?.(node.attributes, inputs) ?? [];
  return specs.every(
    (spec, at) => names.get(node.operands[first + at]!)?.name === `${weightsNameOf(node)}.${spec.name}`,
  );
}

/** The form of a node. */
export function formOf(context: Context, node: Node): Form {
  const { graph, operators, parameters } = context;
  const data = dataCount(operatorOf(operators, node.op), node.operands.length);
  return forms.get(node.op)!({
    attributes: node.attributes,
    inputs: node.operands.slice(0, data).map((value) => typeOf(graph, value)),
    results: node.results.map((value) => typeOf(graph, value)),
    isLayer: ownsWeights(context, parameters, node),
  });
}

/** The values that a node's expression reads: without those that its layer holds. */
export function operandsOf(context: Context, node: Node): readonly ValueId[] {
  const data = dataCount(operatorOf(context.operators, node.op), node.operands.length);
  const read = ownsWeights(context, context.parameters, node) ? node.operands.slice(0, data) : node.operands;
  return read.map((value) => context.resolve(value));
}

/** Nodes of a scope and of those inside. */
export function nodesIn({ items }: Scope): readonly Node[] {
  return items.flatMap((item) => (item.kind === 'node' ? [item.node] : nodesIn(item.scope)));
}

/** `self.stage1.conv1`; where a name is Python's or PyTorch's, `self._modules["train"]`. */
export function moduleText(path: readonly string[]): string {
  return ['self', ...path.map((name) => (isAttribute(name) ? `.${name}` : `._modules[${stringText(name)}]`))].join('');
}

/** The same of a learned tensor. */
export function tensorText(path: readonly string[]): string {
  const name = path.at(-1)!;
  return `${moduleText(path.slice(0, -1))}${isAttribute(name) ? `.${name}` : `._parameters[${stringText(name)}]`}`;
}

/** A scope whose calls have modules already. */
export function templateOf(context: Context, scope: Scope, called: ReadonlyMap<Scope, Called>): Template | Dissolved {
  const inside = new Set(nodesIn(scope));
  const isRead = (value: ValueId): boolean =>
    context.outputs.has(value) || (context.readers.get(value) ?? []).some((node) => !inside.has(node));
  const constants = constantsIn(context, scope);
  const own = ownTexts(context, scope, constants);
  const steps = scope.items.map((item) => stepOf(context, item, called));
  const produced = new Set(steps.flatMap(({ results }) => results));
  const isRoot = scope.name === '';
  const inputs = isRoot
    ? context.graph.inputs.map(({ value }) => value)
    : [...new Set(steps.flatMap(({ operands }) => operands))].filter(
        (value) => !own.has(value) && !produced.has(value),
      );
  const read = [...produced].filter(isRead);
  // A block whose result nobody reads returns it nevertheless.
  const outputs = isRoot
    ? context.graph.outputs.map(({ value }) => context.resolve(value))
    : read.length > 0
      ? read
      : [...produced].slice(-1);
  const names = isRoot ? context.graph.inputs.map(({ name }) => name) : undefined;
  const variables = createVariables(inputs, names, [...steps.map(({ operands }) => operands), outputs], context.taken);
  const registrations = registrationsOf(context, scope, called, constants);
  if ('dissolve' in registrations) return registrations;
  const lines: Code[] = [];
  for (const [at, step] of steps.entries()) {
    const operands = step.operands.map((value) => own.get(value) ?? variables.of(value));
    const targets = step.results.map((value) => {
      const path = step.results.length > 1 ? labelIn(context, scope, value, step.name) : pathBelow(step.name, scope);
      return variables.define(value, path, at, operands, step.results.length > 1);
    });
    lines.push([
      `${targets.join(', ')}${targets.length === 1 && step.isTuple ? ',' : ''} = `,
      ...step.code(operands, scope.home),
    ]);
  }
  const returned = outputs.map((value) => own.get(value) ?? variables.of(value));
  return { scope, registrations, inputs, outputs, variables: variables.inputs, lines, returned };
}

const pathBelow = (name: string, { name: place }: Scope): readonly string[] =>
  name.slice(place === '' ? 0 : place.length + 1).split('.');

/** What the text calls one of several results of a step: a label of the scope, else the step's own name. */
function labelIn({ labels }: Context, scope: Scope, value: ValueId, step: string): readonly string[] {
  const own = labels.get(value)?.find((label) => label !== step && isInside(label, scope.name));
  return pathBelow(own ?? step, scope).slice(-1);
}

/** A statement to be written. */
interface Step {
  readonly name: string;
  readonly operands: readonly ValueId[];
  readonly results: readonly ValueId[];
  /** Whether what is computed is a tuple, even of one value. */
  readonly isTuple: boolean;
  code(operands: readonly string[], home: string): Code;
}

function stepOf(context: Context, item: Item, called: ReadonlyMap<Scope, Called>): Step {
  if (item.kind === 'node') {
    const { node } = item;
    const form = formOf(context, node);
    return {
      name: node.name,
      operands: operandsOf(context, node),
      results: node.results,
      isTuple: node.op === 'split',
      code: (operands, home) => form.code(operands, form.layer ? moduleText(pathIn(weightsNameOf(node), home)) : ''),
    };
  }
  const { inputs, outputs, scope } = called.get(item.scope)!.template;
  return {
    name: scope.name,
    operands: inputs,
    results: outputs,
    isTuple: false,
    code: (operands, home) => [`${moduleText(pathIn(scope.home, home))}(${operands.join(', ')})`],
  };
}

/** Constants that nodes of the scope itself read, under names of their own. */
function constantsIn(context: Context, scope: Scope): ReadonlyMap<ValueId, string> {
  const names = new Map<ValueId, string>();
  for (const item of scope.items) {
    if (item.kind === 'call') continue;
    for (const value of operandsOf(context, item.node))
      if (context.constants.has(value) && !names.has(value)) names.set(value, `constant_${names.size + 1}`);
  }
  return names;
}

/** Values that the module itself holds, and how they are reached: learned tensors and constants. */
function ownTexts(
  context: Context,
  scope: Scope,
  constants: ReadonlyMap<ValueId, string>,
): ReadonlyMap<ValueId, string> {
  const texts = new Map<ValueId, string>([...constants].map(([value, name]) => [value, `self.${name}`]));
  for (const { name, value } of context.graph.parameters)
    if (isInside(name, scope.home)) texts.set(value, tensorText(pathIn(name, scope.home)));
  return texts;
}

function registrationsOf(
  context: Context,
  scope: Scope,
  called: ReadonlyMap<Scope, Called>,
  constants: ReadonlyMap<ValueId, string>,
): readonly Registration[] | Dissolved {
  const { graph } = context;
  const found = new Map<string, Registration>();
  const homes: string[] = [];
  const others: string[] = [];
  for (const item of scope.items) {
    if (item.kind !== 'call') continue;
    const { home, name } = item.scope;
    const { className, arguments: values } = called.get(item.scope)!;
    const block: Registration = { kind: 'block', path: pathIn(home, scope.home), className, arguments: values };
    // Another module with the same weights.
    if (found.has(home) && JSON.stringify(found.get(home)) !== JSON.stringify(block)) others.push(name);
    found.set(home, block);
    homes.push(home);
  }
  if (others.length > 0) return { dissolve: others };
  for (const item of scope.items) {
    if (item.kind !== 'node') continue;
    const { layer } = formOf(context, item.node);
    if (!layer) continue;
    const home = weightsNameOf(item.node);
    if (!isInside(home, scope.home)) return { dissolve: [scope.name] };
    const around = scope.items.find((other) => other.kind === 'call' && isInside(home, other.scope.home));
    if (around?.kind === 'call') return { dissolve: [around.scope.name] };
    found.set(home, { kind: 'layer', path: pathIn(home, scope.home), layer });
  }
  for (const { name, value, initial } of graph.parameters) {
    if (context.inLayers.has(name) || !isInside(name, scope.home) || homes.some((home) => isInside(name, home)))
      continue;
    const start = initial.kind === 'constant' ? initial.value : 0;
    found.set(name, {
      kind: 'learned',
      path: pathIn(name, scope.home),
      shape: typeOf(graph, value).shape,
      initial: start,
    });
  }
  refuseKept([...found.keys()]);
  const order = orderOf(context);
  const sorted = [...found].toSorted(([a], [b]) => order(a) - order(b)).map(([, one]) => one);
  const numbers = [...constants].map(([value, name]): Registration => ({
    kind: 'constant',
    path: [name],
    shape: typeOf(graph, value).shape,
    data: context.constants.get(value)!.data,
  }));
  return [...sorted, ...numbers];
}

/** `nn.Module` sets `self.training` itself, which fails where a weight or a layer has that name. */
function refuseKept(names: readonly string[]): void {
  const kept = names.filter((name) => name.split('.').includes('training'));
  if (kept.length === 0) return;
  throw new InputError(
    `PyTorch keeps the name \`training\` for itself, and ${kept.join(', ')} would have it; call that something else`,
  );
}

/** The place of the first parameter of a dotted name among all. */
function orderOf({ graph }: Context): (name: string) => number {
  return (name) => {
    const at = graph.parameters.findIndex((one) => one.name === name || isInside(one.name, name));
    return at < 0 ? graph.parameters.length : at;
  };
}
