// What the parts of the resolution of a file share: its state, what is said and what is kept silent, and how names are
// defined and used.

import type {
  Argument,
  BlockDefinition,
  Body,
  CallStep,
  Chain,
  ConstDefinition,
  Expression,
  Identifier,
} from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Source, Span } from '../../../grammar/source.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { visit } from '../../../grammar/visit.ts';
import { invariant } from '../../ir/invariant.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import { isValueArgument } from '../values/calls.ts';
import type { Reporter } from '../report.ts';
import { bind, namedBy } from './bindings.ts';
import type { BindingTable, Definition, Named } from './bindings.ts';
import { closingWords, isForeign, lookupOperator, unknownStep } from './foreign.ts';
import type { UnknownStep } from './foreign/together.ts';
import { hiddenName } from './hidden.ts';
import * as misuse from './misuse.ts';
import { duplicate } from './project.ts';
import { innerScope, lookup } from './scope.ts';
import type { Entry, Module, Scope } from './scope.ts';

/** What can depend on itself. */
export type Dependent = BlockDefinition | ConstDefinition;

/** The resolution of one file under way. */
export interface Resolver {
  readonly module: Module;
  readonly operators: OperatorTable;
  readonly reporter: Reporter;
  readonly table: BindingTable;
  /** The file's definitions and imports. */
  readonly top: Scope;
  readonly used: Set<Entry>;
  /** Values whose name was given again. */
  readonly renamed: Set<Entry>;
  /** Names that were given again to something of another kind: what they stand for from then on is not known. */
  readonly disputed: Set<Entry>;
  readonly named: Map<Entry, Named>;
  readonly parts: Map<Scope, Span>;
  readonly blanks: Span[];
  /** Steps of other frameworks in the definition at hand. */
  foreign: UnknownStep[];
  /** How many of the bodies around, and of what holds them, are known in part only. */
  gaps: number;
  /** Of those bodies, the words in statements that could not be read. */
  readonly unread: ReadonlySet<string>[];
  /** Above 0 inside of what has been reported as a whole: names are noted, and nothing is said. */
  quiet: number;
  /** What the definition at hand depends on. */
  within: Map<Dependent, Span>;
  /** Resolves a chain that is an argument. */
  chain(content: Chain, scope: Scope): void;
  /** Resolves a path, a loop's body or a branch. */
  inner(content: Body, scope: Scope): void;
}

/** Whether there are few mistakes so far: after that many no nearest name is looked for. */
export function areFew({ reporter }: Resolver): boolean {
  return reporter.errors < 200;
}

/** Reports, unless it is a consequence of what could not be read. */
export function report(resolver: Resolver, diagnostic: Diagnostic): void {
  if (resolver.quiet > 0) return;
  if (resolver.gaps > 0 && isNameError(resolver, diagnostic)) return;
  const { module, reporter } = resolver;
  if (areFew(resolver) && diagnostic.code.startsWith('name/unknown') && isFailedImport(module, diagnostic.found))
    return;
  reporter.report(diagnostic);
}

/** A name or an argument that stands where the text could not be read is no second mistake. */
function isNameError({ gaps, unread }: Resolver, { code, fixes, found = '', span }: Diagnostic): boolean {
  if (code === 'argument/missing') return true;
  if (code !== 'name/unknown' && code !== 'name/unknown-step') return false;
  if (unread.some((words) => words.has(found))) return true;
  // It ends what could not be read.
  if (closingWords.has(found)) return true;
  // What has arguments is no value that could not be read; a whole header or definition that is missing may define it.
  const isCalled = code === 'name/unknown-step' && span?.source.text[span.end] === '(';
  if (isCalled && gaps === unread.length) return false;
  // What is near another name is a slip.
  const isSlip = fixes?.some(({ edits }) => edits) && (code === 'name/unknown-step' || gaps === unread.length);
  return !isSlip && !(code === 'name/unknown-step' && isForeign(found));
}

/** Whether a name that means nothing is what an import that failed was to bring. */
function isFailedImport({ names }: Module, name = ''): boolean {
  const missing = [...names].flatMap(([known, { kind }]) => (kind === 'missing' ? [known] : []));
  return missing.length > 0 && suggest(name, missing) !== undefined;
}

/** Notes what is inside of something that has been reported, and says no more about it. */
export function quietly(resolver: Resolver, resolve: () => void): void {
  resolver.quiet += 1;
  resolve();
  resolver.quiet -= 1;
}

/** Resolves a part of a statement that could not be read: what is wrong with it is said when it can be. */
export function unread(resolver: Resolver, resolve: () => void): void {
  const { foreign, blanks, reporter } = resolver;
  const noted = blanks.length;
  resolver.foreign = [];
  reporter.quietly(resolve);
  resolver.foreign = foreign;
  blanks.length = noted;
}

