// Names in `train` and `expect` sections, which are read later: noted only, for nothing is said about them here.

import type { Argument, ExpectSection, Expression, TrainSection } from '../../../grammar/ast.ts';
import { functions } from '../values/evaluate.ts';
import { bind, wordKnown } from './bindings.ts';
import type { Definition } from './bindings.ts';
import { definitionOf } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';
import type { Entry } from './scope.ts';

/** Notes the network of a section, its settings and the constants in them. */
export function noteSection(resolver: Resolver, section: TrainSection | ExpectSection): void {
  noteName(resolver, section.target);
  const lines =
    section.kind === 'train'
      ? section.settings
      : section.budgets.map(({ quantity, value }) => ({ name: quantity, value }));
  for (const { name, value } of lines) {
    bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    note(resolver, value, (output) => outputOf(resolver, section.target.name, output));
  }
}

type OutputNamed = (output: string) => Definition | undefined;

/** What the network of a section puts out by this name, also through aliases, where it stands before the section. */
function outputOf({ table, top }: Resolver, network: string, output: string): Definition | undefined {
  const seen = new Set<Entry>();
  let entry = lookup(top, network);
  while (entry?.kind === 'network' && entry.definition.kind === 'alias' && !seen.has(entry)) {
    seen.add(entry);
    entry = entry.module.names.get(entry.definition.target.name);
  }
  if (entry?.kind !== 'network' || entry.definition.kind === 'alias') return undefined;
  const { statements } = entry.definition.body;
  const named = statements.flatMap((item) => (item.kind === 'output' ? item.names : []));
  const span = named.find(({ name }) => name === output)?.span;
  return span && table.uses.get(span.source)?.find((use) => use.span === span)?.definition;
}

function noteName(resolver: Resolver, { name, span }: Pick<TrainSection['target'], 'name' | 'span'>): boolean {
  const entry = lookup(resolver.top, name);
  if (!entry) return false;
  bind(resolver.table, span, definitionOf(resolver, entry));
  resolver.used.add(entry);
  return true;
}

function noteArguments(resolver: Resolver, given: readonly Argument[], outputNamed: OutputNamed): void {
  for (const { name, value } of given) {
    if (name) bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    const output = name?.name === 'of' && value.kind === 'name' ? outputNamed(value.name) : undefined;
    if (output) bind(resolver.table, value.span, output);
    else note(resolver, value, outputNamed);
  }
}

function note(resolver: Resolver, node: Expression, outputNamed: OutputNamed): void {
  const { table } = resolver;
  const all = (...nodes: readonly Expression[]): void => nodes.forEach((inner) => note(resolver, inner, outputNamed));
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'size':
      return;
    case 'name':
      if (!noteName(resolver, node)) bind(table, node.span, wordKnown(table, 'word', node.name));
      return;
    case 'call': {
      const { name, span } = node.callee;
      bind(table, span, wordKnown(table, functions.has(name) ? 'function' : 'word', name));
      return noteArguments(resolver, node.arguments, outputNamed);
    }
    case 'tuple':
    case 'list':
      return all(...node.items);
    case 'unary':
      return all(node.operand);
    case 'binary':
      return all(node.left, node.right);
    case 'conditional':
      return all(node.condition, node.then, node.otherwise);
    case 'member':
      return all(node.tuple);
    case 'property':
      return all(node.value);
    case 'index':
      return all(node.list, node.index);
    case 'chain':
      for (const step of node.chain.steps) {
        if (step.kind !== 'step') continue;
        bind(table, step.callee.span, wordKnown(table, 'word', step.callee.name));
        noteArguments(resolver, step.arguments ?? [], outputNamed);
      }
      return;
    default:
      node satisfies never;
  }
}
