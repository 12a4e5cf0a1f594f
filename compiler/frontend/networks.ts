// The networks of a file: which there are, which are asked for, and the values of their parameters.

import type { Argument, NetworkDefinition } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/parse.ts';
import type { Span } from '../../grammar/source.ts';
import { bindArguments } from './values/arguments.ts';
import { blockCallable } from './values/calls.ts';
import { problem } from './report.ts';
import type { Reporter } from './report.ts';
import { innerScope, lookup, moduleScope } from './names/scope.ts';
import type { Module } from './names/scope.ts';
import { suggest } from '../../grammar/suggest.ts';
import type { Value } from './values/types.ts';
import { evaluationAt, parameterEntry, parameterValue } from './expand/walk.ts';
import type { Expander } from './expand/walk.ts';

export interface Declaration {
  readonly name: string;
  readonly doc?: string;
  readonly span: Span;
  readonly bound: boolean;
  /** What it builds: itself, or the network that an alias stands for. */
  readonly definition: NetworkDefinition;
  readonly module: Module;
  /** The alias's arguments, and where they are written. */
  readonly arguments: readonly Argument[];
  readonly from: Module;
}

/** The networks and aliases that the file itself defines. Aliases of nothing are left out; they have been reported. */
export function declaredNetworks(root: Module): readonly Declaration[] {
  return root.file.definitions.flatMap((definition): Declaration[] => {
    if (definition.kind !== 'network' && definition.kind !== 'alias') return [];
    const entry = root.names.get(definition.name.name);
    if (entry?.kind !== 'network' || entry.definition !== definition) return [];
    const target = follow(definition.name.name, root);
    if (!target) return [];
    const { name, doc, span } = { ...definition, name: definition.name.name };
    const bound = unboundOf(target).length === 0;
    return [{ name, span, bound, ...target, ...(doc !== undefined && { doc }) }];
  });
}

/** Those whose names could not be read: they are looked at, never built. */
export function namelessNetworks(root: Module): readonly Declaration[] {
  return root.file.definitions.flatMap((definition): Declaration[] => {
    if (definition.kind !== 'network' || definition.name.name !== '') return [];
    const { span } = definition;
    return [{ name: '', span, bound: true, definition, module: root, arguments: [], from: root }];
  });
}

/** Follows aliases to a definition; an alias of an alias has all its arguments already. */
function follow(
  name: string,
  from: Module,
): Pick<Declaration, 'definition' | 'module' | 'arguments' | 'from'> | undefined {
  let given: readonly Argument[] = [];
  let where = from;
  const seen = new Set<unknown>();
  for (let entry = from.names.get(name); entry?.kind === 'network' && !seen.has(entry.definition);) {
    seen.add(entry.definition);
    if (entry.definition.kind === 'network') {
      return { definition: entry.definition, module: entry.module, arguments: given, from: where };
    }
    given = entry.definition.arguments;
    where = entry.module;
    entry = lookup(moduleScope(entry.module), entry.definition.target.name);
  }
  return undefined;
}

/** Parameters without a value; of a header that could not be read, none is known to lack one. */
function unboundOf({ definition, arguments: given }: Pick<Declaration, 'definition' | 'arguments'>): readonly string[] {
  if (definition.partial) return [];
  const bound = bindArguments(given, blockCallable(definition), definition.span);
  return definition.parameters
    .filter(({ name, default: value }) => !value && !bound.has(name.name))
    .map(({ name }) => name.name);
}

