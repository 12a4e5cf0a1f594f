// The kernel calls of a program in JavaScript: those of `prepare`, once, and those of a pass.

import type { Element } from '../ir/tensor-type.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { CallArgument, KernelCall, MemoryRef, Program, SectionName } from '../program/program.ts';
import { startOf } from '../program/program.ts';
import { commentText, dataLiteral, numberLiteral, stringLiteral } from './literals.ts';
import { arrays, printFunction } from './typescript.ts';

/** `prepare`: the kernel calls that fill the packed weights, once, when a module is loaded. */
export function prepareFunction(program: Program, typed: boolean): string {
  const kernels = kernelsByName(program);
  const parameters = [
    { name: 'parameters', type: 'readonly WeightData[]' },
    ...['weights' as const, ...packedBeside(program)].map((name) => sectionParameter(program, name)),
    ...(program.prepare.some(({ apart }) => apart) ? [{ name: 'loading', type: 'Loading' }] : []),
  ];
  const cast = (index: number): string => (typed ? ` as ${parameterArray(program, index)}` : '');
  const parametersOf = (calls: readonly (readonly [string, MemoryRef])[]): ReadonlySet<number> =>
    new Set(calls.flatMap(([, ref]) => (ref.kind === 'parameter' ? [ref.index] : [])));
  const used = parametersOf(program.prepare.flatMap(({ memories }) => [...memories]));
  /** Those of which JavaScript reads each number, where others may still be in a file. */
  const whole = packsFiles(program)
    ? parametersOf(
        program.prepare.flatMap(({ memories, apart }) => [...memories].filter(([name]) => !apart || name !== 'source')),
      )
    : new Set();
  const lines = [
    ...[...used].map((index) => {
      const given = `parameters[${index}]`;
      const text = whole.has(index) ? `wholeTensor(${given})` : `${given}${cast(index)}`;
      return `const p${index} = ${text}; // ${commentText(program.parameters[index]!.name)}`;
    }),
    ...program.constants.map((data, index) => `const c${index} = new Float64Array(${dataLiteral([...data])});`),
    ...program.temporaries.map((length, index) => `const t${index} = new Float64Array(${length});`),
    ...program.prepare.map((call) => callText(call, program, kernels)),
    ...(combinesWeights(program)
      ? [
          `requireFinite(weights, ${packsFiles(program) ? '() => parameters.map(wholeTensor)' : '() => parameters'}, ${dataLiteral(program.combinedBy)}, ${dataLiteral(program.magnitudes ?? [])});`,
        ]
      : []),
  ];
  const body = lines.map((line) => `  ${line}\n`).join('');
  return `// Arithmetic on the weights, and packing them, once.\n${printFunction('prepare', parameters, body, typed)}`;
}

/** Whether kernels of the module pack, which read a file as they do. Whole numbers are checked before that. */
export const packsFiles = ({ prepare, bounds }: Program): boolean =>
  bounds.length === 0 && prepare.some(({ apart }) => apart !== undefined);

/** What `prepare` fills besides the weights in f32. */
export const packedBeside = ({ sections }: Program) =>
  (['halves', 'bytes', 'integers'] as const).filter((name) => sections[name].length > 0);

/** What a pass of a module in JavaScript uses besides arena, weights and scratch memory. */
export const usedBeside = ({ sections }: Program) =>
  (['codes', 'bytes', 'integers', 'scratch_codes'] as const).filter((name) => sections[name].length > 0);

/** The typed array that holds a section. */
export const sectionArray = ({ sections }: Program, name: SectionName): string => arrayOf(sections[name].element);

const sectionParameter = (program: Program, name: SectionName) => ({ name, type: sectionArray(program, name) });

const parameterArray = ({ parameters }: Program, index: number): string => arrayOf(parameters[index]!.element ?? 'f32');

function arrayOf(element: Element): string {
  if (element === 'f16') throw new TypeError('no memory is of f16');
  return arrays[element];
}

/** Whether passes made weights of several others, which may leave the range of f32 where those do not. */
export const combinesWeights = ({ combinedBy = [] }: Program): boolean => combinedBy.length > 0;

/** `pass`: every kernel call of a pass over `images` images, in order. */
export function passFunction(program: Program, typed: boolean): string {
  const kernels = kernelsByName(program);
  const border = [
    ...program.inputs.map((_, index) => `input${index}`),
    ...program.outputs.map((_, index) => `output${index}`),
  ];
  const parameters = [
    ...(['arena', 'weights', 'scratch', ...usedBeside(program)] as const).map((name) =>
      sectionParameter(program, name),
    ),
    ...border.map((name) => ({ name, type: 'Float32Array' })),
    ...['first', 'images', 'maxBatch'].map((name) => ({ name, type: 'number' })),
  ];
  const lines = program.run.map((call) => {
    const from = call.nodes.length > 0 ? call.nodes.join(', ') : 'copy';
    const line = call.line === undefined ? '' : `line ${call.line}: `;
    return `  // ${commentText(`${line}${from} [${call.shape.join(', ')}]`)}\n  ${callText(call, program, kernels)}\n`;
  });
  return `// One pass over \`images\` images, the first being number \`first\` of the batch.\n${printFunction('pass', parameters, lines.join(''), typed)}`;
}

const kernelsByName = (program: Program): ReadonlyMap<string, Kernel> =>
  new Map(program.kernels.map((kernel) => [kernel.name, kernel]));

function callText(call: KernelCall, program: Program, kernels: ReadonlyMap<string, Kernel>): string {
  const { memories: declared } = kernels.get(call.kernel)!;
  const memories = declared.map(({ name }) => [name, memoryName(call.memories.get(name)!)] as const);
  const numbers = call.arguments.map((argument) => argumentText(argument, program));
  if (!call.apart) return `${call.kernel}(${[...memories.map(([, text]) => text), ...numbers].join(', ')});`;
  const { kind, factors } = call.apart;
  if (kind === 'packed-already') return `loading.kernels.${call.kernel}(${numbers.join(', ')});`;
  const members = [...memories, ...(factors === undefined ? [] : [['count', factors] as const])];
  const packing = `{ ${members.map(([name, text]) => (name === text ? name : `${name}: ${text}`)).join(', ')} }`;
  const packs = { filters: 'transformFilters', packed: 'packParts' }[kind];
  return `${packs}(loading, ${[stringLiteral(call.kernel), packing, ...numbers].join(', ')});`;
}

function memoryName(ref: MemoryRef): string {
  switch (ref.kind) {
    case 'section':
      return ref.name;
    case 'input':
    case 'output':
      return `${ref.kind}${ref.index}`;
    case 'parameter':
      return `p${ref.index}`;
    case 'constant':
      return `c${ref.index}`;
    case 'temporary':
      return `t${ref.index}`;
    default:
      return ref satisfies never;
  }
}

function argumentText(argument: CallArgument, program: Program): string {
  switch (argument.kind) {
    case 'constant':
      return numberLiteral(argument.value);
    case 'slice': {
      const { fixed, perImage } = startOf(program, program.buffers[argument.buffer]!);
      const within = fixed + argument.within;
      const scaled = perImage === 0 ? [] : [`${perImage} * maxBatch`];
      return [...scaled, ...(within === 0 && scaled.length > 0 ? [] : [String(within)])].join(' + ');
    }
    case 'chunk':
      return `first * ${argument.size}`;
    case 'images':
      return 'images';
    default:
      return argument satisfies never;
  }
}
