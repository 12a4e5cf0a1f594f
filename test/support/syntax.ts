// Sources as syntax trees, for rules about functions and literals.

import { parseAst } from 'rolldown/parseAst';

interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A function's name, or that of what it stands in; several may share one. */
export interface FunctionLength {
  readonly name: string;
  readonly lines: number;
}

export function functionLengths(text: string): readonly FunctionLength[] {
  const found: FunctionLength[] = [];
  const visit = (node: Syntax, enclosing: string): void => {
    const name = nameOf(node['id']) ?? nameOf(node['key']) ?? enclosing;
    const lines = text.slice(node.start, node.end).split('\n').length;
    if (/Function/.test(node.type) && isSyntax(node['body'])) found.push({ name, lines });
    for (const child of childrenOf(node)) visit(child, name);
  };
  visit(parse(text), '');
  return found;
}

/**
 * The strings of the code, without those of types and those that say the kind of something: `x.kind === 'a'`, `case 'a'` where
 * the kind is asked for, `{ kind: 'a' }`.
 */
export function stringLiterals(text: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: Syntax): void => {
    if (node.type === 'Literal' && typeof node['value'] === 'string') found.push(node['value']);
    for (const child of childrenOf(node)) if (!saysKind(node, child)) visit(child);
  };
  visit(parse(text));
  return found;
}

const parse = (text: string): Syntax => parseAst(text, { lang: 'ts' }) as unknown as Syntax;

function saysKind(parent: Syntax, child: Syntax): boolean {
  if (child.type.startsWith('TS') && child.type.endsWith('Type')) return true;
  if (parent.type === 'Property') return nameOf(parent['key']) === 'kind' && child.type === 'Literal';
  if (parent.type === 'BinaryExpression') return isKind(parent['left']) && child.type === 'Literal';
  return false;
}

const isKind = (node: unknown): boolean =>
  isSyntax(node) &&
  (node.type === 'ChainExpression' ? isKind(node['expression']) : nameOf(node['property']) === 'kind');

/** Those of a `switch` over kinds are its cases' bodies alone. */
function childrenOf(node: Syntax): readonly Syntax[] {
  if (node.type === 'SwitchStatement' && isKind(node['discriminant'])) {
    return (node['cases'] as readonly Syntax[]).flatMap(({ consequent }) => consequent as readonly Syntax[]);
  }
  return Object.values(node).flat().filter(isSyntax);
}

const nameOf = (node: unknown): string | undefined =>
  isSyntax(node) && typeof node['name'] === 'string' ? node['name'] : undefined;

const isSyntax = (value: unknown): value is Syntax =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Syntax>).type === 'string';
