// From graph to program: groups become kernel calls in order, values get their places, lifetimes their memory.

import type { Graph, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Miss, Rewrite } from '../ir/record.ts';
import { typeOf } from '../ir/signature.ts';
import { splitStages, stagesOf } from '../ir/stage.ts';
import { lineOf } from '../../grammar/source.ts';
import type { ElementwiseOperand } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import type { Target } from '../templates/target.ts';
import { aligned, scalarTarget } from '../templates/target.ts';
import type { Choices } from './algorithm.ts';
import { arenaOperand, chooseKernels } from './choose-kernel.ts';
import type { Group } from './group.ts';
import { groupNodes, nodesOf } from './group.ts';
import { kernelSet } from './kernel-set.ts';
import type { Place } from './place.ts';
import { placeValues } from './place.ts';
import { smallestOrder } from './order.ts';
import { planMemory } from './plan-memory.ts';
import { createPacker } from './prepare.ts';
import type { Buffer, Extent, KernelCall, Program, ProgramTensor } from './program.ts';
import type { BareCall } from './site.ts';
import { argumentOf, sliceRef } from './site.ts';
import { poolingMiss, scheduleRecords } from './records.ts';

/** What the schedule does beyond one kernel per node, each part with a switch. */
export interface ScheduleStep {
  readonly name: 'fuse-epilogue' | 'fuse-pooling' | 'concat-slices' | 'in-place' | 'order-for-memory' | 'winograd';
  readonly summary: string;
  /** True when results keep every bit. */
  readonly exact: boolean;
}

export const scheduleSteps: readonly ScheduleStep[] = [
  {
    name: 'winograd',
    summary: 'A convolution of stride 1 computes 2×2 or 4×4 results at once, with fewer multiplications.',
    exact: false,
  },
  {
    name: 'fuse-epilogue',
    summary: 'Pointwise operators and residual sums run inside the kernel before them.',
    exact: false,
  },
  {
    name: 'fuse-pooling',
    summary: 'A pooling takes its rows from a convolution that never stores its map.',
    exact: true,
  },
  {
    name: 'concat-slices',
    summary: 'Concatenated values are written straight into their part of the result.',
    exact: true,
  },
  { name: 'in-place', summary: 'Elementwise results overwrite an operand that nobody reads again.', exact: true },
  { name: 'order-for-memory', summary: 'Independent kernels run in the order that needs least memory.', exact: true },
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
  /** Default: all. */
  readonly steps?: ReadonlySet<ScheduleStep['name']>;
  readonly rewrite?: (record: Rewrite) => void;
  readonly miss?: (record: Miss) => void;
}

