// The arithmetic of one number as a person would write it: patch × kernel = products, their sums and the bias, or a formula with
// its numbers.

import { scaleOf } from '../../run/colours.ts';
import { numberText, resultText } from '../../run/number-text.ts';
import type { Arithmetic, Cell, Patch, Term } from '../../arithmetic/arithmetic.ts';
import type { Mixture, Products } from '../../arithmetic/types.ts';
import { button, element } from '../dom.ts';
import { matrix } from './matrix.ts';

/** A number of an operand. */
type Place = NonNullable<Term['from']>;

/** Cells of a patch that are shown as matrices; of larger ones the largest products are listed. */
const MAX_CELLS = 64;
/** Products in such a list. */
const MAX_LISTED = 12;
/** Channels whose sums are shown one by one. */
const MAX_SUMS = 32;

/**
 * `channel` is the place of the shown patch in a sum over channels; `chooseChannel` is told another. `placeText` writes where a number
 * comes from: `conv1[0, 14, 14]`.
 */
export function termsOf(
  arithmetic: Arithmetic,
  channel: number,
  chooseChannel: (index: number) => void,
  placeText: (from: Place) => string,
): readonly HTMLElement[] {
  switch (arithmetic.kind) {
    case 'products':
      return productsView(arithmetic, channel, chooseChannel);
    case 'largest': {
      const { patch, chosen } = arithmetic;
      const cells = patch.cells.map((cell, at) => ({ ...shown(cell), isChosen: at === chosen }));
      return [
        row(matrix('window', cells, patch.columns, scaleOf(finite(cells)))),
        line('the largest of them', arithmetic.value),
      ];
    }
    case 'mean': {
      const { patch, divisor, countsPadding } = arithmetic;
      const cells = patch.cells.map(shown);
      const pads = patch.cells.some(({ at }) => at === undefined);
      const rule = pads ? (countsPadding ? ', padding counted as zeros' : ', padding not counted') : '';
      return [
        ...(cells.length <= MAX_CELLS ? [row(matrix('window', cells, patch.columns, scaleOf(finite(cells))))] : []),
        line(`${numberText(patch.sum)} / ${divisor}${rule}`, arithmetic.value),
      ];
    }
    case 'formula':
      return [
        element('p', { class: 'run-formula' }, arithmetic.text),
        element(
          'dl',
          { class: 'run-terms' },
          ...arithmetic.terms.flatMap(({ name, value, from }) => [
            element('dt', {}, from ? `${name} = ${placeText(from)}` : name),
            element('dd', {}, resultText(value)),
          ]),
        ),
        line(arithmetic.text, arithmetic.value, false),
      ];
    case 'mixture':
      return mixtureView(arithmetic, placeText);
    case 'copy':
      return [line(`the same number as ${placeText(arithmetic.from)}`, arithmetic.value)];
    case 'unshown':
      return [
        element(
          'p',
          { class: 'run-hint' },
          'The numbers of this layer are shown; its arithmetic has too many parts to be written here.',
        ),
      ];
    default:
      return arithmetic satisfies never;
  }
}

function productsView(
  { patches, bias, factor, isFlipped, value }: Products,
  channel: number,
  choose: (index: number) => void,
): readonly HTMLElement[] {
  const index = Math.min(channel, patches.length - 1);
  const patch = patches[index]!;
  const parts =
    patch.cells.length === 0
      ? element('p', { class: 'run-hint' }, 'No pixel of the input reaches this place.')
      : patch.cells.length <= MAX_CELLS
        ? matrices(patch, isFlipped ? `${factor}, turned` : factor)
        : largestProducts(patch);
  const several = patches.length > 1;
  return [
    parts,
    line(`sum of these ${patch.cells.length} products${several ? `, channel ${patch.channel}` : ''}`, patch.sum),
    ...(several ? [sums(patches, index, choose)] : []),
    // The sum of the only channel is the number already.
    ...(several || bias !== undefined
      ? [
          line(
            `${several ? `all ${patches.length} channels` : numberText(patch.sum)}${bias === undefined ? '' : ` + bias ${numberText(bias)}`}`,
            value,
          ),
        ]
      : []),
  ];
}

