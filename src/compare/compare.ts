// How much the values of two runs differ, name by name.

/** One value of a run, all images one after the other. */
export interface RunValue {
  /** What it is called there; the first is the one to show. */
  readonly own: readonly string[];
  /** What it is called in the ONNX file that it comes from. */
  readonly foreign: readonly string[];
  /** Without the batch axis. */
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly isOutput: boolean;
}

export interface ComparedValue {
  readonly name: string;
  /** Its name in the other run, where that is not the same. */
  readonly other?: string;
  readonly shape: readonly number[];
  readonly isOutput: boolean;
  /** max |y| over both. */
  readonly largest: number;
  /** max |a − b|; Infinity where only one of both is NaN, or they are infinite with different signs. */
  readonly difference: number;
  /** The difference as a part of `largest`. */
  readonly relative: number;
}

export interface Comparison {
  /** In the order in which the first run computes them. */
  readonly values: readonly ComparedValue[];
  /** The first of them whose relative difference is beyond the tolerance. */
  readonly first?: string;
  /** How many are beyond it. */
  readonly beyond: number;
  /** Values of each run that the other has not. */
  readonly unmatched: readonly [readonly string[], readonly string[]];
}

/** Values with the same name in the ONNX file, else with the same name of their own, else outputs in the same place. */
export function compareValues(a: readonly RunValue[], b: readonly RunValue[], tolerance: number): Comparison {
  const pairs = pairsOf(a, b);
  const values = a.flatMap((value) => {
    const partner = pairs.get(value);
    return partner ? [compared(value, partner)] : [];
  });
  const beyond = values.filter(({ relative }) => relative > tolerance);
  const matched = new Set(pairs.values());
  // A reshape is often no value of its own: its name is another one of what it reshapes.
  const named = new Set([...pairs.keys()].flatMap(({ foreign }) => foreign));
  const isKnown = (value: RunValue): boolean => matched.has(value) || value.foreign.some((name) => named.has(name));
  return {
    values,
    ...(beyond[0] && { first: beyond[0].name }),
    beyond: beyond.length,
    unmatched: [a.filter((value) => !pairs.has(value)).map(nameOf), b.filter((value) => !isKnown(value)).map(nameOf)],
  };
}

/** What to call a value. */
const nameOf = ({ own, foreign }: RunValue): string => own[0] ?? foreign[0] ?? '';

function pairsOf(a: readonly RunValue[], b: readonly RunValue[]): ReadonlyMap<RunValue, RunValue> {
  const pairs = new Map<RunValue, RunValue>();
  const taken = new Set<RunValue>();
  const pair = (value: RunValue, partner: RunValue | undefined): void => {
    if (!partner || pairs.has(value) || taken.has(partner) || value.data.length !== partner.data.length) return;
    pairs.set(value, partner);
    taken.add(partner);
  };
  for (const names of ['foreign', 'own'] as const) {
    const known = new Map(b.flatMap((value) => value[names].map((name) => [name, value] as const)));
    for (const value of a) {
      const partners = value[names].flatMap((name) => known.get(name) ?? []);
      // Of several names, the one of an output is for an output.
      for (const isOutput of [value.isOutput, !value.isOutput])
        pair(
          value,
          partners.find((partner) => partner.isOutput === isOutput),
        );
    }
  }
  const outputs = a.filter(({ isOutput }) => isOutput);
  const others = b.filter(({ isOutput }) => isOutput);
  if (outputs.length === others.length) for (const [at, value] of outputs.entries()) pair(value, others[at]);
  return pairs;
}

function compared(a: RunValue, b: RunValue): ComparedValue {
  let [largest, difference] = [0, 0];
  for (let at = 0; at < a.data.length; at += 1) {
    const [left, right] = [a.data[at]!, b.data[at]!];
    for (const value of [left, right]) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    if (left === right || (Number.isNaN(left) && Number.isNaN(right))) continue;
    const distance = Math.abs(left - right);
    difference = Math.max(difference, Number.isNaN(distance) ? Infinity : distance);
  }
  const [name, other] = [nameOf(a), nameOf(b)];
  return {
    name,
    ...(other !== name && { other }),
    shape: a.shape,
    isOutput: a.isOutput || b.isOutput,
    largest,
    difference,
    relative: difference === 0 ? 0 : difference / largest,
  };
}