/** The networks to build: the one asked for, or all that have their parameters. */
export function selectNetworks(
  declared: readonly Declaration[],
  wanted: string | undefined,
  set: ReadonlyMap<string, string>,
  reporter: Reporter,
): readonly Declaration[] {
  const report = (code: string, message: string, more: { notes?: readonly string[] } = {}): void =>
    reporter.report({ code, severity: 'error', message, ...more });
  const named = wanted === undefined ? declared : declared.filter(({ name }) => name === wanted);
  if (wanted !== undefined && named.length === 0) {
    const names = declared.map(({ name }) => name);
    const suggestion = suggest(wanted, names);
    report('name/unknown-network', `there is no network \`${wanted}\` in this file`, {
      notes: [
        ...(suggestion === undefined ? [] : [`did you mean \`${suggestion}\`?`]),
        names.length === 0 ? 'it defines none' : `it defines ${names.join(', ')}`,
      ],
    });
    return [];
  }
  const parameters = new Set(named.flatMap(({ definition }) => definition.parameters.map(({ name }) => name.name)));
  for (const name of set.keys()) {
    if (parameters.has(name)) continue;
    const suggestion = suggest(name, parameters);
    report('argument/set', `no network here has a parameter \`${name}\` to set`, {
      notes: [
        ...(suggestion === undefined ? [] : [`did you mean \`${suggestion}\`?`]),
        parameters.size === 0 ? 'there are none' : `there are ${[...parameters].join(', ')}`,
      ],
    });
  }
  return named.filter((declaration) => {
    const missing = unboundOf(declaration).filter((name) => !set.has(name));
    if (missing.length > 0 && wanted !== undefined) {
      reporter.report(
        problem(
          'argument/missing',
          declaration.span,
          `\`${wanted}\` needs ${missing.map((name) => `\`${name}\``).join(' and ')}`,
          {
            found: `network ${wanted}`,
            expected: `values for ${missing.join(', ')}`,
            notes: [
              `give it with ${missing.map((name) => `--set ${name}=…`).join(' ')}, or name it: \`network Small = ${wanted}(${missing.map((name) => `${name}: …`).join(', ')})\``,
            ],
          },
        ),
      );
    }
    return missing.length === 0;
  });
}

/** The values of the parameters: those set, the alias's arguments, defaults. Undefined where a mistake was reported. */
export function bindParameters(
  declaration: Declaration,
  set: ReadonlyMap<string, string>,
  expander: Expander,
): ReadonlyMap<string, Value | undefined> {
  const { reporter } = expander;
  const { definition, module, from } = declaration;
  const written = bindArguments(declaration.arguments, blockCallable(definition), declaration.span);
  const scope = innerScope(moduleScope(module));
  const values = new Map<string, Value | undefined>();
  for (const parameter of definition.parameters) {
    const { name, span } = parameter.name;
    const [text, argument] = [set.get(name), written.get(name)];
    const at = evaluationAt(expander, { scope: argument && text === undefined ? moduleScope(from) : scope }, span);
    const source = text === undefined ? (argument?.value ?? parameter.default) : setExpression(name, text, reporter);
    const errors = reporter.errors;
    const value = source && parameterValue(parameter, source, at);
    if (text !== undefined && source && !value && reporter.errors === errors) refuseSet(name, text, reporter);
    values.set(name, value);
    scope.names.set(name, parameterEntry(parameter, value));
  }
  return values;
}

function setExpression(name: string, text: string, reporter: Reporter) {
  const { file, diagnostics } = parse({ path: '--set', text: `const ${name} = ${text}` });
  const [definition] = file.definitions;
  if (
    diagnostics.length === 0 &&
    file.definitions.length === 1 &&
    file.imports.length === 0 &&
    definition?.kind === 'const'
  ) {
    return definition.value;
  }
  refuseSet(
    name,
    text,
    reporter,
    diagnostics.find(({ code }) => code === 'syntax/number-size'),
  );
  return undefined;
}

/** `tooLarge`: what the parser says of a number in it. */
function refuseSet(name: string, text: string, reporter: Reporter, tooLarge?: Diagnostic): void {
  reporter.report({
    code: 'argument/set',
    severity: 'error',
    message: tooLarge
      ? `a number in the value set for \`${name}\` is too large`
      : `the value set for \`${name}\` is not an expression of the language`,
    found: text.length > 80 ? `${text.slice(0, 80)}…` : text,
    expected: tooLarge?.expected ?? 'for example 10, 3x3, [(1, 64), (2, 128)]',
  });
}
