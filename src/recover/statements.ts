// The statements between braces: chains with the names that they give, loops, and what they declare.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { operatorOf } from '../../compiler/ir/signature.ts';
import type { IsDefault } from './encode.ts';
import type { NameScope } from './names.ts';
import { wishFor } from './wishes.ts';
import { stepText } from './step-text.ts';
import type { Block, Body, ForItem, Item, Line, ParallelItem, RegionItem, Slot, StepItem, Variable } from './tree.ts';
import { nodesOf } from './tree.ts';
import { valueText } from './values-text.ts';

/** A chain of a path stays on its line up to this length. */
const PATH_WIDTH = 84;
/** And a statement in braces up to this one. */
const BRACED_WIDTH = 60;

/** A block as it is printed, and what a call gives to it. */
export interface Printed {
  readonly name: string;
  readonly names: readonly (readonly [Variable, string])[];
  /** Its parameters in parentheses. */
  readonly header: string;
  arguments(slots: readonly Slot[], nameOf: (variable: Variable) => string): readonly string[];
}

/** What is printed between the braces of a definition knows. */
export interface Definition {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly isDefault: IsDefault;
  readonly blocks: ReadonlyMap<Block, Printed>;
  readonly scope: NameScope;
  readonly variables: Map<Variable, string>;
  /** Steps with one set of weights, by the name of these: how they are called, and their declarations. */
  readonly shares: Map<string, Share>;
  /** Whether shapes are written where height and width change. */
  readonly checks: boolean;
}

export interface Share {
  readonly name: string;
  readonly declaration: string;
}

interface Statement {
  names: string[];
  readonly steps: string[];
  /** Whether it is a chain, which can have a name. */
  readonly isChain: boolean;
  /** The items of the chain. */
  readonly items: Item[];
}

/** Where statements are put, and how what flows in is called. */
interface Place {
  readonly definition: Definition;
  readonly out: Statement[];
  /** The name of what flows into the braces; undefined where it can have none. */
  entry(): string;
  /** A name that must begin the next statement. */
  head?: string;
  /** Whether the next step begins a statement, whatever it is. */
  begins?: boolean;
}

/** The text of a block's body, or of a network's, whose inputs and outputs have names. */
export function bodyText(definition: Definition, content: readonly Item[] | Body, named?: Map<number, string>): string {
  let entry: string | undefined;
  const place: Place = {
    definition,
    out: [],
    entry: () => (entry ??= named?.get(0) ?? definition.scope.claim('x')),
  };
  if ('lines' in content) putBody(place, content, named ?? new Map());
  else putItems(place, content);
  // The name of what a block gives, where several values have names at its end.
  if (!named && place.head !== undefined) current(place, true);
  const lines = statementLines(place);
  const shares = named ? [...definition.shares.values()].map(({ declaration }) => declaration) : [];
  return [...(entry !== undefined && !named ? [`input ${entry}`] : []), ...shares, ...lines].join('\n');
}

function statementLines({ definition, out }: Place): readonly string[] {
  let before: string | undefined;
  return out.map((statement) => {
    const names = statement.names.length > 0 ? `${statement.names.join(', ')} = ` : '';
    const last = statement.items.at(-1);
    const shape = definition.checks && last ? definition.graph.types.get(last.result)!.shape : undefined;
    const area = shape && (shape.length === 3 ? shape.slice(1).join() : `${shape.length}`);
    const check = shape && statement.isChain && statement.names.length < 2 && area !== before;
    if (area !== undefined) before = area;
    return `${names}${statement.steps.join(' -> ')}${check ? ` : [${shape.join(', ')}]` : ''}`;
  });
}

function putBody(place: Place, body: Body, names: Map<number, string>): string | undefined {
  const nameOf = (local: number): string => {
    const known = names.get(local);
    if (known !== undefined) return known;
    const name = local === 0 ? place.entry() : place.definition.scope.numbered('x');
    names.set(local, name);
    return name;
  };
  for (const line of body.lines) putLine(place, line, nameOf);
  const [result] = body.results;
  return body.results.length === 1 && typeof result === 'number' ? nameOf(result) : undefined;
}

function putLine(place: Place, { head, items, names }: Line, nameOf: (local: number) => string): void {
  if (head !== undefined) place.head = nameOf(head);
  else place.begins = true;
  const wanted = names.map(nameOf);
  putItems(place, items, nameOf, wanted[0]);
  if (wanted.length > 0 && place.head === undefined) place.out.at(-1)!.names = wanted;
}

function chain(): Statement {
  return { names: [], steps: [], isChain: true, items: [] };
}

