// The type of a value: f32 in the running network, NCHW meaning, sizes without the batch axis.

export type Shape = readonly number[];

/**
 * `shape` is `[C, H, W]` or `[features]` for a value that flows, and the whole shape for a parameter.
 * `batched` is true when a batch axis N precedes it: everything that depends on an input has one,
 * everything that depends on parameters and constants only has none.
 */
export interface TensorType {
  readonly shape: Shape;
  readonly batched: boolean;
}

export function tensorType(shape: Shape, batched = true): TensorType {
  return { shape, batched };
}

/** Elements per image (batched) or in all. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.batched === b.batched && sameShape(a.shape, b.shape);
}

/** `[6, 28, 28]`, as users see it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** `[N,6,28,28]` or `[6,1,5,5]`, as the graph's text form writes it. */
export function formatType(type: TensorType): string {
  return `[${[...(type.batched ? ['N'] : []), ...type.shape].join(',')}]`;
}
