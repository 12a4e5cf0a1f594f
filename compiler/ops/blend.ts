// Between which pixels the pixels of an enlarged image lie.

/** A pixel and its share, along one axis. */
export interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** The centre of output pixel `at` lies between two centres of input pixels; at the border it takes the first or last. */
export function blend(at: number, factor: number, extent: number): readonly Tap[] {
  const place = Math.max(0, (at + 0.5) / factor - 0.5);
  const index = Math.floor(place);
  return [
    { index, weight: 1 - (place - index) },
    { index: Math.min(index + 1, extent - 1), weight: place - index },
  ];
}