/** What attention takes of each key, the keys that count most first. */
function mixtureView({ text, parts, value }: Mixture, placeText: (from: Place) => string): readonly HTMLElement[] {
  const products = parts.map((part, key) => ({ ...part, key, product: part.weight * part.value }));
  const listed = products.toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, MAX_LISTED);
  const rest = listed.reduce((left, { product }) => left - product, value);
  const head = ['key', 'q·k / √d', 'softmax', '× v', '= product'];
  const cells = (name: string, ...texts: readonly string[]): HTMLElement =>
    element('tr', {}, element('th', { scope: 'row' }, name), ...texts.map((one) => element('td', {}, one)));
  return [
    element('p', { class: 'run-formula' }, text),
    element(
      'table',
      { class: 'run-products' },
      element(
        'caption',
        {},
        listed.length < parts.length ? `the ${listed.length} largest of ${parts.length} products` : 'by key',
      ),
      element('thead', {}, element('tr', {}, ...head.map((one) => element('th', { scope: 'col' }, one)))),
      element(
        'tbody',
        {},
        ...listed.map(({ key, score, weight, value: taken, product, from }) => {
          const one = cells(
            `${key}`,
            ...[numberText(score), numberText(weight), `× ${numberText(taken)}`, `= ${numberText(product)}`],
          );
          one.title = `v = ${placeText(from)}`;
          return one;
        }),
        ...(listed.length < parts.length ? [cells('rest', '', '', '', `= ${numberText(rest)}`)] : []),
      ),
    ),
    line(`sum of these ${parts.length} products`, value),
  ];
}

function matrices(patch: Patch, factor: string): HTMLElement {
  const inputs = patch.cells.map(shown);
  const weights = patch.cells.map((cell) => ({ value: cell.weight! }));
  const products = patch.cells.map((cell) => ({ value: cell.value * cell.weight!, isPadding: cell.at === undefined }));
  const table = (title: string, cells: readonly { readonly value: number; readonly isPadding?: boolean }[]) =>
    matrix(title, cells, patch.columns, scaleOf(cells.map(({ value }) => value)));
  return row(table('input', inputs), sign('×'), table(factor, weights), sign('='), table('products', products));
}

/** Of a long sum. */
function largestProducts({ cells, sum }: Patch): HTMLElement {
  const products = cells.map((cell, index) => ({ index, ...cell, product: cell.value * cell.weight! }));
  const listed = products.toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, MAX_LISTED);
  const rest = listed.reduce((left, { product }) => left - product, sum);
  return element(
    'table',
    { class: 'run-products' },
    element('caption', {}, `the ${listed.length} largest of ${cells.length} products`),
    element(
      'tbody',
      {},
      ...listed.map(({ index, value, weight, product }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, `${index}`),
          element('td', {}, numberText(value)),
          element('td', {}, `× ${numberText(weight!)}`),
          element('td', {}, `= ${numberText(product)}`),
        ),
      ),
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, 'rest'),
        element('td'),
        element('td'),
        element('td', {}, `= ${numberText(rest)}`),
      ),
    ),
  );
}

/** The sum of each channel; choosing one shows its products. */
function sums(patches: readonly Patch[], chosen: number, choose: (index: number) => void): HTMLElement {
  const shownSums = patches.slice(0, MAX_SUMS).map(({ channel, sum }, index) =>
    button(numberText(sum), () => choose(index), {
      class: sum < 0 ? 'run-sum minus' : 'run-sum',
      'aria-pressed': `${index === chosen}`,
      'aria-label': `input channel ${channel}: ${numberText(sum)}`,
      title: `input channel ${channel}`,
    }),
  );
  const more = patches.length > MAX_SUMS ? [element('span', {}, `… ${patches.length - MAX_SUMS} more`)] : [];
  return element(
    'div',
    { class: 'run-sums', role: 'group', 'aria-label': 'Sums of the input channels' },
    ...shownSums,
    ...more,
  );
}

function shown({ value, at }: Cell): { readonly value: number; readonly isPadding: boolean } {
  return { value, isPadding: at === undefined };
}

const finite = (cells: readonly { readonly value: number }[]): readonly number[] =>
  cells.map(({ value }) => value).filter(Number.isFinite);

const sign = (text: string): HTMLElement => element('span', { class: 'run-sign' }, text);

const row = (...parts: readonly HTMLElement[]): HTMLElement => element('div', { class: 'run-row' }, ...parts);

function line(text: string, value: number, hasText = true): HTMLElement {
  return element(
    'p',
    { class: 'run-line' },
    ...(hasText ? [element('span', {}, text)] : []),
    element('b', {}, `= ${resultText(value)}`),
  );
}
