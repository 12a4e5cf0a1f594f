// How the layers of other frameworks are described: for each argument, in positional order, what becomes of it here.
// A framework's table (frontend/names/foreign/pytorch.ts, keras.ts, …) can be read next to its documentation; an operator can also
// bring its names along.

/** The library whose documentation says what the word means. */
export type Framework = 'PyTorch' | 'Keras' | 'ONNX' | 'Caffe' | 'darknet';

export type ForeignArgument =
  | {
      /** It is an attribute of ours. */
      readonly kind: 'ours';
      readonly name: string;
      /** The framework's default as our source writes it; absent where the argument is required there. */
      readonly default?: string;
      /** Where its values are written in another way. */
      readonly form?: Form;
      /** Why a value without such a form has no counterpart. */
      readonly otherwise?: string;
    }
  /** It says what is known here from what flows in, such as the input's channels. */
  | { readonly kind: 'known' }
  /** It changes nothing that is computed: `inplace`, `name`. */
  | { readonly kind: 'silent' }
  /** Only this value means the same here; it is the default where `required` is absent. */
  | { readonly kind: 'only'; readonly value: string; readonly otherwise?: string }
  /** It names a step of its own. */
  | { readonly kind: 'activation' };

/** How a framework's value becomes ours, where it is not written the same way. */
export type Form =
  /** The other framework's momentum is the weight of the old statistics: ours is 1 − theirs. */
  | 'one minus'
  /** A list of left, right, top, bottom. */
  | 'left right top bottom'
  /** ((top, bottom), (left, right)). */
  | 'pairs'
  /** A number of slopes: one is shared by all channels. */
  | 'shared by one'
  /** A whole number that must be even. */
  | 'even'
  /** A list or tuple of extents. */
  | 'extents';

export interface ForeignLayer {
  readonly operator: string;
  /** By name, in positional order. Absent: the layer has arguments that do not map one by one. */
  readonly arguments?: Readonly<Record<string, ForeignArgument>>;
  /** How many of the arguments may be given by position; absent: all. */
  readonly positional?: number;
  /** Attributes that the word itself carries, as our source writes them. */
  readonly also?: Readonly<Record<string, string>>;
  /** A step that has to follow for the same result. */
  readonly then?: string;
  /** What is different here, where nothing means exactly the same. */
  readonly differs?: string;
}

/** An operator's names by framework; there, what becomes of the layer's arguments. */
export type ForeignNames = Readonly<
  Partial<Record<Framework, Readonly<Record<string, Omit<ForeignLayer, 'operator'>>>>>
>;

/** A framework's layers by their names there. */
export interface FrameworkTable {
  readonly framework: Framework;
  readonly layers: Readonly<Record<string, ForeignLayer>>;
  /** Layers that have no counterpart here, unless an operator brings the word along, and what can be written instead, if anything. */
  readonly missing: Readonly<Record<string, string>>;
}

/**
 * An argument that is our attribute `name`. `fallback` is what the framework takes where it is not given; `otherwise` says why a value
 * without such a form has no counterpart.
 */
export const as = (name: string, fallback?: string, form?: Form, otherwise?: string): ForeignArgument => ({
  kind: 'ours',
  name,
  ...(fallback !== undefined && { default: fallback }),
  ...(form && { form }),
  ...(otherwise !== undefined && { otherwise }),
});

/** An argument that must have this value, or may have `otherwise`: we have no other behaviour. */
export const only = (value: string, otherwise?: string): ForeignArgument => ({
  kind: 'only',
  value,
  ...(otherwise !== undefined && { otherwise }),
});

export const known: ForeignArgument = { kind: 'known' };
export const silent: ForeignArgument = { kind: 'silent' };
export const activation: ForeignArgument = { kind: 'activation' };

/** The axis of a join, which is that of the channels: `axis: 1`. */
export const joinsChannels = (axis: string): ForeignArgument =>
  only(axis, 'it joins the channels; along: height and along: width join other axes');

/** The axis of what works on all channels of a pixel. */
export const overChannels = (axis: string): ForeignArgument =>
  only(axis, 'other axes have names: over: height, width or map');

/** What is written in place of a layer that is the input. */
export const inputStatement = 'an input has a name and a shape: input image: [3, 32, 32]';

/** ONNX's `auto_pad`, which is not read. */
export const noAutoPad = only('NOTSET', 'write the padding in numbers, or padding: same for SAME_UPPER');

/** Why dropout of channels is not ours. */
export const dropsChannels = 'in training it drops whole channels, dropout drops single numbers';
