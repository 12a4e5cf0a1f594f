// From graph to program: nodes are grouped into kernels, groups become kernel calls in order, values get their places and buffers their memory.

import type { Graph, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Miss, Rewrite } from '../ir/record.ts';
import { typeOf } from '../ir/signature.ts';
import { splitStages, stagesOf } from '../ir/stage.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Target } from '../templates/target.ts';
import { scalarTarget, stepTarget } from '../templates/target.ts';
import type { Choices } from './algorithm.ts';
import { parameterBounds } from './bounds.ts';
import { borderCopy } from './border.ts';
import { chooseKernels, copyBetween } from './choose-kernel.ts';
import type { Group } from './group.ts';
import { groupNodes, nodesOf } from './group.ts';
import { kernelSet } from './kernel-set.ts';
import { smallestOrder } from './order.ts';
import type { Place, Placement } from './place.ts';
import { placeValues } from './place.ts';
import { placeBuffers } from './place-buffers.ts';
import type { Preparation } from './prepare.ts';
import { createPacker } from './prepare.ts';
import type { KernelCall, Program, ProgramTensor, Sections } from '../program/program.ts';
import { poolingMiss, scheduleRecords } from './records.ts';
import type { BareCall } from './bare-call.ts';
import type { ScheduleContext } from './site.ts';

/** An optimisation of the schedule, which can be switched off by name like a pass. */
export interface ScheduleStep {
  readonly name: 'fuse-epilogue' | 'fuse-pooling' | 'concat-slices' | 'in-place' | 'order-for-memory' | 'winograd';
  /** True when results keep every bit. */
  readonly exact: boolean;
  readonly modes: readonly Graph['mode'][];
}

export const scheduleSteps: readonly ScheduleStep[] = [
  {
    name: 'winograd',
    exact: false,
    modes: ['infer', 'train'],
  },
  {
    name: 'fuse-epilogue',
    exact: false,
    modes: ['infer', 'train'],
  },
  {
    name: 'fuse-pooling',
    exact: true,
    // A step's gradients read the map.
    modes: ['infer'],
  },
  {
    name: 'concat-slices',
    exact: true,
    modes: ['infer', 'train'],
  },
  {
    name: 'in-place',
    exact: true,
    modes: ['infer', 'train'],
  },
  {
    name: 'order-for-memory',
    exact: true,
    // A state is overwritten when all that read it have run: the order of the graph sees to that.
    modes: ['infer'],
  },
];

export interface ScheduleOptions {
  /** Default: numbers one at a time, in f64. */
  readonly target?: Target;
  /** Whether the module asks V8 for 256-bit instructions. Default: no. */
  readonly wide?: boolean;
  /** Algorithms of convolutions that were measured; others are chosen by a model. */
  readonly choices?: Choices;
  /** What the weights of dense layers are kept in. Default f32. */
  readonly weightsType?: 'f32' | 'bf16';
  /** Whether no element of a value is ever negative or −0, whatever the inputs; NaN is possible. Default: of no value. */
  readonly isPositive?: (value: ValueId) => boolean;
  /** Default: all. */
  readonly steps?: ReadonlySet<ScheduleStep['name']>;
  readonly rewrite?: (record: Rewrite) => void;
  readonly miss?: (record: Miss) => void;
}

