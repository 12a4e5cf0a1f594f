// The brackets that are open at the caret, from the tokens before it: what each is for, what has been written in it, and which
// names it defines. It reads any text; what does not fit the grammar is taken for what is nearest.

import type { Token } from './caret.ts';
import { definedBy, parameterNames } from './defined.ts';
import type { Frame, FrameKind } from './frame.ts';
import { endsOperand, siblingOf } from './sibling.ts';
import type { Sibling } from './sibling.ts';

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const keywordStarts: ReadonlySet<string> = new Set([
  ...['input', 'output', 'const', 'repeat', 'for', 'if', 'parallel', 'path', 'share', 'learned', 'name', 'number'],
]);
const definitionStarts: ReadonlySet<string> = new Set(['import', 'block', 'network', 'const', 'train', 'expect']);
const separated: ReadonlySet<FrameKind> = new Set<FrameKind>([
  ...([
    'import',
    'parameters',
    'arguments',
    'group',
    'list',
    'shape',
    'type',
    'pattern',
    'settings',
    'budgets',
  ] as const),
]);

/** The innermost open bracket behind all the tokens. */
export function frameAt(tokens: readonly Token[]): Frame {
  let frame: Frame = { kind: 'file', open: -1, owner: '', siblings: [], items: [], names: [] };
  for (let at = 0; at < tokens.length; at += 1) {
    const sibling = siblingOf(tokens[at]!);
    if (sibling.is in closers) frame = opened(frame, sibling, at);
    else if (sibling.is === ')' || sibling.is === ']' || sibling.is === '}') frame = closed(frame, sibling);
    else {
      if (begins(frame, sibling)) endItem(frame);
      if (sibling.is === ',' && separated.has(frame.kind)) endItem(frame);
      else frame.siblings.push(sibling);
    }
  }
  return frame;
}

/** Whether a part is the first of a new statement or setting. */
function begins(frame: Frame, { is, line }: Sibling): boolean {
  const last = frame.siblings.at(-1);
  if (frame.kind === 'file') return definitionStarts.has(is);
  if (!last) return false;
  switch (frame.kind) {
    case 'parallel':
      return is === 'path';
    case 'body':
      // `share tower`, while its `=` is not yet written.
      if (frame.siblings.length === 1 && (last.text === 'share' || last.text === 'learned') && last.line === line)
        return false;
      return endsOperand(last) && keywordStarts.has(is) && !(is === 'number' && last.line === line);
    case 'settings':
    case 'budgets':
      return endsOperand(last) && (is === 'name' || is === 'output') && !isSettingChain(frame);
    default:
      return false;
  }
}

/** `augment: random_crop(28)` may go on with `->` on the next line, but never with a name. */
function isSettingChain({ siblings }: Frame): boolean {
  return siblings.length < 2;
}

/** Takes up what the item defines, and begins the next one. */
function endItem(frame: Frame): void {
  if (frame.siblings.length === 0) return;
  frame.items.push(frame.siblings);
  frame.names.push(...definedBy(frame));
  frame.siblings = [];
}

function closed(frame: Frame, { is, line, end }: Sibling): Frame {
  let inner: Frame | undefined = frame;
  while (inner?.parent && closers[bracketOf(inner)] !== is) inner = inner.parent;
  if (!inner?.parent) return frame;
  endItem(inner);
  const { parent, names, kind } = inner;
  const text = bracketOf(inner) + is;
  const defines = kind === 'parameters' || kind === 'pattern' || kind === 'import';
  parent.siblings.push({ is: text, text, line, end, ...(defines && { names }) });
  return parent;
}

function bracketOf({ kind, owner }: Frame): string {
  switch (kind) {
    case 'body':
    case 'parallel':
    case 'settings':
    case 'budgets':
    case 'import':
      return '{';
    case 'list':
    case 'index':
    case 'shape':
    case 'inputs':
      return '[';
    case 'type':
      return owner;
    default:
      return '(';
  }
}

function opened(parent: Frame, bracket: Sibling, open: number): Frame {
  const isNewLine = parent.siblings.at(-1)?.line !== bracket.line;
  if (bracket.is === '[' && parent.kind === 'body' && isNewLine && endsOperand(parent.siblings.at(-1))) endItem(parent);
  const kind = bracket.is === '{' ? braces(parent) : bracket.is === '(' ? parenthesis(parent) : square(parent);
  const owner = kind === 'type' ? bracket.is : ownerOf(parent, kind);
  const names = kind === 'body' || kind === 'parameters' ? parameterNames(parent, kind) : [];
  const target = parent.siblings[1]?.text;
  return { kind, parent, open, owner, siblings: [], items: [], names, ...(target !== undefined && { target }) };
}

function ownerOf({ siblings }: Frame, kind: FrameKind): string {
  return kind === 'arguments' ? siblings.at(-1)!.text : (siblings[0]?.text ?? '');
}

function braces({ kind, siblings }: Frame): FrameKind {
  const first = siblings[0]?.is;
  if (kind === 'file') {
    if (first === 'import') return 'import';
    if (first === 'train') return 'settings';
    return first === 'expect' ? 'budgets' : 'body';
  }
  if (first === 'input' || first === 'output') return 'settings';
  const join = siblings.findLastIndex(({ is }) => is === 'parallel');
  return join >= 0 && !siblings.slice(join).some(({ is }) => is === '{}') ? 'parallel' : 'body';
}

function parenthesis(frame: Frame): FrameKind {
  const { kind, siblings } = frame;
  const last = siblings.at(-1);
  if (last?.is === 'for' || kind === 'pattern') return 'pattern';
  if (isTypeDue(frame)) return 'type';
  if (kind === 'file' && (last?.is === 'block' || last?.is === 'network')) return 'parameters';
  if (last?.is !== 'name') return 'group';
  if (kind === 'file' && siblings.length === 2 && siblings[0]!.is !== 'const') return 'parameters';
  return 'arguments';
}

function square(frame: Frame): FrameKind {
  const { siblings } = frame;
  const [first, , third] = siblings;
  if (isTypeDue(frame)) return 'type';
  const last = siblings.at(-1);
  if (first?.is === 'input' && siblings.length === 2) return 'inputs';
  const isStatement = frame.kind === 'body' || frame.kind === 'parallel';
  if (last?.is === ':' && (isStatement || third === last)) return frame.kind === 'settings' ? 'list' : 'shape';
  return endsOperand(last) && last!.is !== 'number' ? 'index' : 'list';
}

/** Whether a type stands next: behind the colon of a parameter or a constant. */
export function isTypeDue({ kind, siblings }: Frame): boolean {
  if (kind === 'type') return true;
  if (siblings.at(-1)?.is !== ':') return false;
  return (kind === 'parameters' && siblings.length === 2) || (siblings[0]?.is === 'const' && siblings.length === 3);
}
