// What every name of a project's text stands for: a table from places to definitions. Expansion reads its calls from it,
// and an editor would read definitions, references and new names.

import type { BlockDefinition, CallStep, Expression, FlowStatement } from '../../../grammar/ast.ts';
import type { Source, Span } from '../../../grammar/source.ts';
import type { Operator } from '../../ir/operator.ts';
import type { Classified } from './classify.ts';
import type { Module } from './scope.ts';

/** What the text defines. */
export interface Named {
  readonly kind:
    | 'network'
    | 'block'
    | 'constant'
    | 'parameter'
    /** Of a loop. */
    | 'variable'
    | 'input'
    /** A label. */
    | 'value'
    /** Of `share`. */
    | 'share'
    /** Of `learned`. */
    | 'learned'
    /** A path of a `parallel`: its name is part of those of weights. */
    | 'path'
    /** An import that failed. */
    | 'missing';
  readonly name: string;
  /** The identifier that defines it. */
  readonly span: Span;
  /** Where it can be named: a file, or a part of it. An import names it in other files, too. */
  readonly scope: Span;
  /** What an alias of an import, `b` in `import { a as b }`, stands for. */
  readonly original?: Named;
}

/** What the language knows. */
export type Known =
  | { readonly kind: 'operator'; readonly name: string; readonly operator: Operator }
  | { readonly kind: 'attribute'; readonly name: string; readonly operator: Operator }
  /** Functions are `len` and such, words values such as `same`, settings the names in the braces of inputs and sections. */
  | { readonly kind: 'function' | 'word' | 'setting' | 'type'; readonly name: string };

export type Definition = Named | Known;

export interface Use {
  /** The identifier. */
  readonly span: Span;
  readonly definition: Definition;
  /** Whether the name is given here, not used. */
  readonly defines: boolean;
}

/** What a step turned out to be. */
export type Call =
  | { readonly kind: 'value' }
  /** A `share`, or a parameter of type `block`: expansion knows which step it is. */
  | { readonly kind: 'step' }
  | {
      readonly kind: 'block';
      readonly definition: BlockDefinition;
      readonly module: Module;
      readonly given: readonly Classified[];
    }
  | { readonly kind: 'operator'; readonly operator: Operator; readonly given: readonly Classified[] };

export interface Bindings {
  /** By file, in the order of the text. Names that mean nothing are not among them. */
  readonly uses: ReadonlyMap<Source, readonly Use[]>;
  /** Steps that mean nothing, or stand where they may not, are not among them. */
  readonly calls: ReadonlyMap<CallStep, Call>;
  /** Statements that name a number without `const`, which has been reported. */
  readonly numbers: ReadonlyMap<FlowStatement, Expression>;
}

/** What stands at an offset of a file, its end included. */
export function useAt({ uses }: Bindings, source: Source, offset: number): Use | undefined {
  const list = uses.get(source) ?? [];
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (list[middle]!.span.start <= offset) low = middle;
    else high = middle - 1;
  }
  const found = list[low];
  return found && found.span.start <= offset && offset <= found.span.end ? found : undefined;
}

/** All places that name it, its definition among them. */
export function usesOf({ uses }: Bindings, definition: Definition): readonly Use[] {
  return [...uses.values()].flatMap((list) => list.filter((use) => use.definition === definition));
}

/** A table that is being filled. */
export interface BindingTable {
  readonly uses: Map<Source, Use[]>;
  readonly calls: Map<CallStep, Call>;
  readonly numbers: Map<FlowStatement, Expression>;
  /** By the part of the tree that defines it. */
  readonly named: Map<object, Named>;
  readonly operators: Map<Operator, Known>;
  readonly attributes: Map<Operator, Map<string, Known>>;
  /** `word same` → the word. */
  readonly words: Map<string, Known>;
}

/** A table without entries. */
export function bindingTable(): BindingTable {
  return {
    uses: new Map(),
    calls: new Map(),
    numbers: new Map(),
    named: new Map(),
    operators: new Map(),
    attributes: new Map(),
    words: new Map(),
  };
}

/** The same object for the same part of the tree, made when it is first asked for. */
export function namedBy(table: BindingTable, node: object, make: () => Named): Named {
  return remembered(table.named, node, make);
}

/** The operator as a definition. */
export function operatorKnown({ operators }: BindingTable, operator: Operator): Known {
  return remembered(operators, operator, () => ({ kind: 'operator', name: operator.name, operator }));
}

/** An operator's attribute as a definition. */
export function attributeKnown({ attributes }: BindingTable, operator: Operator, name: string): Known {
  const own = remembered(attributes, operator, () => new Map<string, Known>());
  return remembered(own, name, () => ({ kind: 'attribute', name, operator }));
}

/** A word of the language as a definition. */
export function wordKnown(
  { words }: BindingTable,
  kind: 'function' | 'word' | 'setting' | 'type',
  name: string,
): Known {
  return remembered(words, `${kind} ${name}`, () => ({ kind, name }));
}

/** Notes what the identifier at a place stands for. */
export function bind({ uses }: BindingTable, span: Span, definition: Definition, defines = false): void {
  remembered(uses, span.source, () => []).push({ span, definition, defines });
}

/** The table as others read it. */
export function finishBindings({ uses, calls, numbers }: BindingTable): Bindings {
  for (const list of uses.values()) list.sort((a, b) => a.span.start - b.span.start);
  return { uses, calls, numbers };
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
