// A node while it is imported: what its operator's file reads it with, and writes its part of the graph with.

import type { Attributes as GraphAttributes, ValueId } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { Attributes } from './attributes.ts';
import type { Constant } from './constant.ts';
import type { NodeProto } from './file/messages.ts';
import type { Flow, Operand } from './flow.ts';
import type { Made } from './session.ts';

export interface Site {
  readonly node: NodeProto;
  readonly attributes: Attributes;
  /** Of the operator set that the node is of. */
  readonly version: number;
  /** Axes of the file's tensors that `Flow.dims` leaves out: 1 where axis 0 is the batch, 0 where whole tensors are one image. */
  readonly outer: 0 | 1;
  /** How many images the file is for, where axis 0 is the batch; undefined where their number is a name. */
  readonly images: number | undefined;
  readonly count: number;
  /** Operand `at`; refuses one that is absent. */
  operand(at: number): Operand;
  optional(at: number): Operand | undefined;
  /** Operand `at`, which must flow. */
  flow(at: number): Flow;
  /** Operand `at`, which must be known; `role` says what it is: `the weight`. */
  constant(at: number, role: string): Constant;
  optionalConstant(at: number, role: string): Constant | undefined;
  /** Whether anybody reads result `at`. */
  wants(at: number): boolean;
  /** A node of the graph with this node's name; its first result. */
  apply(op: string, inputs: readonly ValueId[], attributes?: GraphAttributes, weights?: readonly Constant[]): ValueId;
  applyAll(op: string, inputs: readonly ValueId[], attributes?: GraphAttributes): readonly ValueId[];
  /** A node for what a hair's breadth decides: its numbers are those of f32, not the shortest decimals that stand for them. */
  exactly(op: string, inputs: readonly ValueId[], attributes?: GraphAttributes): ValueId;
  /** A node that this one needs beside its own. */
  helper(op: string, inputs: readonly ValueId[], attributes?: GraphAttributes, weights?: readonly Constant[]): ValueId;
  /** A constant as a value of the graph. */
  learned(tensor: Constant, shape: Shape): ValueId;
  /** A value in this shape, of the same size. */
  shaped(value: ValueId, shape: Shape): ValueId;
  shapeOf(value: ValueId): Shape;
  /** How a value was made; undefined of inputs and weights. */
  madeBy(value: ValueId): Made | undefined;
  /** A result whose shape in the file is `dims`, without the batch axis. */
  result(value: ValueId, dims: readonly number[]): Flow;
  /**
   * Axis `axis` of the file, counted from the end where negative, of a tensor of `rank` axes there: its index in `Flow.dims`. The batch,
   * which is axis `batchAt`, cannot be worked along.
   */
  axis(axis: number, rank: number, batchAt?: number): number;
  note(text: string): void;
}

export type Importer = (site: Site) => readonly Operand[];
