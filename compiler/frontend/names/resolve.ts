// Names: every name of a file means something, is defined once, and stands where it may. This looks at the text alone,
// so it also sees what is never called or never taken; values and shapes come later. What it finds is a table (bindings)
// that expansion reads.

import type { AliasDefinition, BlockDefinition, File, NetworkDefinition } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import { bindArguments } from '../values/arguments.ts';
import { blockCallable } from '../values/calls.ts';
import type { Reporter } from '../report.ts';
import { bind, bindingTable, finishBindings, namedBy } from './bindings.ts';
import type { Bindings, BindingTable } from './bindings.ts';
import { classifyForBlock } from './classify.ts';
import { findCycle } from './cycles.ts';
import { unknownName } from './foreign.ts';
import { together } from './foreign/together.ts';
import * as misuse from './misuse.ts';
import { bindParameterNames, bindType } from './parameters.ts';
import type { Project } from './project.ts';
import { expression } from './resolve-expression.ts';
import { noteSection } from './resolve-sections.ts';
import { body, defineVariable } from './resolve-statement.ts';
import { blockArgument, chain } from './resolve-step.ts';
import { define, definitionOf, openScope, report, use, warnHiding, warnUnused, wholeOf } from './resolver.ts';
import type { Dependent, Resolver } from './resolver.ts';
import { lookup, moduleScope, networksOf } from './scope.ts';
import type { Module } from './scope.ts';

export interface Resolution {
  /** Blocks and constants that depend on themselves: never to be expanded. */
  readonly recursive: ReadonlySet<Dependent>;
  /** Shapes of the file itself that hold nothing but `_`. */
  readonly blanks: readonly Span[];
  /** What the names of all files stand for. */
  readonly bindings: Bindings;
}

/** Finds what each name of the project stands for, before anything is expanded. Errors are reported. */
export function resolve(project: Project, operators: OperatorTable, reporter: Reporter): Resolution {
  const recursive = new Set<Dependent>();
  const table = bindingTable();
  let blanks: readonly Span[] = [];
  for (const module of project.modules) {
    const resolver = createResolver(module, operators, reporter, table);
    for (const definition of resolveModule(resolver)) recursive.add(definition);
    if (module === project.root) blanks = resolver.blanks;
  }
  return { recursive, blanks, bindings: finishBindings(table) };
}

function createResolver(module: Module, operators: OperatorTable, reporter: Reporter, table: BindingTable): Resolver {
  const resolver: Resolver = {
    module,
    operators,
    reporter,
    table,
    top: moduleScope(module),
    used: new Set(),
    renamed: new Set(),
    disputed: new Set(),
    named: new Map(),
    parts: new Map(),
    blanks: [],
    foreign: [],
    gaps: module.incomplete ? 1 : 0,
    unread: [],
    quiet: 0,
    within: new Map(),
    chain: (content, scope) => chain(resolver, content, scope),
    inner: (content, scope) => body(resolver, content, openScope(resolver, scope, content.span)),
  };
  return resolver;
}

/** The definitions of a file that depend on themselves. */
function resolveModule(resolver: Resolver): ReadonlySet<Dependent> {
  const { module, top } = resolver;
  const { definitions } = module.file;
  /** What each block or constant of this file depends on. */
  const uses = new Map<Dependent, Map<Dependent, Span>>();
  bindImports(resolver);
  for (const [name, entry] of module.names) warnHiding(resolver, name, entry.span);
  for (const definition of definitions) {
    resolver.within = new Map();
    if (definition.kind === 'block' || definition.kind === 'const') uses.set(definition, resolver.within);
    resolveDefinition(resolver, definition);
    for (const diagnostic of together(resolver.foreign)) report(resolver, diagnostic);
    resolver.foreign = [];
  }
  if (definitions.some(({ kind }) => kind === 'network' || kind === 'alias')) warnUnused(resolver, top);
  return findCycle(uses, (diagnostic) => report(resolver, diagnostic));
}

