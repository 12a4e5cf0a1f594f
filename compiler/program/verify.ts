// Checks a program against the graph it was made of, independently of how the schedule decided: it walks the calls in
// order and keeps, for every element of every buffer, the call that wrote it last.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { isElementwise } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Element } from '../ir/tensor-type.ts';
import { sameShape, sizeOf } from '../ir/tensor-type.ts';
import type { Memory } from '../kernel/ir.ts';
import type { Buffer, CallArgument, KernelCall, MemoryRef, Program, SectionName, SliceRef } from './program.ts';
import { forEachRun, sameSlice, writersOf } from './slices.ts';

/**
 * What is wrong with a program, one sentence each; empty when nothing is. Never throws. Only the calls' own `reads` and
 * `writes` are judged; that kernels keep to them is a matter of running them.
 *
 * 1. Calls name a kernel and bind each of its memories, by the right type, and each of its parameters; places in
 *    arguments are those of `reads` and `writes`, and the memory in which they lie is bound; indices and offsets exist.
 * 2. Slices lie in their buffers, buffers in the arena; a buffer's lifetime spans the calls that touch it, and buffers
 *    whose lifetimes meet have no element in common. Offsets per image scale with the batch, so one image decides for all.
 * 3. Every element that a call reads was last written, through the same buffer, by a call that computes one of the values
 *    the call's nodes take; writing through one buffer loses what lies in all others that overlap it.
 * 4. A call overwrites what it reads only where elementwise operators read it, element for element.
 * 5. Every input is copied in before it is read and every output copied out, once.
 * 6. `prepare` reads a temporary after it was computed.
 * 7. A state is there before the first call; in the end its buffer holds its next value, or still the first one where that is it.
 */
export function verifyProgram(program: Program, graph: Graph, operators: OperatorTable): readonly string[] {
  const problems: string[] = [];
  const report = (text: string): void => void problems.push(text);
  const sources = valueSources(program, graph, operators);

  verifyBuffers(program, report);
  program.prepare.forEach((call, at) => verifyCall(program, call, `prepare ${at}`, report));
  verifyTemporaries(program, report);

  /** Per buffer and element of an image: the call that wrote it last, or −1. */
  const writers = program.buffers.map(({ length }) => new Int32Array(length).fill(-1));
  for (const { buffer } of program.states) writers[buffer]!.fill(before);
  program.run.forEach((call, at) => {
    const what = `call ${at} (${call.kernel})`;
    verifyCall(program, call, what, report);
    const fits = [...call.reads, ...call.writes].every((ref) => sliceFits(program, ref, what, report));
    if (!fits) return;
    const takes = valuesTaken(program, graph, call);
    const continued = new Set(callsContinued(program, graph, operators, at));
    const allowed = new Set([...takes.flatMap((value) => [...(sources.get(value) ?? [])]), ...continued]);
    for (const ref of call.reads) {
      const found = writersOf(writers, ref);
      const wrong = [...found].find((writer) => !allowed.has(writer));
      if (wrong !== undefined) {
        const made = wrong < 0 ? 'nobody wrote' : `call ${wrong} (${program.run[wrong]!.kernel}) wrote`;
        report(`${what} reads ${describe(program, ref)}, part of which ${made}`);
      }
      const target = call.writes.find((other) => overlap(program, ref, other));
      if (target && !(sameSlice(ref, target) && readElementwise(found))) {
        report(`${what} overwrites ${describe(program, ref)} while it reads it`);
      }
    }
    for (const ref of call.writes) write(ref, at);

    /** Whether only elementwise nodes, of the result's shape, take the values that all of those calls wrote, of which there are some. */
    function readElementwise(found: ReadonlySet<number>): boolean {
      const made = [...found].filter((writer) => !continued.has(writer));
      if (made.length === 0) return true;
      const values = takes.filter((value) => made.every((writer) => sources.get(value)?.has(writer)));
      const isElementwiseAlone = (value: ValueId): boolean =>
        nodesOf(graph, call).every(
          ({ op, operands, results }) =>
            !operands.includes(value) ||
            (isElementwise(operators.get(op)?.lowering) &&
              sameShape(shapeOf(graph, value), shapeOf(graph, results[0]!))),
        );
      return values.length > 0 && values.every(isElementwiseAlone);
    }
  });
  verifyBorder(program, report);
  verifyStates();
  return problems;

  function verifyStates(): void {
    for (const { name, buffer } of program.states) {
      const next = graph.outputs.find((output) => output.name === name);
      const copies = program.run.flatMap((call, at) => (stateOf(program, call) === name ? [at] : []));
      const allowed = new Set([...(sources.get(next?.value ?? -1) ?? []), ...copies]);
      const stays = graph.inputs.some((input) => input.name === name && input.value === next?.value);
      if (!stays) allowed.delete(before);
      if (!writers[buffer]!.every((writer) => allowed.has(writer)))
        report(`state ${name} does not end as its next value`);
    }
  }

  function write(ref: SliceRef, at: number): void {
    forEachRun(ref, (start, end) => writers[ref.buffer]!.fill(at, start, end));
    const own = program.buffers[ref.buffer]!;
    program.buffers.forEach((other, index) => {
      if (index !== ref.buffer && shareMemory(other, own)) writers[index]!.fill(-1);
    });
  }
}

