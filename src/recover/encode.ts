// Two pieces of a network are the same block where their codes are equal: what is computed and how it is wired. The numbers of their
// attributes are listed apart, because they may differ.

import type { Body, Item, Operand, Slot, StepItem, Value, Variable } from './tree.ts';

export interface Code {
  readonly key: string;
  /** The numbers, in the order of the text. */
  readonly slots: readonly Slot[];
  /** What it takes to read it: operators, calls, numbers and words that are not the default. */
  readonly size: number;
}

/** `isDefault` says which attributes need not be written. */
export interface Encoder {
  of(item: Item): Code;
  ofAll(items: readonly Item[]): Code;
}

export type IsDefault = (step: StepItem, name: string, value: Value) => boolean;

/** Codes are kept: items must not change while this encoder is used. */
export function createEncoder(isDefault: IsDefault): Encoder {
  const known = new Map<Item, Code>();
  const of = (item: Item): Code => {
    const found = known.get(item);
    if (found) return found;
    const code = encode(item, isDefault, of);
    known.set(item, code);
    return code;
  };
  return { of, ofAll: (items) => joined(items.map(of)) };
}

/** A value as text, equal for equal values. */
export function valueKey(value: Value): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  return 'variable' in value ? `$${value.variable.id}*${value.factor}` : `[${value.join()}]`;
}

/** What attributes usually are: a parameter for one has that default. */
export const usual: ReadonlyMap<string, number> = new Map([
  ['stride', 1],
  ['padding', 0],
  ['dilation', 1],
  ['groups', 1],
]);

/** How many of them a call must write. */
export function givenSize(slots: readonly Slot[]): number {
  return slots.filter(({ about, value }) => usual.get(about) !== value).length;
}

function joined(codes: readonly Code[]): Code {
  return {
    key: codes.map(({ key }) => key).join(' '),
    slots: codes.flatMap(({ slots }) => slots),
    size: codes.reduce((sum, { size }) => sum + size, 0),
  };
}

function encode(item: Item, isDefault: IsDefault, of: (item: Item) => Code): Code {
  const all = (items: readonly Item[]): Code => joined(items.map(of));
  switch (item.kind) {
    case 'step':
      return stepCode(item, isDefault);
    case 'parallel': {
      const join = stepCode(item.join, isDefault);
      const paths = item.paths.map(all);
      return {
        key: `parallel ${join.key}{${paths.map(({ key }) => key).join('|')}}`,
        slots: [...join.slots, ...paths.flatMap(({ slots }) => slots)],
        size: join.size + paths.reduce((sum, { size }) => sum + size + 1, 0),
      };
    }
    case 'region':
      return bodyCode(item.body, all);
    case 'call':
      return { key: `block#${item.block.id}`, slots: item.given, size: 1 + givenSize(item.given) };
    case 'repeat': {
      const body = all(item.body);
      return { key: `repeat{${body.key}}`, slots: [item.count, ...body.slots], size: body.size + 1 };
    }
    case 'for': {
      const body = all(item.body);
      const rows = item.rows.flat();
      return {
        key: `for ${item.rows.length}{${bound(body, item.variables)}}`,
        slots: [...rows, ...body.slots.filter(({ value }) => !isBound(value, item.variables))],
        size: body.size + 2 + rows.length,
      };
    }
    default:
      return item satisfies never;
  }
}

/** The code of a loop's body: its own variables are part of what must be equal. */
function bound({ key, slots }: Code, variables: readonly Variable[]): string {
  const own = slots.map(({ value }) => {
    if (!isBound(value, variables)) return '_';
    const { variable, factor } = value as Exclude<Value, number | readonly number[]>;
    return `${variables.indexOf(variable)}*${factor}`;
  });
  return `${key};${own.join()}`;
}

function isBound(value: Value, variables: readonly Variable[]): boolean {
  return typeof value === 'object' && 'variable' in value && variables.includes(value.variable);
}