/** Names that come from other files: those names there, and here aliases for them. */
function bindImports(resolver: Resolver): void {
  const { module, table, named } = resolver;
  for (const { name, alias } of module.file.imports.flatMap(({ names }) => names)) {
    const local = alias ?? name;
    const entry = module.names.get(local.name);
    // A second one of that name has been reported.
    if (entry?.span !== local.span) continue;
    const scope = wholeOf(local.span.source);
    if (entry.kind === 'missing') {
      const definition = namedBy(table, local, () => ({ kind: 'missing', name: local.name, span: local.span, scope }));
      named.set(entry, definition);
      bind(table, local.span, definition, true);
      continue;
    }
    const original = definitionOf(resolver, entry);
    bind(table, name.span, original);
    if (!alias || !('span' in original)) continue;
    const definition = { ...original, name: alias.name, span: alias.span, scope, original };
    named.set(entry, definition);
    bind(table, alias.span, definition, true);
  }
}

function resolveDefinition(resolver: Resolver, definition: File['definitions'][number]): void {
  const { table } = resolver;
  if ('name' in definition) bindOwn(resolver, definition);
  switch (definition.kind) {
    case 'block':
    case 'network':
      return resolveCallable(resolver, definition);
    case 'const':
      if (definition.type) bindType(table, definition.type);
      return expression(resolver, definition.value, resolver.top);
    case 'alias':
      return resolveAlias(resolver, definition);
    case 'train':
    case 'expect':
      return noteSection(resolver, definition);
    default:
      definition satisfies never;
  }
}

/** Notes the name of a definition; of two with one name, the first has it. */
function bindOwn(resolver: Resolver, { name }: Extract<File['definitions'][number], { readonly name: unknown }>): void {
  const entry = resolver.module.names.get(name.name);
  if (entry) bind(resolver.table, name.span, definitionOf(resolver, entry), true);
}

function resolveCallable(resolver: Resolver, definition: BlockDefinition | NetworkDefinition): void {
  const { table, top } = resolver;
  if (definition.partial) resolver.gaps += 1;
  const scope = openScope(resolver, top, definition.span);
  for (const { name, type, default: value } of definition.parameters) {
    if (type.span.start !== name.span.start) bindType(table, type);
    const isBlock = type.kind === 'named' && type.name === 'block';
    if (value) (isBlock ? blockArgument : expression)(resolver, value, scope);
    if (isBlock) define(resolver, 'parameter', name, { kind: 'step', step: undefined, span: name.span }, scope);
    else defineVariable(resolver, 'parameter', name, scope);
  }
  body(resolver, definition.body, openScope(resolver, scope, definition.body.span), definition.kind);
  if (definition.partial) resolver.gaps -= 1;
  warnUnused(resolver, scope);
}

/** `network N = nn.Sequential(…)`, and Flux's `Chain(…)`. */
const isSequence = (name: string): boolean => /(?:^|\.)(?:Sequential|Chain|Model)$/.test(name);

function resolveAlias(resolver: Resolver, { target, arguments: given, span }: AliasDefinition): void {
  const { top, table, module, operators } = resolver;
  const entry = lookup(top, target.name);
  if (entry?.kind === 'network') {
    use(resolver, entry, target.span);
    const { definition } = entry;
    if (definition.kind === 'network') {
      bindParameterNames(table, given, definition);
      const classified = classifyForBlock(definition, given, () => top, operators);
      for (const { kind, argument } of classified)
        (kind === 'block' ? blockArgument : expression)(resolver, argument.value, top);
      if (!definition.partial)
        bindArguments(given, blockCallable(definition), span, (diagnostic) => report(resolver, diagnostic));
      return;
    }
    if (given.length > 0) report(resolver, misuse.argumentsOfAlias(target, given));
  } else if (entry?.kind === 'missing') use(resolver, entry, target.span);
  else if (entry) {
    bind(table, target.span, definitionOf(resolver, entry));
    report(resolver, misuse.notANetwork(target, entry));
  } else if (isSequence(target.name)) {
    report(resolver, misuse.sequenceAsNetwork(target));
  } else report(resolver, unknownName(target, networksOf(module), 'network'));
  for (const argument of given) expression(resolver, argument.value, top);
}