/** Turns a graph into a program: groups nodes, places values, chooses kernels and their order, and plans memory. */
export function schedule(graph: Graph, operators: OperatorTable, options: ScheduleOptions = {}): Program {
  const steps = options.steps ?? new Set(scheduleSteps.map(({ name }) => name));
  const { weightsType = 'f32', isPositive = () => false } = options;
  const target = graph.mode === 'train' ? stepTarget(options.target ?? scalarTarget) : (options.target ?? scalarTarget);
  const stages = stagesOf(graph);
  const staged = splitStages(graph, stages);
  const written = groupNodes(graph, staged.run, operators, {
    stages,
    epilogues: steps.has('fuse-epilogue'),
    pooling: steps.has('fuse-pooling'),
    miss: (conv, pool, reason) => options.miss?.(poolingMiss(conv, pool, reason)),
    winograd: steps.has('winograd'),
    target,
    ...(options.choices && { choices: options.choices }),
  });
  const placing = { slices: steps.has('concat-slices'), inPlace: steps.has('in-place') };
  const groups = steps.has('order-for-memory') ? smallestOrder(graph, written, operators, stages, placing) : written;
  const placement = placeValues(graph, groups, operators, placing);
  const records = scheduleRecords(graph, groups, placement, operators, steps);
  for (const record of records.rewrites) options.rewrite?.(record);
  for (const record of records.misses) options.miss?.(record);
  const kernels = kernelSet();
  const placeOf = placesOf(placement);
  const packer = createPacker(graph, { nodes: staged.prepare, stages, placeOf }, operators, kernels, target);
  const winograd = steps.has('winograd');
  const context = { graph, stages, operators, kernels, packer, target, weightsType, winograd, placeOf, isPositive };
  const { run, lengths } = kernelCalls(groups, placement, context);
  const tensor = (name: string, value: ValueId): ProgramTensor => {
    const { shape, element } = typeOf(graph, value);
    return { name, shape, ...(element !== 'f32' && { element }) };
  };
  const described = ({ name, value }: { readonly name: string; readonly value: ValueId }) => ({
    ...tensor(name, value),
    batched: typeOf(graph, value).batched,
  });
  const border = borderOf(graph);
  const states = border.states.map(({ name, value, state }) => ({
    ...tensor(name, value),
    ...state,
    buffer: placeOf(value).buffer,
  }));
  const { buffers, ...memory } = placeBuffers(
    placement.buffers,
    run,
    states.map(({ buffer }) => buffer),
    target,
  );
  const { calls: prepare, temporaries, packed, magnitudes } = packer.finish();
  return {
    name: graph.name,
    target,
    wide: options.wide ?? false,
    wideKernels: [],
    inputs: border.inputs.map((input) => ({
      ...described(input),
      ...(input.settings && { settings: input.settings }),
    })),
    outputs: border.outputs.map((output) => ({
      ...described(output),
      ...(output.labels && { labels: output.labels }),
    })),
    states,
    parameters: graph.parameters.map(({ name, value }) => tensor(name, value)),
    bounds: parameterBounds(graph, operators),
    constants: graph.constants.map(({ data }) => data),
    temporaries,
    kernels: kernels.all(),
    prepare,
    magnitudes,
    run,
    buffers,
    sections: sectionsOf(packed, lengths, memory),
  };
}

/** The sections of the memory: packed weights, workspaces of kernels, and buffers. */
function sectionsOf(
  packed: Preparation['packed'],
  workspaces: Workspaces,
  { arenaLength, onceLength, codesLength }: Omit<ReturnType<typeof placeBuffers>, 'buffers'>,
): Sections {
  return {
    weights: { element: 'f32', extent: 'once', length: packed.f32 },
    halves: { element: 'bf16', extent: 'once', length: packed.bf16 },
    bytes: { element: 'i8', extent: 'once', length: packed.i8 },
    integers: { element: 'i32', extent: 'once', length: packed.i32 },
    shared: { element: 'f32', extent: 'once', length: workspaces.shared },
    shared_codes: { element: 'u8', extent: 'once', length: workspaces.sharedCodes },
    once: { element: 'f32', extent: 'once', length: onceLength },
    arena: { element: 'f32', extent: 'image', length: arenaLength },
    codes: { element: 'u8', extent: 'image', length: codesLength },
    scratch: { element: 'f32', extent: 'thread', length: workspaces.scratch },
    scratch_codes: { element: 'u8', extent: 'thread', length: workspaces.scratchCodes },
  };
}

/** Inputs and outputs, which callers pass, apart from states, which stay in the memory from step to step, and their next values. */
function borderOf({ inputs, outputs }: Graph) {
  const results = new Map(outputs.map(({ name, value }) => [name, value]));
  const states = inputs.flatMap(({ name, value, state }) =>
    state ? [{ name, value, state, next: results.get(name)! }] : [],
  );
  const kept = new Set(states.map(({ name }) => name));
  return {
    inputs: inputs.filter(({ state }) => !state),
    outputs: outputs.filter(({ name }) => !kept.has(name)),
    states,
  };
}

