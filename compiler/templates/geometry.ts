// The geometry every template takes: where a map lies in the arena.

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
  /** Whether it is of u8 and lies among the codes, not of f32 in the arena. */
  readonly codes?: true;
}

/** Short text for kernel names: `64x56x56`, with the pixel stride where it is not the channels. */
export function sliceName(slice: Slice): string {
  const stride = slice.pixelStride === slice.channels ? '' : `p${slice.pixelStride}`;
  return `${slice.channels}x${slice.height}x${slice.width}${stride}`;
}