/** Turns a graph into a program: groups nodes, places values, chooses kernels and their order, and plans memory. */
export function schedule(graph: Graph, operators: OperatorTable, options: ScheduleOptions = {}): Program {
  const steps = options.steps ?? new Set(scheduleSteps.map(({ name }) => name));
  const { target = scalarTarget, weightsType = 'f32' } = options;
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
  const { places, buffers, free } = placement;
  const records = scheduleRecords(graph, groups, placement, operators, steps);
  for (const record of records.rewrites) options.rewrite?.(record);
  for (const record of records.misses) options.miss?.(record);
  const kernels = kernelSet();
  const packer = createPacker(graph, staged.prepare, operators, kernels, target);
  const placeOf = (value: ValueId): Place => {
    const place = places.get(value);
    invariant(place, `%${value} has no place`);
    return place;
  };
  const calls: KernelCall[] = [];
  let scratchLength = 0;
  let sharedLength = 0;
  const push = (
    bare: BareCall,
    description: Pick<KernelCall, 'nodes' | 'shape'> & { readonly line?: number },
  ): void => {
    const { scratch, shared, ...call } = bare;
    const { buffer } = [...call.writes, ...call.reads][0]!;
    calls.push({ ...(buffers[buffer]!.extent === 'once' ? ranOnce(call) : call), ...description });
    scratchLength = Math.max(scratchLength, scratch);
    sharedLength = Math.max(sharedLength, shared);
  };
  const tensor = (name: string, value: ValueId): ProgramTensor => ({ name, shape: typeOf(graph, value).shape });
  const exportReady = (values: readonly ValueId[]): void =>
    graph.outputs.forEach((output, index) => {
      if (!values.includes(output.value)) return;
      push(border('output', index, placeOf(output.value)), { nodes: [], shape: typeOf(graph, output.value).shape });
    });

  graph.inputs.forEach((input, index) => {
    push(border('input', index, placeOf(input.value)), { nodes: [], shape: typeOf(graph, input.value).shape });
  });
  exportReady(graph.inputs.map((input) => input.value));
  for (const group of groups) {
    if (!free.has(group.anchor.name)) {
      const description = describe(group);
      for (const call of chooseKernels(group, {
        graph,
        stages,
        operators,
        kernels,
        packer,
        target,
        weightsType,
        placeOf,
      }))
        push(call, description);
    }
    exportReady(group.results);
  }

  const spans = lifetimesOf(calls);
  const lifetimes = buffers.map((buffer, index) => ({ ...buffer, ...(spans.get(index) ?? { from: 0, to: 0 }) }));
  const plans = { image: planOf('image'), once: planOf('once') };
  const { calls: prepare, temporaries, weightsLength, halvesLength } = packer.finish();
  return {
    name: graph.name,
    target,
    wide: options.wide ?? false,
    inputs: graph.inputs.map(({ name, value, settings }) => ({
      ...tensor(name, value),
      batched: typeOf(graph, value).batched,
      ...(settings ? { settings } : {}),
    })),
    outputs: graph.outputs.map(({ name, value, labels }) => ({
      ...tensor(name, value),
      batched: typeOf(graph, value).batched,
      ...(labels ? { labels } : {}),
    })),
    parameters: graph.parameters.map(({ name, value }) => tensor(name, value)),
    constants: graph.constants.map(({ data }) => data),
    temporaries,
    kernels: kernels.all(),
    prepare,
    run: calls,
    buffers: lifetimes.map((buffer, index): Buffer => ({
      ...buffer,
      offset: plans[buffer.extent].offsets.get(index)!,
    })),
    sections: {
      weights: { element: 'f32', extent: 'once', length: weightsLength },
      halves: { element: 'bf16', extent: 'once', length: halvesLength },
      shared: { element: 'f32', extent: 'once', length: sharedLength },
      once: { element: 'f32', extent: 'once', length: plans.once.length },
      arena: { element: 'f32', extent: 'image', length: plans.image.length },
      scratch: { element: 'f32', extent: 'thread', length: scratchLength },
    },
  };

  /** The two parts of the arena are planned apart: what there is per image moves with the batch. */
  function planOf(extent: Extent): { readonly offsets: ReadonlyMap<number, number>; readonly length: number } {
    const own = lifetimes.flatMap((one, index) => (one.extent === extent ? [{ ...one, index }] : []));
    const sizes = own.map((one) => ({ ...one, length: aligned(one.length, target) }));
    const { offsets, length } = planMemory(sizes);
    return { offsets: new Map(own.map(({ index }, at) => [index, offsets[at]!])), length };
  }

  /** Copies between the caller's array (row-major NCHW) and the arena (channels last). */
  function border(kind: 'input' | 'output', index: number, place: Place): BareCall {
    const { slice } = place;
    const { channels, height, width } = slice;
    const area = height * width;
    const size = channels * area;
    const outer: ElementwiseOperand = {
      memory: kind,
      type: 'f32',
      strides: [1, area],
      imageStride: slice.imageStride === 0 ? 0 : size,
    };
    const inner = arenaOperand(slice, [slice.pixelStride, 1]);
    const spec = {
      extents: [area, channels],
      operands: [kind === 'input' ? outer : inner],
      result: kind === 'input' ? inner : outer,
      combination: { kind: 'copy' },
      then: [],
      batched: true,
    } as const;
    const chunk = { kind: 'chunk', size } as const;
    const touched = [sliceRef(place)];
    return {
      kernel: kernels.use(`${kind}_${channels}x${height}x${width}`, spec, elementwise, target),
      memories: new Map([
        [kind, { kind, index }],
        ['arena', { kind: 'section', name: 'arena' }],
      ]),
      arguments: [...(kind === 'input' ? [chunk, argumentOf(place)] : [argumentOf(place), chunk]), { kind: 'images' }],
      reads: kind === 'input' ? [] : touched,
      writes: kind === 'input' ? touched : [],
      scratch: 0,
      shared: 0,
    };
  }

  function describe(group: Group): Pick<KernelCall, 'nodes' | 'shape'> & { readonly line?: number } {
    const nodes = nodesOf(group);
    const { shape } = typeOf(graph, group.results[0]!);
    const origin = nodes.find((node) => node.origin)?.origin;
    return { nodes: nodes.map((node) => node.name), shape, ...(origin ? { line: lineOf(origin.span) } : {}) };
  }
}

/** A call whose result there is once, for any batch. */
function ranOnce(call: Omit<BareCall, 'scratch' | 'shared'>): Omit<BareCall, 'scratch' | 'shared'> {
  return {
    ...call,
    arguments: call.arguments.map((argument) => {
      if (argument.kind === 'images') return { kind: 'constant', value: 1 };
      return argument.kind === 'chunk' ? { kind: 'constant', value: 0 } : argument;
    }),
  };
}

/** Buffer → the first and last call that touch it. */
function lifetimesOf(
  calls: readonly KernelCall[],
): ReadonlyMap<number, { readonly from: number; readonly to: number }> {
  const spans = new Map<number, { from: number; to: number }>();
  calls.forEach((call, at) => {
    for (const { buffer } of [...call.reads, ...call.writes]) {
      const span = spans.get(buffer);
      if (span) span.to = at;
      else spans.set(buffer, { from: at, to: at });
    }
  });
  return spans;
}
