// The geometry every template takes: where a map lies in the arena; and the target it is for.

import type { BuildOptions } from '../kernel/builder.ts';

/**
 * A slice: H × W pixels of C channels, channels last. Element (n, h, w, c) is at
 * base + n · imageStride + (h · W + w) · pixelStride + c, all in elements.
 */
export interface Slice {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly pixelStride: number;
  readonly imageStride: number;
}

/** What a template generates code for. */
export interface Target {
  readonly name: 'js' | 'wasm';
  /** 1: sums in f64, rounded to f32 when they are stored. 4: vectors of f32. */
  readonly lanes: 1 | 4;
  /** Whether multiplying and adding is one instruction; where it is not, it takes another register. */
  readonly fused: boolean;
}

export const scalarTarget: Target = { name: 'js', lanes: 1, fused: false };
export const vectorTarget: Target = { name: 'wasm', lanes: 4, fused: false };
export const fusedTarget: Target = { name: 'wasm', lanes: 4, fused: true };

/** How kernels for a target are built: where threads may share loops, none disappears because it has one iteration. */
export const buildOptions = ({ lanes }: Target): BuildOptions => ({ keepParallel: lanes > 1 });

/** Short text for kernel names: `64x56x56`, with the pixel stride where it is not the channels. */
export function sliceName(slice: Slice): string {
  const stride = slice.pixelStride === slice.channels ? '' : `p${slice.pixelStride}`;
  return `${slice.channels}x${slice.height}x${slice.width}${stride}`;
}