type Report = (text: string) => void;

/** In the place of a call: what a state holds before the first one. */
const before = -2;

const shapeOf = (graph: Graph, value: ValueId) => graph.types.get(value)?.shape ?? [];

function nodesOf(graph: Graph, call: KernelCall): readonly Node[] {
  return graph.nodes.filter(({ name }) => call.nodes.includes(name));
}

/** The calls that compute each value: its node's, or where it has none, those of what the node merely renames. */
function valueSources(
  program: Program,
  graph: Graph,
  operators: OperatorTable,
): ReadonlyMap<ValueId, ReadonlySet<number>> {
  const sources = new Map<ValueId, ReadonlySet<number>>();
  const callsOf = new Map<string, number[]>();
  program.run.forEach((call, at) => {
    for (const name of call.nodes) callsOf.set(name, [...(callsOf.get(name) ?? []), at]);
  });
  const kept = new Set(program.states.map(({ name }) => name));
  for (const { name, value } of graph.inputs) if (kept.has(name)) sources.set(value, new Set([before]));
  graph.inputs
    .filter(({ name }) => !kept.has(name))
    .forEach(({ value }, index) => {
      const calls = program.run.flatMap((call, at) => (borderOf(call, 'input') === index ? [at] : []));
      sources.set(value, new Set(calls));
    });
  for (const node of graph.nodes) {
    const own = callsOf.get(node.name) ?? [];
    const views = own.length === 0 || operators.get(node.op)?.lowering?.kind === 'concat';
    const inherited = views ? node.operands.flatMap((value) => [...(sources.get(value) ?? [])]) : [];
    for (const value of node.results) sources.set(value, new Set([...own, ...inherited]));
  }
  return sources;
}

/** The values that a call takes from outside: operands of its nodes, or the output that it copies out. */
function valuesTaken(program: Program, graph: Graph, call: KernelCall): readonly ValueId[] {
  const output = borderOf(call, 'output');
  const copied = output === undefined ? stateOf(program, call) : program.outputs[output]?.name;
  if (copied !== undefined) return graph.outputs.flatMap(({ name, value }) => (name === copied ? [value] : []));
  const nodes = nodesOf(graph, call);
  const inner = new Set(nodes.flatMap(({ results }) => results));
  return nodes.flatMap(({ operands }) => operands.filter((value) => !inner.has(value)));
}

/** Earlier calls of the same elementwise node, whose result this one goes on with. */
function callsContinued({ run }: Program, graph: Graph, operators: OperatorTable, at: number): readonly number[] {
  const [name] = run[at]!.nodes;
  const isElement = nodesOf(graph, run[at]!).every(({ op }) => isElementwise(operators.get(op)?.lowering));
  if (name === undefined || !isElement) return [];
  return run.flatMap(({ nodes }, index) => (index < at && nodes[0] === name ? [index] : []));
}

/** The state that a call which computes no node copies its next value to. */
function stateOf({ states }: Program, { nodes, writes }: KernelCall): string | undefined {
  if (nodes.length > 0) return undefined;
  return states.find(({ buffer }) => writes.some((ref) => ref.buffer === buffer))?.name;
}

