// A random ONNX model in the making: what has been drawn so far, and the dice.

import type { Random } from '../fuzz/random.ts';
import { floats, ints, node } from '../onnx/models.ts';
import type { NodeInit, Setting, TensorInit } from '../onnx/models.ts';

/** A value of floats, with the batch. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
}

type Settings = Readonly<Record<string, Setting | undefined>>;

/** Draws one node, or a few that belong together, on a value; none where the value does not suit. */
export type Step = (draft: Draft, x: Value) => void;

export class Draft {
  readonly version: number;
  readonly nodes: NodeInit[] = [];
  readonly initializers: TensorInit[] = [];
  readonly values: Value[] = [];
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
    this.version = this.whole(7, 22);
  }

  /** From `least` to `most`. */
  whole(least: number, most: number): number {
    return least + this.#random.below(most - least + 1);
  }

  chance(share: number): boolean {
    return this.#random.below(1000) < 1000 * share;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)]!;
  }

  /** Some of them, each with the same chance, in their order; at least one. */
  some<T>(from: readonly T[]): readonly T[] {
    const chosen = from.filter(() => this.chance(0.5));
    return chosen.length > 0 ? chosen : [this.pick(from)];
  }

  /** Numbers between −1 and 1. */
  numbers(count: number): readonly number[] {
    return Array.from({ length: count }, () => Math.fround(this.whole(-1000, 1000) / 1000));
  }

  /** A node with new names for its results. */
  emit(op: string, inputs: readonly string[], settings: Settings = {}, results = 1): readonly string[] {
    const names = Array.from({ length: results }, () => this.#name('v'));
    const given = Object.entries(settings).filter((entry): entry is [string, Setting] => entry[1] !== undefined);
    this.nodes.push(node(op, inputs, names, Object.fromEntries(given)));
    return names;
  }

  /** Random weights. */
  weights(dims: readonly number[], change: (value: number) => number = (value) => value): string {
    return this.constant(dims, this.numbers(dims.reduce((product, extent) => product * extent, 1)).map(change));
  }

  constant(dims: readonly number[], data: readonly number[]): string {
    const name = this.#name('w');
    this.initializers.push(floats(name, dims, data));
    return name;
  }

  integers(data: readonly number[]): string {
    const name = this.#name('i');
    this.initializers.push(ints(name, data));
    return name;
  }

  /** A single integer, which has no axis. */
  integer(value: number): string {
    const name = this.#name('i');
    this.initializers.push({ ...ints(name, [value]), dims: [] });
    return name;
  }

  /** An axis behind the batch, counted from the end half of the time. */
  axis({ dims }: Value): number {
    const axis = this.whole(1, Math.max(1, dims.length - 1));
    return this.chance(0.5) ? axis : axis - dims.length;
  }

  /** Forgets what came after so many nodes and initializers. */
  cut(nodes: number, initializers: number): void {
    this.nodes.length = nodes;
    this.initializers.length = initializers;
  }

  #name(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }
}