const placesOf =
  ({ places }: Placement) =>
  (value: ValueId): Place => {
    const place = places.get(value);
    invariant(place, `%${value} has no place`);
    return place;
  };

/** The calls of a pass in order, with copies of inputs and outputs, and the lengths of the workspaces that they need. */
function kernelCalls(
  groups: readonly Group[],
  { buffers, free }: Placement,
  context: ScheduleContext,
): { readonly run: readonly KernelCall[]; readonly lengths: Workspaces } {
  const { graph, placeOf } = context;
  const calls: { readonly bare: BareCall; readonly description: Description }[] = [];
  const copy = (kind: 'input' | 'output', index: number, value: ValueId): void => {
    const type = typeOf(graph, value);
    const bare = borderCopy(kind, index, placeOf(value), type, context);
    calls.push({ bare, description: { nodes: [], shape: type.shape } });
  };
  const { inputs, outputs, states } = borderOf(graph);
  const outputsOf = Map.groupBy(outputs.keys(), (index) => outputs[index]!.value);
  const exportReady = (values: readonly ValueId[]): void => {
    const ready = values.flatMap((value) => outputsOf.get(value) ?? []);
    for (const index of ready.toSorted((a, b) => a - b)) copy('output', index, outputs[index]!.value);
  };

  inputs.forEach(({ value }, index) => copy('input', index, value));
  exportReady(inputs.map(({ value }) => value));
  for (const group of groups) {
    if (!free.has(group.anchor.name)) {
      const description = describe(group, graph);
      const chosen = chooseKernels(group, context);
      for (const bare of context.packer.waiting()) calls.push({ bare, description });
      for (const bare of chosen) calls.push({ bare, description });
    }
    exportReady(group.results);
  }
  for (const { value, next } of states) {
    const [from, to] = [placeOf(next), placeOf(value)];
    if (from.buffer !== to.buffer)
      calls.push({
        bare: copyBetween(context, from, to),
        description: { nodes: [], shape: typeOf(graph, value).shape },
      });
  }
  const run: KernelCall[] = [];
  const lengths = { scratch: 0, shared: 0, scratchCodes: 0, sharedCodes: 0 };
  for (const { bare, description } of calls) {
    const { scratch, shared, scratchCodes = 0, sharedCodes = 0, ...call } = bare;
    const touched = [...call.writes, ...call.reads];
    const once = touched.every(({ buffer }) => buffers[buffer]!.extent === 'once');
    run.push({ ...(once ? ranOnce(call) : call), ...description });
    for (const [name, length] of Object.entries({ scratch, shared, scratchCodes, sharedCodes }))
      lengths[name as keyof Workspaces] = Math.max(lengths[name as keyof Workspaces], length);
  }
  return { run, lengths };
}

/** The largest workspaces that any call needs, in elements. */
type Workspaces = Record<'scratch' | 'shared' | 'scratchCodes' | 'sharedCodes', number>;

/** What comments and reports say of a call. */
type Description = Pick<KernelCall, 'nodes' | 'shape' | 'line'>;

function describe(group: Group, graph: Graph): Description {
  const nodes = nodesOf(group);
  const { shape } = typeOf(graph, group.results[0]!);
  const origin = nodes.find((node) => node.origin)?.origin;
  return { nodes: nodes.map((node) => node.name), shape, ...(origin ? { line: lineOf(origin.span) } : {}) };
}

/** A call on values without the batch axis, which runs once for any number of images. */
function ranOnce(call: Omit<BareCall, keyof Workspaces>): Omit<BareCall, keyof Workspaces> {
  return {
    ...call,
    arguments: call.arguments.map((argument) => {
      if (argument.kind === 'images') return { kind: 'constant', value: 1 };
      return argument.kind === 'chunk' ? { kind: 'constant', value: 0 } : argument;
    }),
  };
}
