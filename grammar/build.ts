// What the two builders of the syntax tree share: access to the concrete tree, spans and reports.

import type { CstNode, IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import type { Diagnostic, Sink } from './diagnostic.ts';
import { shorten, spanOf } from './token-text.ts';
import type { Source, Span } from './source.ts';
import { suggest } from './suggest.ts';
import { instead } from './tokens.ts';

export const all = (tree: CstNode, rule: string): readonly CstNode[] => (tree.children[rule] ?? []) as CstNode[];
export const node = (tree: CstNode, rule: string): CstNode => tree.children[rule]![0] as CstNode;
export const tokens = (tree: CstNode, type: string): readonly IToken[] => (tree.children[type] ?? []) as IToken[];
export const token = (tree: CstNode, type: string): IToken => tree.children[type]![0] as IToken;
export const has = (tree: CstNode, child: string): boolean => tree.children[child] !== undefined;

export function spanOfNode(builder: Builder, tree: CstNode): Span {
  const { startOffset, endOffset } = tree.location!;
  return { source: builder.source, start: startOffset, end: endOffset! + 1 };
}

export function identifierOf(builder: Builder, name: IToken): ast.Identifier {
  return { span: spanOf(builder.source, name), name: name.image };
}

/** Where a part of the tree begins in the text. */
export const startOf = ({ location }: CstNode): number => location!.startOffset;

/** The elements of a list, with those that were skipped, in the order of the text. */
export function inOrder(tree: CstNode, rule: string): readonly CstNode[] {
  const elements = all(tree, rule);
  if (!has(tree, 'skipped')) return elements;
  return [...elements, ...all(tree, 'skipped')].toSorted((a, b) => startOf(a) - startOf(b));
}

type Details = Partial<Omit<Diagnostic, 'code' | 'message' | 'span'>>;

export interface Builder {
  readonly source: Source;
  /** The statements in braces, which hold the expressions and chains that hold them. */
  body(tree: CstNode): ast.Body;
  report(code: string, message: string, span: Span, details?: Details): void;
  /** The statement being built is wrong beyond use. */
  spoil(): void;
  /** What `build` makes of the part of a skipped element before its mistake, in silence; undefined where there is none. */
  begun<T>(skipped: CstNode, build: (tree: CstNode) => T | undefined): T | undefined;
  /** What `build` makes, or nothing when it was spoiled. */
  whole<T>(build: () => T): T | undefined;
  /** Builds with the height of the tree counted: `height` more levels than around. Undefined, and reported, where too many. */
  deeper<T>(height: number, tree: CstNode, build: () => T): T | undefined;
  /** Whether a bracket was put in or taken out there: what stands there may be meant otherwise. */
  isMended(span: Span): boolean;
  docBefore(offset: number): { readonly doc?: string };
  operator(token: IToken): string;
}

/** What a builder asks others for. */
export interface Rules {
  /** The statements in braces. */
  bodyOf(builder: Builder, tree: CstNode): ast.Body;
  /** The part of a skipped element before its mistake. */
  begun(skipped: CstNode): CstNode | undefined;
  /** Places where brackets were mended, in order. */
  readonly damage: readonly number[];
}

const HEIGHT_LIMIT = 256;

export function createBuilder(
  source: Source,
  docs: readonly IToken[],
  sink: Sink,
  { begun, bodyOf, damage }: Rules,
): Builder {
  let silent = false;
  let spoiled = false;
  let height = 0;

  const builder: Builder = {
    source,
    body: (tree) => bodyOf(builder, tree),
    report(code, message, span, details = {}) {
      if (!silent) sink.report({ code, severity: 'error', message, span, ...details });
    },
    begun(skipped, build) {
      const tree = begun(skipped);
      if (!tree) return undefined;
      const outer = silent;
      silent = true;
      const built = builder.whole(() => build(tree));
      silent = outer;
      return built;
    },
    spoil() {
      spoiled = true;
    },
    whole(build) {
      const outer = spoiled;
      spoiled = false;
      const built = build();
      const good = !spoiled;
      spoiled = outer;
      return good ? built : undefined;
    },
    deeper(levels, tree, build) {
      height += levels;
      const allowed = height <= HEIGHT_LIMIT;
      if (!allowed) {
        const message = `this expression is more than ${HEIGHT_LIMIT} operations deep`;
        const fixes = [{ message: 'give its parts names with const' }];
        if (!spoiled) {
          const [found, expected] = [`${height} operations`, `at most ${HEIGHT_LIMIT}`];
          builder.report('limit/expression', message, spanOfNode(builder, tree), {
            limit: true,
            found,
            expected,
            fixes,
          });
        }
        spoiled = true;
      }
      const built = allowed ? build() : undefined;
      height -= levels;
      return built;
    },
    isMended: ({ start, end }) => (damage[firstFrom(damage.length, (at) => damage[at]! >= start)] ?? end) < end,
    docBefore(offset) {
      const lines: string[] = [];
      let next = offset;
      for (let i = lastBefore(docs, offset); i >= 0; i--) {
        const comment = docs[i]!;
        if (/\S/.test(source.text.slice(comment.endOffset! + 1, next))) break;
        lines.push(comment.image.slice(3).replace(/^ /, '').trimEnd());
        next = comment.startOffset;
      }
      return lines.length > 0 ? { doc: lines.toReversed().join('\n') } : {};
    },
    operator: (written) => instead.get(written.tokenType) ?? written.image,
  };
  return builder;
}

/** Reports `name = value` where `name: value` belongs, once for all in a list. */
export function wantColons(builder: Builder, trees: readonly CstNode[], what: string): void {
  const { source } = builder;
  const edits = trees.flatMap((tree) => {
    if (!has(tree, "'='")) return [];
    const name = token(tree, 'Identifier');
    const span = { source, start: name.startOffset, end: token(tree, "'='").endOffset! + 1 };
    return [{ span, text: `${name.image}:`, name: shorten(name.image) }];
  });
  if (edits.length === 0) return;
  const texts = edits.slice(0, 4).map(({ name }) => name);
  const more = edits.length > texts.length ? ', …' : '';
  builder.report(`syntax/named-${what.split(' ')[1]}`, `${what} is named with a colon`, edits[0]!.span, {
    found: texts.map((name) => `${name} =`).join(', ') + more,
    expected: texts.map((name) => `${name}:`).join(', ') + more,
    fixes: [
      {
        message: `write ${texts.map((name) => `${name}:`).join(', ')}${more}`,
        edits: edits.map(({ span, text }) => ({ span, text })),
        safe: true,
      },
    ],
  });
}

/** The fix that writes the nearest of the candidates, or the advice. */
export function fixToNearest(
  word: string,
  candidates: Iterable<string>,
  span: Span,
  advice: string,
): Pick<Diagnostic, 'fixes'> {
  const known = [...candidates];
  const text = known.includes(word) ? word : suggest(word, known);
  return {
    fixes: [text === undefined ? { message: advice } : { message: `write ${text}`, edits: [{ span, text }] }],
  };
}

const lastBefore = (docs: readonly IToken[], offset: number): number =>
  firstFrom(docs.length, (at) => docs[at]!.startOffset >= offset) - 1;

/** The first of `length` indices from which on something holds. */
function firstFrom(length: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
