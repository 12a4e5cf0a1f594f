// Names in statements: what each may use, and which names it gives from there on.

import type {
  Body,
  Chain,
  FlowStatement,
  ForStatement,
  Identifier,
  InputStatement,
  OutputStatement,
  Pattern,
  RepeatStatement,
  ShareStatement,
  Statement,
} from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { wordSettings } from '../build/pictures.ts';
import { givesList, isList, isNamedValue } from '../values/calls.ts';
import { functions } from '../values/evaluate.ts';
import { bind, wordKnown } from './bindings.ts';
import type { Named } from './bindings.ts';
import { hiddenName } from './hidden.ts';
import * as misuse from './misuse-border.ts';
import { namedNumber, withoutConst } from './named-number.ts';
import { bindType } from './parameters.ts';
import { expression, held } from './resolve-expression.ts';
import { chain } from './resolve-step.ts';
import { define, definitionOf, openScope, report, unread, use, warnUnused } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';
import type { Entry, Scope } from './scope.ts';

/** Where a statement stands. */
interface Around {
  /** Directly in what, where inputs and outputs may stand; absent in a path, loop or condition. */
  readonly owner: Owner | undefined;
  /** The inputs before it. */
  readonly inputs: readonly InputStatement[];
  /** Names that the outputs before it put out; its own are added. */
  readonly put: Set<string>;
  /** A step stands before it. */
  readonly flowed: boolean;
  readonly previous: Statement | undefined;
}

export type Owner = 'network' | 'block';

/** Resolves the statements between braces; their names are entered into `scope`. */
export function body(
  resolver: Resolver,
  { statements, incomplete, gaps = [] }: Body,
  scope: Scope,
  owner?: Owner,
): void {
  if (incomplete) {
    resolver.gaps += 1;
    resolver.unread.push(new Set(gaps.flatMap(({ span }) => textOf(span).match(/\w+/g) ?? [])));
  }
  const put = new Set<string>();
  let firstOutput: OutputStatement | undefined;
  let flowed = false;
  const inputs: InputStatement[] = [];
  let previous: Statement | undefined;
  const readGaps = (index: number): void => {
    for (const { after, begun, held } of gaps) {
      if (after !== index) continue;
      if (begun) unread(resolver, () => chain(resolver, begun.chain, scope));
      for (const inner of held?.bodies ?? []) resolver.inner(inner, scope);
    }
  };
  for (const [index, item] of statements.entries()) {
    readGaps(index);
    if (item.kind === 'output') firstOutput ??= item;
    else if (firstOutput) report(resolver, misuse.afterOutput(item, firstOutput));
    statement(resolver, item, scope, { owner, inputs, put, flowed, previous });
    previous = item;
    if (item.kind === 'input') inputs.push(item);
    else if (!['const', 'share', 'learned'].includes(item.kind)) flowed = true;
  }
  readGaps(statements.length);
  if (incomplete) {
    resolver.gaps -= 1;
    resolver.unread.pop();
  }
  warnUnused(resolver, scope);
}

