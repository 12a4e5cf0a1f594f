// Names in statements: what each may use, and which names it gives from there on.

import type {
  Body,
  ForStatement,
  Identifier,
  InputStatement,
  OutputStatement,
  Pattern,
  RepeatStatement,
  Statement,
} from '../../../grammar/ast.ts';
import { wordSettings } from '../build/pictures.ts';
import { functions } from '../values/evaluate.ts';
import { bind, wordKnown } from './bindings.ts';
import type { Named } from './bindings.ts';
import * as misuse from './misuse.ts';
import { notYet } from './not-yet.ts';
import { bindType } from './parameters.ts';
import { expression } from './resolve-expression.ts';
import { chain } from './resolve-step.ts';
import { define, definitionOf, openScope, report, use, warnUnused } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';
import type { Entry, Scope } from './scope.ts';

/** Where a statement stands. */
interface Around {
  /** Directly in a network, where inputs and outputs may stand. */
  readonly network: boolean;
  /** A step stands before it. */
  readonly flowed: boolean;
  readonly previous: Statement | undefined;
}

/** Resolves the statements between braces; their names are entered into `scope`. */
export function body(resolver: Resolver, { statements, incomplete }: Body, scope: Scope, network: boolean): void {
  if (incomplete) resolver.gaps += 1;
  let output: OutputStatement | undefined;
  let flowed = false;
  let previous: Statement | undefined;
  for (const item of statements) {
    if (output) report(resolver, misuse.afterOutput(item, output));
    if (item.kind === 'output') output ??= item;
    statement(resolver, item, scope, { network, flowed, previous });
    previous = item;
    if (item.kind !== 'input' && item.kind !== 'const') flowed = true;
  }
  if (incomplete) resolver.gaps -= 1;
  warnUnused(resolver, scope);
}

function statement(resolver: Resolver, item: Statement, scope: Scope, around: Around): void {
  switch (item.kind) {
    case 'input':
      return resolveInput(resolver, item, scope, around);
    case 'output':
      return resolveOutput(resolver, item, scope, around);
    case 'flow':
      chain(resolver, item.chain, scope);
      for (const name of item.names) {
        const entry: Entry = { kind: 'value', ref: undefined, span: name.span };
        define(resolver, 'value', name, entry, scope);
        // A single name is of use by itself: it names the weights.
        if (item.names.length === 1) resolver.used.add(entry);
      }
      return;
    case 'const':
      if (item.type) bindType(resolver.table, item.type);
      expression(resolver, item.value, scope);
      return defineVariable(resolver, 'constant', item.name, scope);
    case 'share':
    case 'learned':
      return report(resolver, notYet(item.span, item.kind));
    case 'repeat':
      return resolveRepeat(resolver, item, scope);
    case 'for':
      return resolveFor(resolver, item, scope);
    case 'if':
      for (const branch of item.branches) {
        expression(resolver, branch.condition, scope);
        resolver.inner(branch.body, scope);
      }
      if (item.otherwise) resolver.inner(item.otherwise, scope);
      return;
    default:
      item satisfies never;
  }
}

/** Enters a name for a number. */
export function defineVariable(resolver: Resolver, kind: Named['kind'], name: Identifier, scope: Scope): void {
  define(resolver, kind, name, { kind: 'variable', value: undefined, span: name.span }, scope);
}

function resolveRepeat(resolver: Resolver, item: RepeatStatement, scope: Scope): void {
  const { count, index, body: content, collect } = item;
  if (collect) report(resolver, notYet(collect.span, 'collect'));
  expression(resolver, count, scope);
  const loop = openScope(resolver, scope, content.span);
  if (index) defineVariable(resolver, 'variable', index, loop);
  resolver.inner(content, loop);
  warnUnused(resolver, loop);
}

function resolveFor(resolver: Resolver, item: ForStatement, scope: Scope): void {
  const { list, pattern, body: content, collect } = item;
  if (collect) report(resolver, notYet(collect.span, 'collect'));
  expression(resolver, list, scope);
  const loop = openScope(resolver, scope, content.span);
  const known = list.kind !== 'call' || functions.has(list.callee.name);
  for (const name of namesOf(pattern)) defineVariable(resolver, 'variable', name, loop);
  // Where the list is a mistake, what its variables are for is not known.
  if (!known) for (const entry of loop.names.values()) resolver.used.add(entry);
  resolver.inner(content, loop);
  warnUnused(resolver, loop);
}

function resolveInput(resolver: Resolver, item: InputStatement, scope: Scope, { network, flowed }: Around): void {
  if (!network) report(resolver, misuse.inputInside(item));
  else if (flowed) report(resolver, misuse.inputAfterStep(item));
  if (item.list) report(resolver, notYet(item.span, 'a list of inputs'));
  for (const extent of item.shape?.items ?? []) if (extent) expression(resolver, extent, scope);
  for (const { name, value } of item.settings) {
    bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    if (!wordSettings.has(name.name)) expression(resolver, value, scope);
    else if (value.kind === 'name') bind(resolver.table, value.span, wordKnown(resolver.table, 'word', value.name));
  }
  const entry: Entry = { kind: 'value', ref: undefined, span: item.name.span };
  resolver.used.add(entry);
  define(resolver, 'input', item.name, entry, scope);
}

function resolveOutput(resolver: Resolver, item: OutputStatement, scope: Scope, around: Around): void {
  if (!around.network) report(resolver, misuse.outputInside(item));
  const seen = new Set<string>();
  for (const [index, name] of item.names.entries()) {
    if (seen.has(name.name)) report(resolver, misuse.outputTwice(item, index));
    seen.add(name.name);
    const entry = lookup(scope, name.name);
    if (entry?.kind === 'value') use(resolver, entry, name.span);
    else if (entry) {
      bind(resolver.table, name.span, definitionOf(resolver, entry));
      report(resolver, misuse.outputOfNoValue(item, index, entry));
    } else if (resolver.quiet === 0) report(resolver, misuse.unknownOutput(name, scope, around.previous));
  }
  for (const { name, value } of item.settings) {
    bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    expression(resolver, value, scope);
  }
}

function* namesOf(pattern: Pattern): Generator<Identifier> {
  if (pattern.kind === 'bind') yield pattern.name;
  else for (const item of pattern.items) yield* namesOf(item);
}
