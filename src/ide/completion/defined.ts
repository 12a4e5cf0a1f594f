// Which names a statement defines for those behind it, and a header for its body.

import type { Frame, FrameKind } from './frame.ts';
import { endsOperand } from './sibling.ts';
import type { Sibling, VisibleName } from './sibling.ts';

/** Of the item that ends: names for what stands behind it in the same brackets. */
export function definedBy({ kind, siblings }: Frame): readonly VisibleName[] {
  const [first, second] = siblings;
  if (!first) return [];
  switch (kind) {
    case 'parameters':
      return named(first, 'parameter', typeText(siblings.slice(1)));
    case 'pattern':
      return first.names ?? named(first, 'variable');
    case 'import':
      return named(siblings.at(-1)!, 'block');
    case 'file':
    case 'body':
      break;
    default:
      return [];
  }
  switch (first.is) {
    case 'import':
      return siblings.flatMap(({ names = [] }) => names);
    case 'block':
    case 'network':
      return named(second, first.is);
    case 'const':
      return named(second, 'constant', typeText(siblings.slice(2)));
    case 'input':
      return named(second, siblings[2]?.is === '[]' ? 'values' : 'value');
    case 'share':
    case 'learned':
      return named(second, first.is);
    case 'repeat':
    case 'for':
      return named(siblings[siblings.findIndex(({ is }) => is === 'collect') + 1], 'values', undefined, siblings);
    default:
      return labels(siblings);
  }
}

/** `a, b =` */
function labels(siblings: readonly Sibling[]): readonly VisibleName[] {
  const sign = siblings.findIndex(({ is }) => is === '=');
  const names = siblings.slice(0, Math.max(0, sign)).filter(({ is }) => is !== ',');
  return names.every(({ is }) => is === 'name') ? names.flatMap((name) => named(name, 'value')) : [];
}

function named(
  sibling: Sibling | undefined,
  kind: VisibleName['kind'],
  type?: string,
  within?: readonly Sibling[],
): readonly VisibleName[] {
  if (sibling?.is !== 'name' || within?.[0] === sibling || (within && !within.some(({ is }) => is === 'collect')))
    return [];
  return [{ name: sibling.text, kind, ...(type !== undefined && { type }) }];
}

/** `: int = 10` → `int`; `= [1, 2]` → `[`. Undefined where it is not known. */
function typeText(rest: readonly Sibling[]): string | undefined {
  const [sign, first] = rest;
  if (!first) return undefined;
  if (sign!.is === ':') return first.is === '[]' ? '[' : first.is === '()' ? '(' : first.text;
  switch (first.is) {
    case 'number':
      return rest.length === 2 && /^[\d_]+$/.test(first.text) ? 'int' : 'float';
    case 'true':
    case 'false':
      return 'bool';
    case '[]':
      return '[';
    case '()':
      return rest.length === 2 ? '(' : 'int';
    default:
      return first.is === 'size' || first.is === 'string' ? first.is : undefined;
  }
}

/** Names that a header defines inside the brackets behind it: parameters, variables of loops. */
export function parameterNames({ siblings }: Frame, kind: FrameKind): VisibleName[] {
  if (kind !== 'body') return [];
  const [first, second] = siblings;
  if (first?.is === 'block' || first?.is === 'network') return siblings.flatMap(({ names = [] }) => names);
  if (first?.is === 'for') return second?.names ? [...second.names] : [...named(second, 'variable')];
  const as = siblings.findIndex(({ is }) => is === 'as');
  return first?.is === 'repeat' && as > 0 ? [...named(siblings[as + 1], 'variable', 'int')] : [];
}

/** What can be named at a place inside the frame, inner names first. `isNewLine`: what its last statement defines is whole. */
export function visibleNames(frame: Frame, isNewLine: boolean): readonly VisibleName[] {
  const found = new Map<string, VisibleName>();
  if (isNewLine && endsOperand(frame.siblings.at(-1))) for (const name of definedBy(frame)) found.set(name.name, name);
  for (let at: Frame | undefined = frame; at; at = at.parent)
    for (const name of at.names.toReversed()) if (!found.has(name.name)) found.set(name.name, name);
  return [...found.values()];
}