function statement(resolver: Resolver, item: Statement, scope: Scope, around: Around): void {
  switch (item.kind) {
    case 'input':
      return resolveInput(resolver, item, scope, around);
    case 'output':
      return resolveOutput(resolver, item, scope, around);
    case 'flow':
      return resolveFlow(resolver, item, scope);
    case 'share':
      chain(resolver, item.chain, scope);
      startsFromValue(resolver, item);
      return define(resolver, 'share', item.name, { kind: 'step', step: undefined, span: item.name.span }, scope);
    case 'learned':
      for (const extent of item.shape.items) if (extent) expression(resolver, extent, scope);
      if (item.value) expression(resolver, item.value, scope);
      return define(resolver, 'learned', item.name, { kind: 'value', ref: undefined, span: item.name.span }, scope);
    case 'const':
      if (item.type) bindType(resolver.table, item.type);
      expression(resolver, item.value, scope);
      return defineVariable(resolver, 'constant', item.name, scope);
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

function resolveFlow(resolver: Resolver, item: FlowStatement, scope: Scope): void {
  const number = namedNumber(item, scope, resolver.operators);
  if (number) {
    const { errors } = resolver.reporter;
    expression(resolver, number, scope);
    // What it is calculated from may be meant as a value.
    if (resolver.reporter.errors === errors) report(resolver, withoutConst(item, number));
    resolver.table.numbers.set(item, number);
    return defineVariable(resolver, 'constant', item.names[0]!, scope);
  }
  chain(resolver, item.chain, scope);
  for (const name of item.names) {
    const { span } = name;
    const several = item.names.length === 1 && isInList(resolver, item.chain, scope);
    const entry: Entry = several ? { kind: 'values', items: [], span } : { kind: 'value', ref: undefined, span };
    define(resolver, 'value', name, entry, scope);
    // A single name is of use by itself: it names the weights.
    if (item.names.length === 1) resolver.used.add(entry);
  }
}

/** Enters a name for a number. */
export function defineVariable(resolver: Resolver, kind: Named['kind'], name: Identifier, scope: Scope): void {
  define(resolver, kind, name, { kind: 'variable', value: undefined, span: name.span }, scope);
}

/** Enters a list of values. */
function defineList(resolver: Resolver, kind: Named['kind'], name: Identifier, scope: Scope): Entry {
  const entry: Entry = { kind: 'values', items: [], span: name.span };
  define(resolver, kind, name, entry, scope);
  return entry;
}

function resolveRepeat(
  resolver: Resolver,
  { count, index, collect, body: content }: RepeatStatement,
  scope: Scope,
): void {
  expression(resolver, count, scope);
  const loop = openScope(resolver, scope, content.span);
  if (index) defineVariable(resolver, 'variable', index, loop);
  resolver.inner(content, loop);
  warnUnused(resolver, loop);
  if (collect) defineList(resolver, 'value', collect, scope);
}

function resolveFor(resolver: Resolver, { list, pattern, collect, body: content }: ForStatement, scope: Scope): void {
  const ofValues = isList(list, scope);
  // That a value is no list is said when it is expanded.
  const ofValue = !ofValues && isNamedValue(list, scope);
  if (ofValues || ofValue) held(resolver, list, scope);
  else expression(resolver, list, scope);
  const loop = openScope(resolver, scope, content.span);
  const known = !ofValue && (list.kind !== 'call' || functions.has(list.callee.name));
  if ((ofValues || ofValue) && pattern.kind === 'bind')
    define(resolver, 'value', pattern.name, { kind: 'value', ref: undefined, span: pattern.name.span }, loop);
  else for (const name of namesOf(pattern)) defineVariable(resolver, 'variable', name, loop);
  // Where the list is a mistake, what its variables are for is not known.
  if (!known) for (const entry of loop.names.values()) resolver.used.add(entry);
  resolver.inner(content, loop);
  warnUnused(resolver, loop);
  if (collect) defineList(resolver, 'value', collect, scope);
}

function resolveInput(resolver: Resolver, item: InputStatement, scope: Scope, around: Around): void {
  const { owner, flowed, inputs } = around;
  if (!owner) report(resolver, misuse.inputInside(item));
  else if (flowed) report(resolver, misuse.inputAfterStep(item));
  else if (inputs.at(-1)?.list) report(resolver, misuse.inputAfterList(item, inputs.at(-1)!));
  else inputOf(resolver, item, owner);
  for (const extent of item.shape?.items ?? []) if (extent) expression(resolver, extent, scope);
  for (const { name, value } of item.settings) {
    bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    if (!wordSettings.has(name.name)) expression(resolver, value, scope);
    else if (value.kind === 'name') bind(resolver.table, value.span, wordKnown(resolver.table, 'word', value.name));
  }
  if (item.list) {
    resolver.used.add(defineList(resolver, 'input', item.name, scope));
    return;
  }
  const entry: Entry = { kind: 'value', ref: undefined, span: item.name.span };
  // What a block takes first flows.
  if (owner !== 'block' || inputs.length === 0) resolver.used.add(entry);
  define(resolver, 'input', item.name, entry, scope);
}

/** Of a network an input has a shape; of a block it has no settings. */
function inputOf(resolver: Resolver, item: InputStatement, owner: Owner): void {
  if (owner === 'network') {
    if (item.list) report(resolver, misuse.listInput(item));
    else if (!item.shape) report(resolver, misuse.inputWithoutShape(item));
  } else if (item.settings.length > 0) report(resolver, misuse.settingsInBlock(item));
}

function resolveOutput(resolver: Resolver, item: OutputStatement, scope: Scope, around: Around): void {
  if (!around.owner) report(resolver, misuse.outputInside(item));
  else if (around.owner === 'block' && item.settings.length > 0) report(resolver, misuse.settingsInBlock(item));
  for (const [index, name] of item.names.entries()) {
    if (around.put.has(name.name)) report(resolver, misuse.outputTwice(item, index));
    around.put.add(name.name);
    const entry = lookup(scope, name.name);
    if (entry?.kind === 'value' || entry?.kind === 'values') use(resolver, entry, name.span);
    else if (entry) {
      bind(resolver.table, name.span, definitionOf(resolver, entry));
      report(resolver, misuse.outputOfNoValue(item, index, entry));
    } else if (resolver.quiet === 0)
      report(resolver, hiddenName(resolver, name, scope) ?? misuse.unknownOutput(name, scope, around.previous));
  }
  for (const { name, value } of item.settings) {
    bind(resolver.table, name.span, wordKnown(resolver.table, 'setting', name.name));
    expression(resolver, value, scope);
  }
}

/** A share takes what flows where it is used: a value before its steps would always be the same. */
function startsFromValue(resolver: Resolver, { chain: { steps } }: ShareStatement): void {
  const [first] = steps;
  if (first?.kind === 'step' && resolver.table.calls.get(first)?.kind === 'value')
    report(resolver, misuse.valueInShare(first, steps[1]));
}

/** Whether a chain gives a list: of a block with several results, or the list that it is. */
function isInList({ table }: Resolver, { steps, shape }: Chain, scope: Scope): boolean {
  const last = steps.at(-1);
  if (!last || shape || last.kind === 'parallel') return false;
  if (last.kind === 'operation') return isList(last.value, scope) || last.value.kind === 'tuple';
  const call = table.calls.get(last);
  if (call?.kind === 'value') return lookup(scope, last.callee.name)?.kind === 'values';
  return call?.kind === 'block' && givesList(call.definition);
}

function* namesOf(pattern: Pattern): Generator<Identifier> {
  if (pattern.kind === 'bind') yield pattern.name;
  else for (const item of pattern.items) yield* namesOf(item);
}
