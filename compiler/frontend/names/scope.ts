// Names and what they stand for. A file's definitions form the outermost scope; every pair of braces opens one inside.

import type {
  AliasDefinition,
  Argument,
  BlockDefinition,
  Chain,
  ConstDefinition,
  File,
  NetworkDefinition,
} from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Operator } from '../../ir/operator.ts';

/** A file with its definitions and imports under the names they have in it. */
export interface Module {
  readonly file: File;
  readonly names: Map<string, Entry>;
  /** Some of its definitions could not be read: a name that means nothing may be one of them. */
  readonly incomplete: boolean;
  /** Something in it was not read: what looks unused may be used there. */
  readonly broken: boolean;
}

/** A value that flows, numbered by the expansion; `undefined` where a mistake made it unknown (it then silences all that follows). */
export type Ref = number | undefined;

/** What an expression has for a value when compiling. */
export type Value =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'size'; readonly height: number; readonly width: number }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Value[] }
  | FlowingValue
  /** What a parameter of type `block` is given. */
  | BlockValue;

/** A value that flows, as an item of a list. */
export interface FlowingValue {
  readonly kind: 'flowing';
  readonly ref: Ref;
}

/** A block or an operator with the arguments that are bound to it already: `group_norm(32)`. */
export interface BlockValue {
  readonly kind: 'block';
  readonly target:
    | { readonly kind: 'block'; readonly definition: BlockDefinition; readonly module: Module }
    | { readonly kind: 'operator'; readonly operator: Operator }
    | SharedStep;
  readonly given: readonly GivenArgument[];
  /** As it is written. */
  readonly text: string;
}

/** An argument, and where it is written: that is what its names stand for. */
export interface GivenArgument {
  readonly argument: Argument;
  readonly scope: Scope;
}

/** `share NAME = chain`: steps with one set of weights. */
export interface SharedStep {
  readonly kind: 'share';
  readonly name: string;
  readonly chain: Chain;
  /** Where it is declared. */
  readonly scope: Scope;
  /** What the names of its weights begin with. */
  readonly weights: string;
  /** The place of its weights among all. */
  readonly slot: object;
}

export type Definable =
  | { readonly kind: 'block'; readonly definition: BlockDefinition; readonly module: Module }
  | { readonly kind: 'network'; readonly definition: NetworkDefinition | AliasDefinition; readonly module: Module }
  | { readonly kind: 'const'; readonly definition: ConstDefinition; readonly module: Module };

export type Entry = (
  | Definable
  /** A parameter, a loop variable or a local constant. */
  | { readonly kind: 'variable'; readonly value: Value | undefined }
  /** `given`: an input of a block besides the one that flows. Whether it is the same value is up to the caller. */
  | { readonly kind: 'value'; readonly ref: Ref; readonly given?: boolean }
  /** A list of values that flow; undefined after a mistake, as is how many there are. */
  | { readonly kind: 'values'; readonly items: readonly FlowingValue[] | undefined; readonly given?: boolean }
  /** A `share`, or a parameter of type `block`; nothing before it is expanded, and after a mistake. */
  | { readonly kind: 'step'; readonly step: BlockValue | SharedStep | undefined }
  /** An import that failed: reported once, and silent wherever it is used. */
  | { readonly kind: 'missing' }
) & {
  /** Where this file names it. */
  readonly span: Span;
};

export interface Scope {
  readonly module: Module;
  readonly parent?: Scope;
  readonly names: Map<string, Entry>;
}

/** The outermost scope of a file: its definitions and imports. */
export function moduleScope(module: Module): Scope {
  return { module, names: module.names };
}

/** An empty scope that sees all of `parent`. */
export function innerScope(parent: Scope): Scope {
  return { module: parent.module, parent, names: new Map() };
}

/** What the name stands for, the innermost definition first. */
export function lookup(scope: Scope, name: string): Entry | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const entry = at.names.get(name);
    if (entry) return entry;
  }
  return undefined;
}

/** All visible names with what they stand for, inner ones first. */
export function* visible(scope: Scope): Generator<readonly [string, Entry]> {
  for (let at: Scope | undefined = scope; at; at = at.parent) yield* at.names;
}

/** What a name stands for, in words: `a block`, `a value`. */
export function describeEntry(entry: Entry): string {
  switch (entry.kind) {
    case 'block':
    case 'network':
    case 'value':
      return `a ${entry.kind}`;
    case 'step':
      return 'a step';
    case 'values':
      return 'a list of values';
    case 'missing':
      return 'unknown';
    case 'const':
      return 'a constant';
    case 'variable':
      return 'a variable';
    default:
      return entry satisfies never;
  }
}

/** Names of the networks that the file defines, in the order of the text. */
export function networksOf(module: Module): string[] {
  return [...module.names].filter(([, entry]) => entry.kind === 'network').map(([name]) => name);
}

/** Names of all visible numbers, inner ones first. */
export function* variablesOf(scope: Scope): Generator<string> {
  for (const [name, { kind }] of visible(scope)) if (kind === 'variable' || kind === 'const') yield name;
}

/** Names of all visible values that flow, inner ones first. */
export function* valuesOf(scope: Scope): Generator<string> {
  for (const [name, { kind }] of visible(scope)) if (kind === 'value' || kind === 'values') yield name;
}
