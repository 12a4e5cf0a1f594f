// The properties of a value that flows, all known when compiling: `x.channels`.

/** Of images `channels`, `height`, `width`; of tokens `length`, `features`; `size` is height and width together. */
export const properties = ['channels', 'height', 'width', 'length', 'features', 'size'] as const;

/** Whether a value has a property of that name. */
export function isProperty(name: string): boolean {
  return properties.some((property) => property === name);
}