/** The statement that the next step belongs to. */
function current(place: Place, begins: boolean): Statement {
  const last = place.out.at(-1);
  if (place.head !== undefined) {
    const statement: Statement = { ...chain(), steps: [place.head] };
    delete place.head;
    place.begins = false;
    place.out.push(statement);
    return statement;
  }
  if (last?.isChain && last.names.length === 0 && !begins && !place.begins) return last;
  place.begins = false;
  const statement = chain();
  place.out.push(statement);
  return statement;
}

/** The name of what flows. */
function flowing(place: Place): string {
  if (place.head !== undefined) return place.head;
  const last = place.out.at(-1);
  if (!last) return place.entry();
  if (last.names.length === 0) last.names = [place.definition.scope.numbered('x')];
  return last.names[0]!;
}

/** `wanted` is the name that the result of the last item gets. */
function putItems(place: Place, items: readonly Item[], nameOf?: (local: number) => string, wanted?: string): void {
  const { definition } = place;
  const first = items[0];
  const normFirst = first !== undefined && !isHeavy(definition, first);
  for (const [at, item] of items.entries()) {
    switch (item.kind) {
      case 'region':
        putRegion(place, item, at === items.length - 1 ? wanted : undefined);
        break;
      case 'repeat':
      case 'for':
        if (place.head !== undefined) current(place, true);
        place.out.push(loop(place, item));
        break;
      default: {
        const before = items[at - 1];
        const begins =
          before !== undefined &&
          (normFirst
            ? isHeavy(definition, before) && !isLast(items, at, definition)
            : isHeavy(definition, item) && (place.out.at(-1)?.items.some((one) => isHeavy(definition, one)) ?? true));
        putStep(place, item, begins, nameOf);
      }
    }
  }
}

/** Whether only light steps follow, which stay on the line. */
function isLast(items: readonly Item[], at: number, definition: Definition): boolean {
  return items.slice(at).every((item) => !isHeavy(definition, item)) && items.length - at < 3;
}

/** Steps that begin a line: layers with products, windows, blocks and paths. */
function isHeavy({ operators }: Definition, item: Item): boolean {
  if (item.kind !== 'step' && item.kind !== 'call') return true;
  return nodesOf([item]).some(({ op }) => {
    const operator = operatorOf(operators, op);
    return operator.macs !== undefined || operator.window !== undefined;
  });
}

function putStep(
  place: Place,
  item: Exclude<Item, RegionItem | ForItem | { readonly kind: 'repeat' }>,
  begins: boolean,
  nameOf: (local: number) => string = () => flowing(place),
): void {
  const { definition } = place;
  if (item.kind === 'step' && item.operands[0]?.kind !== 'flow') {
    headStep(place, item, nameOf);
    return;
  }
  const further = item.kind === 'step' ? item.operands.slice(1).map((one) => operandName(place, one, nameOf)) : [];
  if (item.kind === 'step' && takesFlow(place, item, further)) place.head = flowing(place);
  const statement = current(place, begins);
  statement.items.push(item);
  if (item.kind === 'step') statement.steps.push(calledText(definition, item, further));
  else if (item.kind === 'parallel') statement.steps.push(parallelText(place, item));
  else {
    const printed = definition.blocks.get(item.block)!;
    const given = printed.arguments(item.given, (variable) => definition.variables.get(variable)!);
    statement.steps.push(`${printed.name}${given.length > 0 ? `(${given.join(', ')})` : ''}`);
  }
}

/** Whether what flows is also among the further operands, whose names are given: then it is named as what flows, too. */
function takesFlow({ head, out }: Place, { operands }: StepItem, names: readonly string[]): boolean {
  const before = out.findLast(({ items }) => items.length > 0);
  return operands.slice(1).some((operand, at) => {
    if (operand.kind !== 'named') return operand.kind === 'flow';
    return head === undefined && (before ? before.names[0] === names[at] : operand.local === 0);
  });
}

/** A step, or the name of those that it shares its weights with. */
function calledText(definition: Definition, item: StepItem, values: readonly string[]): string {
  const { shares, scope } = definition;
  const text = stepText(definition, item, values);
  if (item.share === undefined) return text;
  let share = shares.get(item.share);
  if (!share) {
    const name = scope.numbered('shared');
    share = { name, declaration: `share ${name} = ${text}` };
    shares.set(item.share, share);
  }
  return share.name;
}

