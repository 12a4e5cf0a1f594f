// Names in `train` and `expect` sections, which are read later: noted only, for nothing is said about them here.

import type { Argument, ExpectSection, Expression, TrainSection } from '../../../grammar/ast.ts';
import { functions } from '../values/evaluate.ts';
import { bind, wordKnown } from './bindings.ts';
import { definitionOf } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';

/** Notes the network of a section, its settings and the constants in them. */
export function noteSection(resolver: Resolver, section: TrainSection | ExpectSection): void {
  noteName(resolver, section.target);
  const lines =
    section.kind === 'train'
      ? section.settings
      : section.budgets.map(({ quantity, value }) => ({ name: quantity, value }));
  for (const { name, value } of lines) {
    bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    note(resolver, value);
  }
}

function noteName(resolver: Resolver, { name, span }: Pick<TrainSection['target'], 'name' | 'span'>): boolean {
  const entry = lookup(resolver.top, name);
  if (entry) bind(resolver.table, span, definitionOf(resolver, entry));
  return entry !== undefined;
}

function noteArguments(resolver: Resolver, given: readonly Argument[]): void {
  for (const { name, value } of given) {
    if (name) bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    note(resolver, value);
  }
}

function note(resolver: Resolver, node: Expression): void {
  const { table } = resolver;
  const all = (...nodes: readonly Expression[]): void => nodes.forEach((inner) => note(resolver, inner));
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
      return noteArguments(resolver, node.arguments);
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
        noteArguments(resolver, step.arguments ?? []);
      }
      return;
    default:
      node satisfies never;
  }
}
