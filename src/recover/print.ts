// The text of a recovered network: blocks first, each before what calls it, then the network. Its layout is the formatter's.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { usual } from './encode.ts';
import type { IsDefault } from './encode.ts';
import { blockWish, identifier, nameScope } from './names.ts';
import type { NameScope } from './names.ts';
import { sequencesOf } from './blocks.ts';
import type { Program } from './blocks.ts';
import { inputText, outputText } from './settings-text.ts';
import { bodyText } from './statements.ts';
import type { Definition, Printed } from './statements.ts';
import { typeText, valueText } from './values-text.ts';
import { wishFor } from './wishes.ts';
import type { Block, CallItem, Item, Slot, Value, Variable } from './tree.ts';
import { partsOf } from './tree.ts';

/** The text, not laid out yet. `name` and `doc` are the network's. */
export function printProgram(
  program: Program,
  {
    graph,
    operators,
    isDefault,
  }: { readonly graph: Graph; readonly operators: OperatorTable; readonly isDefault: IsDefault },
  doc: string | undefined,
): string {
  const globals = nameScope(graph);
  const network = globals.claim(capitalised(identifier(graph.name)) ?? 'Network');
  const blocks = new Map<Block, Printed>();
  const texts: string[] = [];
  const calls = callsOf(program);
  const common = { graph, operators, isDefault, blocks };
  for (const block of inOrder(program)) {
    const name = globals.lettered(blockWish(block));
    const scope = globals.inner();
    const printed = { name, ...parametersOf(block, calls.get(block) ?? [], scope) };
    blocks.set(block, printed);
    const definition: Definition = {
      ...common,
      scope,
      variables: new Map(printed.names),
      shares: new Map(),
      checks: false,
    };
    texts.push(`block ${name}${printed.header} {\n${bodyText(definition, block.items)}\n}`);
  }
  texts.push(`${docText(doc)}network ${network} {\n${networkText(program, common, globals)}\n}`);
  return `${texts.join('\n\n')}\n`;
}

function networkText(
  { body }: Program,
  common: Omit<Definition, 'scope' | 'variables' | 'shares' | 'checks'>,
  globals: NameScope,
): string {
  const { graph } = common;
  const scope = globals.inner();
  const inputs = graph.inputs.map(({ name }) => scope.claim(identifier(name) ?? 'input_1'));
  const outputs = graph.outputs.map(({ name }) => scope.claim(identifier(name) ?? 'result'));
  const named = new Map<number, string>(inputs.map((name, at) => [at, name]));
  for (const [at, result] of body.results.entries()) if (result !== 'flow') named.set(result, outputs[at]!);
  const definition: Definition = { ...common, scope, variables: new Map(), shares: new Map(), checks: true };
  return [
    ...graph.inputs.map((input, at) => inputText(input, inputs[at]!, graph.types.get(input.value)!.shape)),
    '',
    bodyText(definition, body, named),
    '',
    outputText(graph, outputs),
  ].join('\n');
}

/** Blocks that are called, callees before callers. */
function inOrder(program: Program): readonly Block[] {
  const sorted = new Set<Block>();
  const visit = (items: readonly Item[]): void => {
    for (const item of items) {
      for (const part of partsOf(item)) visit(part);
      if (item.kind !== 'call' || sorted.has(item.block)) continue;
      visit(item.block.items);
      sorted.add(item.block);
    }
  };
  for (const { items } of program.body.lines) visit(items);
  return [...sorted];
}

function callsOf(program: Program): ReadonlyMap<Block, readonly CallItem[]> {
  const calls = new Map<Block, CallItem[]>();
  for (const items of sequencesOf(program)) {
    for (const item of items) {
      if (item.kind !== 'call') continue;
      const known = calls.get(item.block);
      if (known) known.push(item);
      else calls.set(item.block, [item]);
    }
  }
  return calls;
}

/** Channels come first and need no name where a block is called; parameters with a default come last. */
function parametersOf(block: Block, calls: readonly CallItem[], scope: NameScope): Omit<Printed, 'name'> {
  const { variables } = block;
  const wishes = variables.map(({ about }) => wishFor(about));
  const names = variables.map((variable, at): readonly [Variable, string] => {
    const wish = wishes[at]!;
    const count = wishes.filter((other) => other === wish).length;
    // Of many, the first letter is enough: `c1`, `c2`, as the papers write.
    return [variable, count > 1 ? scope.numbered(count > 2 ? wish[0]! : wish) : scope.claim(wish)];
  });
  const given = (at: number): readonly Value[] => calls.map((call) => call.given[at]!.value);
  const defaults = variables.map(({ about }, at) => {
    const value = usual.get(about);
    return value !== undefined && given(at).includes(value) ? value : undefined;
  });
  const rank = (at: number): number => (defaults[at] === undefined ? (isCount(variables[at]!) ? 0 : 1) : 2);
  const order = variables.map((_, at) => at).toSorted((a, b) => rank(a) - rank(b) || a - b);
  const header = order.map((at) => {
    const value = defaults[at];
    return `${names[at]![1]}: ${typeText(variables[at]!.type, literals(given(at), block))}${value === undefined ? '' : ` = ${value}`}`;
  });
  return {
    names,
    header: header.length > 0 ? `(${header.join(', ')})` : '',
    arguments: (slots: readonly Slot[], nameOf: (variable: Variable) => string) =>
      order.flatMap((at) => {
        const slot = slots[at]!;
        if (slot.value === defaults[at]) return [];
        const text = valueText(slot, nameOf);
        return [rank(at) === 0 ? text : `${names[at]![1]}: ${text}`];
      }),
  };
}

/** What is given, with variables in place of which a size may come. */
function literals(values: readonly Value[], { variables }: Block): readonly Value[] {
  return values.map((value) => (typeof value === 'object' && 'variable' in value && variables.length > 0 ? 0 : value));
}

function isCount({ about }: Variable): boolean {
  return /^(?:channels|features)/.test(about);
}

function capitalised(name: string | undefined): string | undefined {
  return name === undefined ? undefined : name[0]!.toUpperCase() + name.slice(1);
}

/** Comment lines of any text: what would end a comment or move the cursor is left out. */
function docText(doc: string | undefined): string {
  const lines = (doc ?? '').split(/[\n\r\u2028\u2029\u0085]+/).map((line) => line.replace(/[\p{C}]/gu, ' ').trim());
  return lines
    .filter((line) => line !== '')
    .slice(0, 8)
    .map((line) => `/// ${line.slice(0, 200)}\n`)
    .join('');
}
