// One group about to become a kernel call: what it reads and writes, and the pieces every call is made of.

import type { Attributes, Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { Reduction } from '../ir/lowering.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import { dataCount, dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import type { Stages } from '../ir/stage.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import type { Epilogue, EpilogueStep } from '../templates/epilogue.ts';
import type { Slice } from '../templates/geometry.ts';
import type { Target } from '../templates/target.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, bindMemories, constant, sliceRef } from './bare-call.ts';
import type { Group, GroupStep } from './group.ts';
import type { KernelSet, Template } from './kernel-set.ts';
import type { Place } from './place.ts';
import type { Packer } from './prepare.ts';
import type { CallArgument, SliceRef } from '../program/program.ts';

export { listOf as numbersOf, numberOf } from '../ops/attributes.ts';

export interface ScheduleContext {
  readonly graph: Graph;
  readonly stages: Stages;
  readonly operators: OperatorTable;
  readonly kernels: KernelSet;
  readonly packer: Packer;
  readonly target: Target;
  /** What the weights of dense layers are kept in. */
  readonly weightsType: 'f32' | 'bf16';
  /** Whether Winograd's algorithm may be used. */
  readonly winograd: boolean;
  placeOf(value: ValueId): Place;
  /** Whether all its numbers are +0 or more, whatever the inputs; NaN may be among them. */
  isPositive(value: ValueId): boolean;
}

/** Steps as templates take them, with the arguments and slices they bring. */
export interface BoundEpilogue {
  readonly epilogue: Epilogue;
  readonly extra: readonly CallArgument[];
  readonly reads: readonly SliceRef[];
}

export interface Site extends ScheduleContext {
  readonly group: Group;
  readonly anchor: Node;
  readonly operator: Operator;
  readonly attributes: Attributes;
  readonly inputTypes: readonly TensorType[];
  /** The anchor's operands. */
  readonly data: readonly ValueId[];
  readonly parameters: readonly ValueId[];
  /** The first operand that is a map, and the group's first result. */
  readonly source: Place;
  readonly destination: Place;
  readonly input: Slice;
  readonly output: Slice;
  bindEpilogue(steps: readonly GroupStep[]): BoundEpilogue;
  /** Offset of a packed vector with an element per channel of `output`; a single element is repeated. */
  vector(value: ValueId): number;
  /**
   * A call of `template`: source, `weights`, destination, what the epilogues bring, images. `base` is a hint for the kernel's
   * name.
   */
  call<Spec extends object>(base: string, spec: Spec, template: Template<Spec>, parts?: CallParts): BareCall;
}

export interface CallParts {
  /** Offsets in the packed weights. */
  readonly weights?: readonly number[];
  readonly epilogues?: readonly BoundEpilogue[];
  /** Elements. */
  readonly scratch?: number;
  readonly shared?: number;
  readonly scratchCodes?: number;
  readonly sharedCodes?: number;
}

/** One of as many equal parts of the channels of all maps that a call reads and writes. */
export interface ChannelPart {
  readonly index: number;
  readonly count: number;
}

const allChannels: ChannelPart = { index: 0, count: 1 };

function channelsOf(place: Place, { index, count }: ChannelPart): Place {
  const channels = place.slice.channels / count;
  return { ...place, within: place.within + index * channels, slice: { ...place.slice, channels } };
}

/** The group, or a part of its channels, with what its kernel call is made of. */
export function createSite(group: Group, context: ScheduleContext, part = allChannels): Site {
  const { anchor } = group;
  const { graph, operators, packer, kernels } = context;
  const operator = operatorOf(operators, anchor.op);
  const inputTypes = dataTypes(graph, anchor, operator);
  const data = anchor.operands.slice(0, inputTypes.length);
  const map = data.find((value) => context.stages.get(value) === 'run');
  invariant(map !== undefined, `${anchor.name} reads no map`);
  const placeOf = (value: ValueId): Place => channelsOf(context.placeOf(value), part);
  const source = placeOf(map);
  const destination = placeOf(group.results[0]!);

  const site: Site = {
    ...context,
    group,
    anchor,
    operator,
    attributes: anchor.attributes,
    inputTypes,
    data,
    parameters: anchor.operands.slice(inputTypes.length),
    source,
    destination,
    input: source.slice,
    output: destination.slice,
    bindEpilogue(steps) {
      const epilogue: EpilogueStep[] = [];
      const extra: CallArgument[] = [];
      const reads: SliceRef[] = [];
      for (const step of steps) {
        if (step.kind === 'combine') {
          const place = placeOf(step.operand);
          const { imageStride, pixelStride } = place.slice;
          epilogue.push({ kind: 'combine', operation: step.operation, imageStride, pixelStride });
          extra.push(argumentOf(place));
          reads.push(sliceRef(place));
          continue;
        }
        const stepOperator = operatorOf(operators, step.node.op);
        const vectors = step.node.operands.slice(dataCount(stepOperator, step.node.operands.length));
        const expression = stepOperator.pointwise!(step.node.attributes);
        epilogue.push({ kind: 'pointwise', expression, vectors: vectors.length });
        for (const value of vectors) extra.push(constant(site.vector(value)));
      }
      return { epilogue, extra, reads };
    },
    vector(value) {
      const length = sizeOf(typeOf(graph, value).shape);
      const { channels } = destination.slice;
      const axis = { count: channels, stride: length === 1 ? 0 : 1 };
      return packer.strided(value, [axis], part.index * channels * axis.stride);
    },
    call(base, spec, template, { weights = [], epilogues = [], scratch = 0, shared = 0, ...ofCodes } = {}) {
      const kernel = kernels.use(base, spec, template, context.target);
      const extra = epilogues.flatMap((epilogue) => epilogue.extra);
      return {
        kernel,
        memories: bindMemories(kernels.get(kernel)),
        arguments: [
          argumentOf(source),
          ...weights.map(constant),
          argumentOf(destination),
          ...extra,
          { kind: 'images' },
        ],
        reads: [sliceRef(source), ...epilogues.flatMap((epilogue) => epilogue.reads)],
        writes: [sliceRef(destination)],
        scratch,
        shared,
        ...ofCodes,
      };
    },
  };
  return site;
}

/** What templates call a reduction, and what the names of pooling kernels say. */
export const reductions = { max: 'max', mean: 'avg' } as const satisfies Record<Reduction, string>;
