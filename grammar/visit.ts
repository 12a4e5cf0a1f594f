// Visits every node of a syntax tree, outer ones first.

import type * as ast from './ast.ts';

/** `each` gets every object of the tree but spans: `kind`, or the fields it has, tell what it is. */
export function visit(node: unknown, each: (node: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(node)) for (const inner of node) visit(inner, each);
  else if (typeof node === 'object' && node !== null) {
    each(node as Readonly<Record<string, unknown>>);
    for (const [key, inner] of Object.entries(node)) if (key !== 'span' && key !== 'source') visit(inner, each);
  }
}

/** The statements `a -> b` and `name = a -> b` of a file, paths that are a chain among them. */
export function flowsOf({ definitions }: ast.File): readonly ast.FlowStatement[] {
  const flows: ast.FlowStatement[] = [];
  visit(definitions, (node) => {
    if (node['kind'] === 'flow') flows.push(node as unknown as ast.FlowStatement);
  });
  return flows;
}