/** The scope between braces, or of a definition's parameters. */
export function openScope({ parts }: Resolver, parent: Scope, part: Span): Scope {
  const scope = innerScope(parent);
  parts.set(scope, part);
  return scope;
}

/** All of a file, as a place. */
export function wholeOf(source: Source): Span {
  return { source, start: 0, end: source.text.length };
}

/** What an entry of a scope is in the table. */
export function definitionOf({ named, table }: Resolver, entry: Entry): Definition {
  const known = named.get(entry);
  if (known) return known;
  invariant('definition' in entry, () => `nothing defines this ${entry.kind}`);
  const { name, span } = entry.definition.name;
  const kind = entry.kind === 'const' ? 'constant' : entry.kind;
  return namedBy(table, entry.definition, () => ({ kind, name, span, scope: wholeOf(span.source) }));
}

/** Enters a name; one that is taken is reported and keeps what it stands for. */
export function define(resolver: Resolver, kind: Named['kind'], name: Identifier, entry: Entry, scope: Scope): void {
  const { reporter, renamed, named, table, parts, disputed } = resolver;
  const first = lookup(scope, name.name);
  if (first) {
    bind(table, name.span, definitionOf(resolver, first), true);
    if (entry.kind !== first.kind) disputed.add(first);
    if (entry.kind !== 'value' || first.kind !== 'value')
      return report(resolver, duplicate(name.name, name.span, first.span));
    // A name that goes from line to line, as in Python, is one mistake.
    if (!renamed.has(first)) report(resolver, misuse.namedAgain(name, first));
    renamed.add(first);
    return resolver.quiet > 0 ? undefined : reporter.covers(name.span);
  }
  warnHiding(resolver, name.name, name.span);
  const { name: written, span } = name;
  const definition = namedBy(table, name, () => ({
    kind,
    name: written,
    span,
    scope: parts.get(scope) ?? wholeOf(span.source),
  }));
  named.set(entry, definition);
  bind(table, span, definition, true);
  scope.names.set(written, entry);
}

/** Warns of a name that an operator has. */
export function warnHiding(resolver: Resolver, name: string, span: Span): void {
  if (!lookupOperator(resolver.operators, name)) return;
  report(resolver, misuse.hidesOperator(name, span));
}

/** Warns of names that nothing used. */
export function warnUnused(resolver: Resolver, scope: Scope): void {
  const { module, used } = resolver;
  if (module.broken) return;
  for (const [name, entry] of scope.names) {
    if (used.has(entry) || name.startsWith('_')) continue;
    const imported = 'module' in entry && entry.module !== module;
    if (entry.kind === 'block' && !imported) continue;
    if (entry.kind === 'network' || entry.kind === 'missing') continue;
    report(resolver, misuse.unused(name, entry.span));
  }
}

/** Notes a name that is used. */
export function use(resolver: Resolver, entry: Entry, span: Span): void {
  bind(resolver.table, span, definitionOf(resolver, entry));
  if (resolver.quiet > 0) return;
  resolver.used.add(entry);
  const { within } = resolver;
  if ((entry.kind === 'block' || entry.kind === 'const') && !within.has(entry.definition))
    within.set(entry.definition, span);
}

/** What stands in it is not unused. */
export function markUsed({ used }: Resolver, node: Expression, scope: Scope): void {
  visit(node, ({ name }) => {
    const entry = typeof name === 'string' ? lookup(scope, name) : undefined;
    if (entry) used.add(entry);
  });
}

/** Whether an expression names a value or is a step. */
export function flows({ operators }: Resolver, node: Expression, scope: Scope): boolean {
  return isValueArgument(node, scope, operators);
}

/** What is said of a step that means nothing. */
export function unknownStepAt(resolver: Resolver, step: CallStep, scope: Scope, first: boolean): UnknownStep {
  const hidden = hiddenName(resolver, step.callee, scope, 'name/unknown-step');
  if (hidden) return { diagnostic: hidden };
  const isFlowing = ({ value }: Argument): boolean => flows(resolver, value, scope);
  return unknownStep(step, { scope, operators: resolver.operators, first, isFlowing, suggests: areFew(resolver) });
}

/** A step that is one mistake, whatever its arguments are. */
export function whole(resolver: Resolver, step: CallStep, scope: Scope, tell: () => void): void {
  if (resolver.quiet > 0) return;
  tell();
  resolver.reporter.covers(step.span);
  for (const argument of [...(step.arguments ?? []), ...(step.input ?? [])]) markUsed(resolver, argument.value, scope);
}
