// How often numbers occur, in bounded memory whatever their number: equal bins around zero, which become twice as wide when a larger
// magnitude comes (as TensorRT's calibrator and PyTorch's HistogramObserver have them).

export interface Histogram {
  /** Numbers that are not finite are left out. */
  add(values: ArrayLike<number>): void;
  readonly low: number;
  readonly high: number;
  /** Calls `visit` with the middle of each bin that has some, lowest first, and how many; zeros are a bin of their own. */
  each(visit: (value: number, count: number) => void): void;
  /** How many were added. */
  readonly count: number;
}

/** An empty one, with an even number of bins on each side of zero. */
export function histogram(bins = 2048): Histogram {
  // Bin i has the numbers from (i − bins)·width to the next; zeros are counted apart.
  const counts = new Float64Array(2 * bins);
  let [width, zeros, count, low, high] = [0, 0, 0, Infinity, -Infinity];

  const widen = (magnitude: number): void => {
    if (width === 0) width = 2 ** Math.ceil(Math.log2(magnitude / bins) + 1e-9) || Number.MIN_VALUE;
    while (magnitude >= width * bins) {
      for (let at = 0; at < bins; at += 1) {
        const above = bins + at;
        const below = bins - 1 - at;
        const pair = 2 * at;
        counts[above] = pair < bins ? counts[bins + pair]! + counts[bins + pair + 1]! : 0;
        counts[below] = pair < bins ? counts[bins - 1 - pair]! + counts[bins - 2 - pair]! : 0;
      }
      width *= 2;
    }
  };

  return {
    add(values) {
      for (let at = 0; at < values.length; at += 1) {
        const value = values[at]!;
        if (!Number.isFinite(value)) continue;
        count += 1;
        if (value < low) low = value;
        if (value > high) high = value;
        if (value === 0) {
          zeros += 1;
          continue;
        }
        if (Math.abs(value) >= width * bins) widen(Math.abs(value));
        const bin = bins + Math.floor(value / width);
        counts[bin]! += 1;
      }
    },
    get low() {
      return low;
    },
    get high() {
      return high;
    },
    get count() {
      return count;
    },
    each(visit) {
      for (let bin = 0; bin < 2 * bins; bin += 1) {
        if (bin === bins && zeros > 0) visit(0, zeros);
        if (counts[bin]! > 0) visit((bin - bins + 0.5) * width, counts[bin]!);
      }
    },
  };
}
