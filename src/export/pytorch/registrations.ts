// What the module of a call holds, in the order of the weights: layers, the modules of inner calls, learned tensors and constants.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { weightsNameOf } from '../../../compiler/ir/graph.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { InputError } from '../../data/input-error.ts';
import type { Argument, Layer } from './code.ts';
import { formOf, operandsOf } from './context.ts';
import type { Context } from './context.ts';
import { isAttribute, localName, stringText } from './python.ts';
import { isInside, nodesIn, pathIn } from './scopes.ts';
import type { Dissolved, Scope } from './scopes.ts';

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

/** How the module of an inner call is made. */
export interface Made {
  readonly className: string;
  readonly arguments: readonly Argument[];
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

/** Constants that nodes of the scope itself read, under names of their own. */
export function constantsIn(context: Context, scope: Scope): ReadonlyMap<ValueId, string> {
  const held = [...nodesIn(scope).map(weightsNameOf), ...context.graph.parameters.map(({ name }) => name)];
  const taken = new Set(held.filter((name) => isInside(name, scope.home)).map((name) => pathIn(name, scope.home)[0]!));
  const names = new Map<ValueId, string>();
  for (const item of scope.items) {
    if (item.kind === 'call') continue;
    for (const value of operandsOf(context, item.node)) {
      if (!context.constants.has(value) || names.has(value)) continue;
      names.set(value, localName('constant', taken));
      taken.add(names.get(value)!);
    }
  }
  return names;
}

/** Values that the module itself holds, and how they are reached: learned tensors and constants. */
export function ownTexts(
  context: Context,
  scope: Scope,
  constants: ReadonlyMap<ValueId, string>,
): ReadonlyMap<ValueId, string> {
  const texts = new Map<ValueId, string>([...constants].map(([value, name]) => [value, `self.${name}`]));
  for (const { name, value } of context.graph.parameters)
    if (isInside(name, scope.home)) texts.set(value, tensorText(pathIn(name, scope.home)));
  return texts;
}

/** Those of a scope; or the calls that cannot have modules of their own. */
export function registrationsOf(
  context: Context,
  scope: Scope,
  called: ReadonlyMap<Scope, Made>,
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
  const calls = scope.items.filter((item) => item.kind === 'call');
  for (const item of scope.items) {
    if (item.kind !== 'node') continue;
    const { layer } = formOf(context, item.node);
    if (!layer) continue;
    const home = weightsNameOf(item.node);
    if (!isInside(home, scope.home)) return { dissolve: [scope.name] };
    const around = calls.find((call) => isInside(home, call.scope.home));
    if (around) return { dissolve: [around.scope.name] };
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
  const places = new Map<string, number>();
  for (const [at, { name }] of graph.parameters.entries()) {
    for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
      const outer = name.slice(0, end);
      if (!places.has(outer)) places.set(outer, at);
    }
  }
  return (name) => places.get(name) ?? graph.parameters.length;
}