/** The index of the caller's array that a call copies from or to. */
function borderOf(call: KernelCall, kind: 'input' | 'output'): number | undefined {
  for (const ref of call.memories.values()) if (ref.kind === kind) return ref.index;
  return undefined;
}

function verifyBuffers(program: Program, report: Report): void {
  program.buffers.forEach((buffer, index) => {
    const { name, extent, element, offset, length, from, to } = buffer;
    const holder = element === 'u8' ? 'codes' : extent === 'once' ? 'once' : 'arena';
    const what = element === 'u8' ? 'section of codes' : 'arena';
    if (offset < 0 || offset + length > program.sections[holder].length) report(`buffer ${name} exceeds the ${what}`);
    const touching = program.run.flatMap((call, at) =>
      [...call.reads, ...call.writes].some((ref) => ref.buffer === index) ? [at] : [],
    );
    if (touching.some((at) => at < from || at > to))
      report(`buffer ${name} is used outside its lifetime ${from}-${to}`);
    program.buffers.slice(index + 1).forEach((other) => {
      const together = from <= other.to && other.from <= to;
      if (together && shareMemory(buffer, other))
        report(`buffers ${name} and ${other.name} overlap in their lifetimes`);
    });
  });
}

function verifyCall(program: Program, call: KernelCall, what: string, report: Report): void {
  const kernel = program.kernels.find(({ name }) => name === call.kernel);
  if (!kernel) return report(`${what}: there is no such kernel`);
  if (call.arguments.length !== kernel.parameters.length) {
    report(`${what}: ${call.arguments.length} arguments, the kernel has ${kernel.parameters.length} parameters`);
  }
  for (const { name, type } of kernel.memories) {
    const ref = call.memories.get(name);
    if (!ref) report(`${what}: memory ${name} is not bound`);
    else if (memoryProblem(program, ref, type)) report(`${what}: ${name} ${memoryProblem(program, ref, type)}`);
  }
  for (const argument of call.arguments) {
    const problem = argumentProblem(program, call, argument);
    if (problem) report(`${what}: ${problem}`);
  }
  const bound = new Set([...call.memories.values()].flatMap((ref) => (ref.kind === 'section' ? [ref.name] : [])));
  for (const { buffer, within } of [...call.reads, ...call.writes]) {
    const holder = program.buffers[buffer]?.element === 'u8' ? 'codes' : 'arena';
    if (!bound.has(holder)) report(`${what}: buffer ${buffer} lies in ${holder}, to which no memory is bound`);
    const passed = call.arguments.some(
      (argument) => argument.kind === 'slice' && argument.buffer === buffer && argument.within === within,
    );
    if (!passed) report(`${what}: no argument says where buffer ${buffer} + ${within} is`);
  }
}

/** What the elements of a memory are. */
function heldIn(program: Program, ref: MemoryRef): Memory['type'] | undefined {
  switch (ref.kind) {
    case 'section':
      return memoryTypeOf(program.sections[ref.name].element);
    case 'input':
    case 'output':
      return 'f32';
    case 'parameter':
      return memoryTypeOf(program.parameters[ref.index]?.element ?? 'f32');
    case 'constant':
    case 'temporary':
      return 'f64';
    default:
      return ref satisfies never;
  }
}

/** No kernel reads f16. */
const memoryTypeOf = (element: Element): Memory['type'] | undefined => (element === 'f16' ? undefined : element);

function memoryProblem(program: Program, ref: MemoryRef, type: Memory['type']): string | undefined {
  const held = heldIn(program, ref);
  if (held !== type) return `is ${type}, bound to ${held}`;
  switch (ref.kind) {
    case 'section': {
      const { once, [ref.name]: section } = program.sections;
      const length = section.length + (ref.name === 'arena' ? once.length : 0);
      return length > 0 || ref.name === 'weights' ? undefined : `is bound to an empty section, ${ref.name}`;
    }
    case 'input':
    case 'output':
    case 'parameter':
    case 'constant':
    case 'temporary':
      return ref.index < program[lists[ref.kind]].length ? undefined : `is bound to ${ref.kind} ${ref.index}`;
    default:
      return ref satisfies never;
  }
}

