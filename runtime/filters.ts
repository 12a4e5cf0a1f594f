// The filters of convolutions by Winograd's algorithm, transformed by a kernel in WebAssembly when a module loads. The kernel reads its
// memory only, so that some filters at a time are copied to where the first pass will write.

/** The exports of an instance, its memory, and so many bytes of it that are free. */
export interface Loading {
  readonly kernels: Readonly<Record<string, unknown>>;
  readonly buffer: ArrayBuffer;
  readonly at: number;
  /** At least those of the filters of a panel. */
  readonly bytes: number;
}

/** Indices of the first tap, of the transformed filters and of the magnitude; then sizes: see compiler/templates/winograd-filter.ts. */
export type FilterNumbers = readonly [
  first: number,
  to: number,
  safe: number,
  depth: number,
  panels: number,
  width: number,
  rest: number,
  lastWidth: number,
  length: number,
  stride: number,
  ...strides: readonly number[],
];

/**
 * Calls the kernel `name` for all panels of filters, with its own parameters, of which those behind `stride`, from one filter to the next,
 * are strides within a filter. What is safe with all filters is the least of what is safe with some.
 */
export function transformFilters(
  { kernels, buffer, at, bytes }: Loading,
  name: string,
  source: Float32Array | Float64Array,
  weights: Float32Array,
  ...numbers: FilterNumbers
): void {
  const [first, to, safe, depth, panels, width, rest, lastWidth, length, stride, ...strides] = numbers;
  const kernel = kernels[name] as (...numbers: readonly number[]) => void;
  const window = source instanceof Float64Array ? new Float64Array(buffer, at) : new Float32Array(buffer, at);
  // Of a filter that is turned, the first tap is the last one in memory.
  const turn = first % stride;
  const most = Math.floor(bytes / (width * stride * source.BYTES_PER_ELEMENT));
  let least = Infinity;
  const transform = (panel: number, whole: number, single: number): void => {
    const start = panel * width;
    const from = first - turn + start * stride;
    window.set(source.subarray(from, from + (whole * width + single) * stride));
    const target = to + start * depth;
    const sizes = [depth, whole, width, single, lastWidth, length, stride, ...strides];
    kernel(turn, target, safe, ...sizes, at);
    least = Math.min(least, weights[safe]!);
  };
  for (let panel = 0; panel < panels; panel += most) transform(panel, Math.min(most, panels - panel), 0);
  if (rest > 0) transform(panels, 0, rest);
  weights[safe] = least;
}
