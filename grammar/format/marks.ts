// What the formatter asks the syntax tree about places in the text.

import type * as ast from '../ast.ts';
import { visit } from '../visit.ts';

/** Offsets. */
export interface Marks {
  /** Where statements, definitions, paths, settings and budgets begin. */
  readonly starts: ReadonlySet<number>;
  /** The `[` of shapes behind chains. */
  readonly shapes: ReadonlySet<number>;
  /** The numerators of fractions such as `1/255`, which are written without spaces. */
  readonly fractions: ReadonlySet<number>;
}

export function marksOf(file: ast.File): Marks {
  const starts = new Set<number>();
  const shapes = new Set<number>();
  const fractions = new Set<number>();
  const text = file.source.text;

  const start = (nodes: readonly { readonly span: ast.Identifier['span'] }[]): void => {
    for (const { span } of nodes) starts.add(span.start);
  };
  const mark = (node: Readonly<Record<string, unknown>>): void => {
    // The body of `path conv(6)` is the path itself.
    if (isBody(node) && text[node.span.start] === '{') start(node.statements);
    if ('settings' in node) start(node['settings'] as ast.Setting[]);
    if ('budgets' in node) start(node['budgets'] as ast.Budget[]);
    if ('paths' in node) start(node['paths'] as ast.Path[]);
    if ('steps' in node && node['shape']) shapes.add((node['shape'] as ast.ShapePattern).span.start);
    if (node['kind'] === 'binary' && node['operator'] === '/') {
      const { left, right } = node as unknown as Extract<ast.Expression, { kind: 'binary' }>;
      if (left.kind === 'number' && right.kind === 'number') fractions.add(left.span.start);
    }
  };
  start(file.imports);
  start(file.definitions);
  visit(file.definitions, mark);
  return { starts, shapes, fractions };
}

function isBody(node: Readonly<Record<string, unknown>>): node is Readonly<Record<string, unknown>> & ast.Body {
  return 'statements' in node;
}
