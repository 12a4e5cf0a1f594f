// The graph's text form, printed. It is what `cnnc dump --stage graph` shows and what pass tests are written in:
//
//   graph LeNet infer {
//     %0 = input image : [N,1,28,28] {scale=0.00392, colors=gray}
//     %1 = parameter conv1.weight : [6,1,5,5] he(25, 150)
//     %2 = buffer norm.running_mean : [6] constant(0)
//     %3 = constant : [2] [1, -1]
//     %4 = conv(%0, %1) {channels=6, kernel=[5, 5], bias=false} : [N,6,24,24] as conv1
//     %5, %6 = split(%4) {parts=2} : [N,3,24,24], [N,3,24,24] as split1
//     %7 = conv(%6, %1) {…} : [N,6,20,20] as conv2 weights conv1
//     output logits = %6 labels "imagenet.txt"
//     output early = %4 auxiliary 0.3
//   }
//
// Printing is canonical: values are numbered in the order of their definition, whatever their ids, and attributes
// come in the operator's order, those that equal their default left out. Parsing (parse-text) restores everything but origins.

import { completeAttributes, sameAttribute } from './attributes.ts';
import type { Attribute, Attributes, Graph, Initial, InputSettings, Node, ValueId } from './graph.ts';
import type { Operator, OperatorTable } from './operator.ts';
import { typeOf } from './signature.ts';
import { formatType } from './tensor-type.ts';

export { parseGraph } from './parse-text.ts';

/** The same text for the same graph, always; `operators` supply the defaults to leave out (absent: all attributes are printed). */
export function printGraph(graph: Graph, operators?: OperatorTable): string {
  const numbers = new Map<ValueId, number>();
  const define = (id: ValueId): string => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return `%${numbers.get(id)!}`;
  };
  const use = (id: ValueId): string => (numbers.has(id) ? `%${numbers.get(id)!}` : `%undefined_${id}`);
  const type = (id: ValueId): string => formatType(typeOf(graph, id));

  const lines: string[] = [];
  for (const { name, value, settings } of graph.inputs) {
    lines.push(
      `${define(value)} = input ${printName(name)} : ${type(value)}${settings ? ` ${printRecord(inOrder(settings))}` : ''}`,
    );
  }
  for (const { name, value, role, initial } of graph.parameters) {
    lines.push(`${define(value)} = ${role} ${printName(name)} : ${type(value)} ${printInitial(initial)}`);
  }
  for (const { value, data } of graph.constants)
    lines.push(`${define(value)} = constant : ${type(value)} ${printList(data)}`);
  for (const node of graph.nodes) {
    const attributes = printedAttributes(operators?.get(node.op), node);
    const operands = node.operands.map(use).join(', ');
    const record = Object.keys(attributes).length > 0 ? ` ${printRecord(attributes)}` : '';
    const results = node.results.map(define).join(', ');
    const types = node.results.map(type).join(', ');
    const weights = node.weightsName === undefined ? '' : ` weights ${printName(node.weightsName)}`;
    lines.push(
      `${results} = ${printName(node.op)}(${operands})${record} : ${types} as ${printName(node.name)}${weights}`,
    );
  }
  for (const { name, value, labels, auxiliary } of graph.outputs) {
    lines.push(
      `output ${printName(name)} = ${use(value)}${labels === undefined ? '' : ` labels ${printLabels(labels)}`}${auxiliary === undefined ? '' : ` auxiliary ${auxiliary}`}`,
    );
  }
  return `graph ${printName(graph.name)} ${graph.mode} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

/** Names that need no quotes: `conv1.weight`. */
const PLAIN_NAME = /^(?!(?:true|false|NaN|Infinity)$)[A-Za-z_][\w.]*$/;

function printName(name: string): string {
  return PLAIN_NAME.test(name) ? name : printString(name);
}

/** A JSON string in ASCII, so that no line separator or direction mark of a hostile name reaches a terminal. */
function printString(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function printAttribute(value: Attribute): string {
  if (typeof value === 'string') return printName(value);
  if (typeof value === 'number') return printNumber(value);
  return typeof value === 'boolean' ? String(value) : printList(value);
}

function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function printList(values: ArrayLike<number>): string {
  return `[${Array.from(values, printNumber).join(', ')}]`;
}

function printRecord(record: Readonly<Record<string, Attribute>>): string {
  return `{${Object.entries(record)
    .map(([name, value]) => `${printName(name)}=${printAttribute(value)}`)
    .join(', ')}}`;
}

function inOrder(settings: InputSettings): Readonly<Record<string, Attribute>> {
  const order = ['scale', 'resize', 'fit', 'filter', 'fill', 'crop', 'mean', 'std', 'colors'] as const;
  return Object.fromEntries(order.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
}

function printInitial(initial: Initial): string {
  if (initial.kind === 'he') return `he(${printNumber(initial.fanIn)}, ${printNumber(initial.fanOut)})`;
  return `constant(${printNumber(initial.value)})`;
}

function printLabels(labels: readonly string[] | string): string {
  return typeof labels === 'string' ? printString(labels) : `[${labels.map(printString).join(', ')}]`;
}

/** In the operator's order, without those that completing the others restores. */
function printedAttributes(operator: Operator | undefined, { attributes }: Node): Attributes {
  if (!operator) return attributes;
  const ordered = [...Object.keys(operator.attributes), ...Object.keys(attributes)];
  const rest = new Map<string, Attribute>();
  for (const name of ordered) if (Object.hasOwn(attributes, name)) rest.set(name, attributes[name]!);
  for (const [name, value] of [...rest].toReversed()) {
    rest.delete(name);
    if (!sameAttribute(completeAttributes(operator, Object.fromEntries(rest))[name], value)) rest.set(name, value);
  }
  return Object.fromEntries(ordered.flatMap((name) => (rest.has(name) ? [[name, rest.get(name)!]] : [])));
}