const packedSections: ReadonlySet<string> = new Set<SectionName>(['weights', 'halves', 'bytes', 'integers']);

const lists = {
  input: 'inputs',
  output: 'outputs',
  parameter: 'parameters',
  constant: 'constants',
  temporary: 'temporaries',
} as const;

function argumentProblem(program: Program, call: KernelCall, argument: CallArgument): string | undefined {
  switch (argument.kind) {
    case 'constant': {
      // What runs when a module loads takes strides, too, which may be negative.
      const whole = Number.isInteger(argument.value) && (argument.value >= 0 || call.writes.length === 0);
      const { sections } = program;
      const packed = [...call.memories.values()].flatMap((ref) =>
        ref.kind === 'section' && packedSections.has(ref.name) ? [sections[ref.name].length] : [],
      );
      const most = Math.max(...packed);
      const bounded = packed.length === 0 || call.writes.length === 0 || argument.value < most;
      return whole && bounded ? undefined : `offset ${argument.value} of ${most} weights`;
    }
    case 'slice': {
      const { buffer, within } = argument;
      const known = [...call.reads, ...call.writes].some((ref) => ref.buffer === buffer && ref.within === within);
      return known ? undefined : `takes buffer ${buffer} + ${within}, which it neither reads nor writes`;
    }
    case 'chunk': {
      const tensors = [program.inputs[borderOf(call, 'input') ?? -1], program.outputs[borderOf(call, 'output') ?? -1]];
      const sizes = tensors.flatMap((tensor) => (tensor ? [sizeOf(tensor.shape)] : []));
      return sizes.includes(argument.size) ? undefined : `steps by ${argument.size} elements per image`;
    }
    case 'images':
      return undefined;
    default:
      return argument satisfies never;
  }
}

function verifyTemporaries(program: Program, report: Report): void {
  const computed = new Set<number>();
  program.prepare.forEach((call, at) => {
    for (const [name, ref] of call.memories) {
      if (ref.kind !== 'temporary') continue;
      if (name === 'target') computed.add(ref.index);
      else if (!computed.has(ref.index)) report(`prepare ${at} reads temporary ${ref.index} before it is computed`);
    }
  });
}

function verifyBorder(program: Program, report: Report): void {
  for (const kind of ['input', 'output'] as const) {
    program[`${kind}s`].forEach(({ name }, index) => {
      const copies = program.run.filter((call) => borderOf(call, kind) === index).length;
      if (copies !== 1) report(`${kind} ${name} is copied ${copies} times`);
    });
  }
}

function sliceFits(program: Program, ref: SliceRef, what: string, report: Report): boolean {
  const buffer = program.buffers[ref.buffer];
  const { count, stride } = ref.rows ?? { count: 1, stride: 0 };
  const last = ref.within + (count - 1) * stride + (ref.pixels - 1) * ref.pixelStride + ref.channels;
  const fits = buffer !== undefined && ref.within >= 0 && last <= buffer.length && ref.channels <= ref.pixelStride;
  if (!fits) report(`${what} goes beyond buffer ${buffer?.name ?? ref.buffer}`);
  return fits;
}

/** Whether two buffers have an element in common; what there is once, per image, and codes lie apart. */
function shareMemory(one: Buffer, other: Buffer): boolean {
  const meet = one.offset < other.offset + other.length && other.offset < one.offset + one.length;
  return one.element === other.element && one.extent === other.extent && meet;
}

/** Whether two slices have an element in common, at some batch. */
function overlap(program: Program, a: SliceRef, b: SliceRef): boolean {
  if (a.buffer !== b.buffer) {
    return shareMemory(program.buffers[a.buffer]!, program.buffers[b.buffer]!);
  }
  const elements = new Set<number>();
  forEachRun(a, (start, end) => {
    for (let at = start; at < end; at += 1) elements.add(at);
  });
  let common = false;
  forEachRun(b, (start, end) => {
    for (let at = start; at < end && !common; at += 1) common = elements.has(at);
  });
  return common;
}

function describe(program: Program, { buffer, within, channels }: SliceRef): string {
  return `${program.buffers[buffer]!.name} [${within} +${channels}]`;
}
