// The type of a value: its shape, whether the batch axis N stands before it, and what its elements are. When a value is
// computed is another matter: see stage.ts.

export type Shape = readonly number[];

/** Kernels compute with f32; the others are for numbers that are stored or computed with in fewer bytes. */
export type Element = 'f32' | 'f16' | 'bf16' | 'i32' | 'i8' | 'u8';

/** Bytes of one element. */
export const elementBytes: Readonly<Record<Element, number>> = { f32: 4, f16: 2, bf16: 2, i32: 4, i8: 1, u8: 1 };

export interface TensorType {
  /** `[C, H, W]`, `[length, features]` or `[features]` for a value that flows, the whole shape for a parameter. */
  readonly shape: Shape;
  /** Whether the batch axis N precedes the shape: one such tensor per image. */
  readonly batched: boolean;
  readonly element: Element;
}

/** A type; with the batch axis and of f32 unless said otherwise. */
export function tensorType(shape: Shape, batched = true, element: Element = 'f32'): TensorType {
  return { shape, batched, element };
}

/** Names of the axes of a value that flows, by its rank; other ranks have none. */
export function axisNames(rank: number): readonly string[] | undefined {
  return flowAxes[rank];
}

const flowAxes: Readonly<Record<number, readonly string[]>> = {
  1: ['features'],
  2: ['length', 'features'],
  3: ['channels', 'height', 'width'],
};

/** Whether an axis of this name is that of the channels, or features. */
export const isChannelAxis = (name: unknown): boolean => name === 'channels' || name === 'features';

/** Whether values of the type are tokens [length, features] that flow; parameters of two axes are not. */
export const areTokens = ({ shape, batched }: Pick<TensorType, 'shape' | 'batched'>): boolean =>
  batched && shape.length === 2;

/** The axis of the channels or features: of tokens [length, features] that flow the last one, else the first. */
export function channelAxis(type: Pick<TensorType, 'shape' | 'batched'>): number {
  return areTokens(type) ? 1 : 0;
}

/** How many channels or features a value has. */
export function channelsOf(type: Pick<TensorType, 'shape' | 'batched'>): number {
  return type.shape[channelAxis(type)] ?? 1;
}

/** Elements per image (batched) or in all. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Bytes per image (batched) or in all. */
export function bytesOf({ shape, element }: TensorType): number {
  return elementBytes[element] * sizeOf(shape);
}

/** Whether two shapes have the same extents. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Whether shape, batch axis and element type agree. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.batched === b.batched && a.element === b.element && sameShape(a.shape, b.shape);
}

/** `[6, 28, 28]`, as users see it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** `[N,6,28,28]`, `[6,1,5,5]` or `i8[6,1,5,5]`, as the graph's text form writes it; f32 is left out. */
export function formatType({ shape, batched, element }: TensorType): string {
  return `${element === 'f32' ? '' : element}[${[...(batched ? ['N'] : []), ...shape].join(',')}]`;
}
