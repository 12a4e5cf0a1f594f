// Attributes of ONNX's nodes, each of the type that its operator's specification names: 1 as a float is not 1 as an integer.

import { attributeTypes } from '../../onnx/file/messages.ts';

export type AttributeValue =
  | { readonly type: typeof attributeTypes.float; readonly f: number }
  | { readonly type: typeof attributeTypes.int; readonly i: bigint }
  | { readonly type: typeof attributeTypes.string; readonly s: Uint8Array }
  | { readonly type: typeof attributeTypes.ints; readonly ints: bigint[] };

/** f32, rounded here so that a number beyond f32 is infinite instead of an error. */
export const float = (value: number): AttributeValue => ({ type: attributeTypes.float, f: Math.fround(value) });

/** int64, from a whole number. */
export const int = (value: number): AttributeValue => ({ type: attributeTypes.int, i: BigInt(value) });

/** 1 or 0: ONNX has no booleans among attributes. */
export const flag = (value: boolean): AttributeValue => int(Number(value));

/** A list of int64. */
export const ints = (values: readonly number[]): AttributeValue => ({
  type: attributeTypes.ints,
  ints: values.map(BigInt),
});

/** UTF-8. */
export const text = (value: string): AttributeValue => ({
  type: attributeTypes.string,
  s: new TextEncoder().encode(value),
});