function stepCode(step: StepItem, isDefault: IsDefault): Code {
  const words = [...step.words].map(([name, word]) => `${name}=${word}`);
  const lists = [...step.numbers].map(([name, { value, type }]) =>
    typeof value === 'object' && !('variable' in value) && type !== 'size' && type !== 'padding'
      ? `${name}[${value.length}]`
      : name,
  );
  const operands = step.operands.map(operandKey).join();
  const literals = [...step.literals].map(([name, text]) => `${name}=${text}`);
  const written = [...step.numbers].filter(([name, { value }]) => !isDefault(step, name, value)).length;
  return {
    key: `${step.op}(${[...words, ...lists, ...literals].join()};${operands}${step.share === undefined ? '' : `@${step.share}`})`,
    slots: [...step.numbers.values()],
    size: 1 + written + step.words.size / 2 + (operands.length > 4 ? 1 : 0),
  };
}

function operandKey(operand: Operand): string {
  if (operand.kind === 'flow') return '.';
  if (operand.kind === 'named') return `${operand.local}`;
  return `learned[${operand.shape.join('x')}]${operand.initial}`;
}

function bodyCode({ lines, results }: Body, all: (items: readonly Item[]) => Code): Code {
  const codes = lines.map(({ items }) => all(items));
  const key = lines.map(({ head, names }, at) => `${names.join()}=${head ?? ''}:${codes[at]!.key}`).join(';');
  return {
    key: `region{${key}=>${results.join()}}`,
    slots: codes.flatMap(({ slots }) => slots),
    size: codes.reduce((sum, { size }) => sum + size + 1, 0),
  };
}

/** The items with other numbers: as many as their code has, in the same order. */
export function withSlots(items: readonly Item[], values: Iterator<Value>): Item[] {
  return items.map((item) => replaced(item, values));
}

function replaced(item: Item, values: Iterator<Value>): Item {
  const next = (slot: Slot): Slot => ({ ...slot, value: values.next().value as Value });
  switch (item.kind) {
    case 'step':
      return replacedStep(item, next);
    case 'parallel':
      return {
        ...item,
        join: replacedStep(item.join, next),
        paths: item.paths.map((path) => withSlots(path, values)),
      };
    case 'region': {
      const lines = item.body.lines.map((line) => ({ ...line, items: withSlots(line.items, values) }));
      return { ...item, body: { ...item.body, lines } };
    }
    case 'call':
      return { ...item, given: item.given.map(next) };
    case 'repeat':
      return { ...item, count: next(item.count), body: withSlots(item.body, values) };
    case 'for': {
      const rows = item.rows.map((row) => row.map(next));
      return { ...item, rows, body: withOwn(item.body, item.variables, values) };
    }
    default:
      return item satisfies never;
  }
}

/** The body of a loop, whose own variables stay. */
function withOwn(body: readonly Item[], variables: readonly Variable[], values: Iterator<Value>): Item[] {
  const encoder = createEncoder(() => false);
  const all = encoder.ofAll(body).slots.map(({ value }) => (isBound(value, variables) ? value : values.next().value!));
  return withSlots(body, all[Symbol.iterator]() as Iterator<Value>);
}

function replacedStep(step: StepItem, next: (slot: Slot) => Slot): StepItem {
  return { ...step, numbers: new Map([...step.numbers].map(([name, slot]) => [name, next(slot)])) };
}

/** Whether a piece can stand somewhere else: it names no value of what is around it. */
export function isMovable(items: readonly Item[]): boolean {
  return items.every((item) => {
    switch (item.kind) {
      case 'step':
        return hasNoShare(item) && item.node.results.length === 1 && item.operands.every(({ kind }) => kind === 'flow');
      case 'parallel':
        return item.paths.every((path) => isMovable(path));
      case 'region':
        return item.body.lines.every((line) => line.items.every(hasNoShare));
      case 'call':
        return true;
      case 'repeat':
      case 'for':
        return isMovable(item.body);
      default:
        return item satisfies never;
    }
  });
}

function hasNoShare(item: Item): boolean {
  if (item.kind === 'step') return item.share === undefined;
  if (item.kind === 'call') return true;
  if (item.kind === 'region') return item.body.lines.every(({ items }) => items.every(hasNoShare));
  return (item.kind === 'parallel' ? item.paths.flat() : item.body).every(hasNoShare);
}