/** A step whose first operand is a name or a number: `1 - x`, `gamma -> sub(x)`. */
function headStep(place: Place, item: StepItem, nameOf: (local: number) => string): void {
  const [first, ...further] = item.operands.map((one) => operandName(place, one, nameOf));
  delete place.head;
  const statement = chain();
  statement.items.push(item);
  const { definition } = place;
  const number = item.numbers.get('number');
  if (item.op === 'subtracted_from' || item.op === 'dividing') {
    const text = valueText(number!, (variable) => definition.variables.get(variable)!);
    statement.steps.push(`${text} ${item.op === 'dividing' ? '/' : '-'} ${first!}`);
    // A statement does not begin with a sign.
    if (text.startsWith('-')) statement.names = [definition.scope.numbered('x')];
  } else statement.steps.push(first!, stepText(definition, item, further));
  place.out.push(statement);
}

/** The name of an operand; a learned tensor is declared first. */
function operandName(place: Place, operand: StepItem['operands'][number], nameOf: (local: number) => string): string {
  if (operand.kind === 'named') return nameOf(operand.local);
  if (operand.kind === 'flow') return flowing(place);
  const name = place.definition.scope.claim(operand.role);
  const extents = operand.shape.map((extent) => (typeof extent === 'number' ? `${extent}` : `${nameOf(0)}.${extent}`));
  const initial = operand.initial === 0 ? '' : ` = ${operand.initial}`;
  const declared: Statement = {
    names: [],
    steps: [`learned ${name}: [${extents.join(', ')}]${initial}`],
    isChain: false,
    items: [],
  };
  // Before the chain that it is used in, which may have begun.
  const last = place.out.at(-1);
  if (last?.isChain && last.names.length === 0) place.out.splice(-1, 0, declared);
  else place.out.push(declared);
  return name;
}

function putRegion(place: Place, { body }: RegionItem, wanted: string | undefined): void {
  const entry = entryName(place);
  const names = new Map<number, string>();
  const [last] = body.results;
  if (wanted !== undefined && typeof last === 'number') names.set(last, wanted);
  const inner: Place = { ...place, entry };
  const result = putBody(inner, body, names) ?? inner.head;
  if (result === undefined) delete place.head;
  else place.head = result;
  place.begins = inner.begins ?? false;
}

/** What flows into a region gets its name when it is first asked for. */
function entryName(place: Place): () => string {
  let known: string | undefined;
  const last = place.out.at(-1);
  const { head } = place;
  return () => {
    if (known !== undefined) return known;
    if (head !== undefined) known = head;
    else if (!last) known = place.entry();
    else {
      if (last.names.length === 0) last.names = [place.definition.scope.numbered('x')];
      known = last.names[0]!;
    }
    return known;
  };
}

function parallelText(place: Place, { join, paths }: ParallelItem): string {
  const { definition } = place;
  const texts = paths.map((items) => {
    const inner: Place = { definition: { ...definition, checks: false }, out: [], entry: noName };
    putItems(inner, items);
    const [only, ...more] = inner.out;
    if (!only) return 'path {}';
    const steps = inner.out.flatMap((statement) => statement.steps).join(' -> ');
    const isChain = inner.out.every((statement) => statement.isChain && statement.names.length === 0);
    if (isChain && (more.length === 0 || steps.length <= PATH_WIDTH) && !steps.includes('\n')) return `path ${steps}`;
    return `path {\n${statementLines(inner).join('\n')}\n}`;
  });
  return `parallel ${stepText(definition, join, [])} {\n${texts.join('\n')}\n}`;
}

/** A short statement stays on the line. */
function braced(lines: readonly string[]): string {
  const text = lines.join('\n');
  return lines.length === 1 && text.length <= BRACED_WIDTH && !text.includes('\n') ? `{ ${text} }` : `{\n${text}\n}`;
}

function noName(): never {
  throw new Error('what flows into a path or a loop has no name');
}

function loop(place: Place, item: ForItem | Extract<Item, { kind: 'repeat' }>): Statement {
  const { definition } = place;
  const nameOf = (variable: Variable): string => definition.variables.get(variable)!;
  const scope = definition.scope.inner();
  let header: string;
  if (item.kind === 'repeat') header = `repeat ${valueText(item.count, nameOf)}`;
  else {
    for (const variable of item.variables) definition.variables.set(variable, scope.claim(wishFor(variable.about)));
    const names = item.variables.map(nameOf);
    const rows = item.rows.map((row) => row.map((slot) => valueText(slot, nameOf)));
    const single = names.length === 1;
    header = `for ${single ? names[0]! : `(${names.join(', ')})`} in [${rows.map((row) => (single ? row[0]! : `(${row.join(', ')})`)).join(', ')}]`;
  }
  const inner: Place = { definition: { ...definition, scope, checks: false }, out: [], entry: noName };
  putItems(inner, item.body);
  return { names: [], steps: [`${header} ${braced(statementLines(inner))}`], isChain: false, items: [item] };
}
