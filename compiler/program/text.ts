// The text form of a program, for `cnnc dump --stage program` and goldens: what goes in and out, where values lie and
// for how long, and the calls in order. Lengths and offsets are in elements (of f32 or what is said), those of the arena per image.

import { formatShape } from '../ir/tensor-type.ts';
import type { CallArgument, KernelCall, MemoryRef, Program, ProgramTensor, SliceRef } from './program.ts';

/** The same text for the same program, always. */
export function printProgram(program: Program): string {
  const sections = [
    `program ${printName(program.name)}  # ${printLengths(program)}`,
    ...program.inputs.map((tensor) => `input ${printTensor(tensor)}`),
    ...program.outputs.map((tensor) => `output ${printTensor(tensor)}`),
    ...program.parameters.map((tensor) => `parameter ${printTensor(tensor)}`),
    ...program.constants.map(({ length }, index) => `constant ${index} [${length}]`),
    ...program.temporaries.map((length, index) => `temporary ${index} [${length}]`),
    ...program.buffers.map(
      ({ name, element, offset, length, from, to }, index) =>
        `buffer ${index} ${printName(name)}${element === 'f32' ? '' : ` of ${element}`} at ${offset}, ${length} long, alive in calls ${from} to ${to}`,
    ),
    'prepare',
    ...program.prepare.map((call) => `  ${printCall(program, call)}`),
    'run',
    ...program.run.map((call, index) => `  ${index}: ${printCall(program, call)}`),
  ];
  return sections.map((line) => `${line}\n`).join('');
}

/** Weights in bf16 and memory that threads share are what only programs on vectors have, and codes and integers only quantised ones. */
function printLengths({ sections }: Program): string {
  const names = [
    ...(['arena', 'weights', 'scratch', 'halves', 'shared', 'once'] as const),
    ...(['codes', 'bytes', 'integers', 'shared_codes', 'scratch_codes'] as const),
  ];
  const always = new Set<string>(['arena', 'weights', 'scratch']);
  const shown = names.filter((name) => always.has(name) || sections[name].length > 0);
  return shown.map((name) => `${name} ${sections[name].length}`).join(', ');
}

function printCall(program: Program, call: KernelCall): string {
  const kernel = program.kernels.find(({ name }) => name === call.kernel);
  const memories = kernel?.memories.map(({ name }) => printMemory(call.memories.get(name)!)) ?? [];
  const given = [...memories, ...call.arguments.map(printArgument)].join(', ');
  const slices = (refs: readonly SliceRef[]): string => refs.map((ref) => printSlice(program, ref)).join(', ');
  const flow =
    call.reads.length + call.writes.length > 0 ? `  ${slices(call.reads)} -> ${slices(call.writes)}`.trimEnd() : '';
  const nodes = call.nodes.length > 0 ? `${call.nodes.map(printName).join(', ')} ` : '';
  const line = call.line === undefined ? '' : `, line ${call.line}`;
  return `${call.kernel}(${given})${flow}  # ${nodes}${formatShape(call.shape)}${line}`;
}

function printMemory(ref: MemoryRef): string {
  return ref.kind === 'section' ? ref.name : `${ref.kind}${ref.index}`;
}

function printArgument(argument: CallArgument): string {
  switch (argument.kind) {
    case 'constant':
      return String(argument.value);
    case 'slice':
      return `buffer${argument.buffer}${argument.within === 0 ? '' : `+${argument.within}`}`;
    case 'chunk':
      return `first*${argument.size}`;
    case 'images':
      return 'images';
    default:
      return argument satisfies never;
  }
}

/** `conv1[0:6 of 6]`: channels of a buffer's pixels. */
function printSlice(program: Program, { buffer, within, channels, pixels, pixelStride }: SliceRef): string {
  const name = printName(program.buffers[buffer]?.name ?? String(buffer));
  const part = within === 0 && channels === pixelStride ? '' : `[${within}:${within + channels} of ${pixelStride}]`;
  return `${name}${part}${pixels === 1 ? '' : `*${pixels}`}`;
}

const printTensor = ({ name, shape, element = 'f32' }: ProgramTensor): string =>
  `${printName(name)} ${element === 'f32' ? '' : element}${formatShape(shape)}`;

/** Names that need no quotes; others as a JSON string in ASCII. */
function printName(name: string): string {
  if (/^[A-Za-z_][\w.]*$/.test(name)) return name;
  return JSON.stringify(name).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
