// Numbers that may be meant: those that the attribute usually has, what stood in the same column of the rows before, twice and
// half of what stood there last; none that the rule of the attribute or the shape that flows excludes.

import type { AttributeSpec } from '../../../compiler/ir/operator.ts';
import { anyNumbers, comparedNumbers, greyNumbers, usualNumbers } from './conventions.ts';
import type { Frame } from './frame.ts';
import type { Offer, Site } from './offer.ts';
import type { Wanted } from './wanted.ts';

/** The numbers that fit, the likeliest with the largest weight. */
export function numberOffers(site: Site, wanted: Wanted): readonly Offer[] {
  const weights = new Map<string, number>();
  const add = (text: string, weight: number): void => void weights.set(text, (weights.get(text) ?? 0) + weight);
  const { default: standard, isPart } = wanted;
  const compared = comparedWith(site.frame);
  const name = compared ?? wanted.name ?? '';
  const isOtherwise = site.frame.parent?.siblings.at(-1)?.is === 'else';
  const special = compared === undefined ? (isOtherwise ? greyNumbers : {}) : comparedNumbers;
  const usual = [special, usualNumbers].find((table) => Object.hasOwn(table, name))?.[name] ?? anyNumbers;
  const place = site.frame.kind === 'list' ? site.frame.items.length : -1;
  usual.forEach((text, rank) => add(text, 1 / (rank + 1) + (rank === place && inOrder.has(name) ? 3 : 0)));
  if (isPart && site.frame.siblings.length > 0) ['1', '2', '4'].forEach((text) => add(text, 0.6));
  if (standard && /^[\d.]+(e-?\d+)?$/.test(standard)) add(standard, 0.3);
  for (const [text, weight] of columnNumbers(site.frame, site.caret.source.text)) add(text, weight);
  return [...weights]
    .flatMap(([text, weight]) => quotient(text, weight, site.frame))
    .filter(([text]) => numberFits(text, site, wanted))
    .map(([text, weight, insert]) => ({
      text,
      kind: 'literal',
      weight: name === 'kernel' && leavesRest(text, site) ? weight / 4 : weight,
      ...(insert !== undefined && { label: insert, insert }),
    }));
}

/** Lists whose numbers belong to the channels in their order. */
const inOrder: ReadonlySet<string> = new Set(['mean', 'std', 'widths']);

/** `1/255` begins with `1`, and goes on with `255`. */
function quotient(text: string, weight: number, { siblings }: Frame): readonly (readonly [string, number, string?])[] {
  const [dividend, divisor] = text.split('/');
  if (divisor === undefined) return [[text, weight]];
  return siblings.at(-1)?.is === '/' ? [[divisor, 2 * weight]] : [[dividend!, weight, text]];
}

/** Words in the same place of the rows before: `true`, a name. */
export function columnWords({ frame, caret }: Site): readonly Offer[] {
  const rows = frame.kind === 'group' && frame.siblings.length === 0 ? rowsBefore(frame, caret.source.text) : [];
  return rows.flatMap((row, distance): Offer[] => {
    const text = row[frame.items.length];
    if (text === 'true' || text === 'false')
      return [text, text === 'true' ? 'false' : 'true'].map((word, other) => ({
        text: word,
        kind: 'keyword',
        weight: 2 / (distance + other + 1),
      }));
    return [];
  });
}

/** The parts of tuples in the same list, the nearest first. */
function rowsBefore({ parent }: Frame, text: string): readonly (readonly string[])[] {
  const rows = (parent?.kind === 'list' ? parent.items : []).slice(-12).toReversed();
  return rows.flatMap(([bracket]) =>
    bracket?.is === '()' ? [splitRow(text.slice(openingOf(text, bracket.end), bracket.end - 1))] : [],
  );
}

/** Whether neither the attribute's bounds nor the shape that flows exclude the number. */
export function numberFits(text: string, site: Site, { spec, name = '', isPart }: Wanted): boolean {
  return isPart || (fitsSpec(text, spec) && fitsShape(text, name, site));
}

/** The name on the other side of the comparison that the caret is behind. */
function comparedWith({ siblings }: Frame): string | undefined {
  const [other, sign] = siblings.slice(-2);
  return other?.is === 'name' && sign && /^(?:[=!]=|[<>]=?)$/.test(sign.is) ? other.text : undefined;
}

/** Whether the attribute's bounds allow the number. */
function fitsSpec(text: string, spec: AttributeSpec | undefined): boolean {
  if (!spec) return true;
  const number = Number(text);
  if (Number.isNaN(number)) return spec.type === 'float';
  if (spec.type !== 'float' && spec.type !== 'floats' && spec.type !== 'factor' && !Number.isInteger(number))
    return false;
  return number >= (spec.minimum ?? -Infinity) && number <= (spec.maximum ?? Infinity);
}

/** Groups divide the channels, windows fit into the map; anything goes where the shape is not known. */
function fitsShape(text: string, name: string, { shape, frame }: Site): boolean {
  if (!shape || frame.kind !== 'arguments') return true;
  const number = Number(text);
  const [channels = 1, height = Infinity, width = Infinity] = shape;
  if (name === 'groups' || name === 'parts') return channels % number === 0;
  if (name !== 'kernel' || shape.length !== 3) return true;
  return number <= Math.min(height, width) + 2 * paddingIn(frame);
}

/** Whether a pooling with the stride of its window would leave rows or columns of the map out. */
function leavesRest(text: string, { shape, frame }: Site): boolean {
  if (shape?.length !== 3 || !frame.owner.endsWith('_pool')) return false;
  return shape[1]! % Number(text) !== 0 || shape[2]! % Number(text) !== 0;
}

/** The padding that the call has already; as much as any where it is no number. */
function paddingIn({ items }: Frame): number {
  const padding = items.find((item) => item[0]?.text === 'padding' && item[1]?.is === ':');
  if (!padding) return 0;
  const number = Number(padding[2]?.text);
  return Number.isNaN(number) ? Infinity : number;
}

/** Numbers in the same place of the rows, calls or lists before this one. */
function columnNumbers(frame: Frame, text: string): readonly (readonly [string, number])[] {
  const { kind, items, siblings } = frame;
  if (siblings.length > (kind === 'arguments' && siblings[1]?.is === ':' ? 2 : 0)) return [];
  const found: (readonly [string, number])[] = [];
  const note = (number: string | undefined, weight: number): void => {
    if (number === undefined || !/^\d+$/.test(number)) return;
    const value = Number(number);
    found.push([number, weight], [String(2 * value), weight / 2]);
    if (value % 2 === 0) found.push([String(value / 2), weight / 6]);
  };
  if (kind === 'list' || kind === 'group') note(items.at(-1)?.[0]?.text, 0.5);
  rowsBefore(frame, text).forEach((row, distance) => note(row[items.length], 2 / (distance + 1)));
  return found;
}

/** Where the parentheses that end at an offset begin, behind the sign; numbers and names alone are looked for. */
function openingOf(text: string, end: number): number {
  return text.lastIndexOf('(', end - 2) + 1;
}

function splitRow(row: string): readonly string[] {
  return row.length > 200 ? [] : row.split(',').map((part) => part.trim());
}
