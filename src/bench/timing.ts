// Times of something that runs again and again, after a warm-up: engines compile WebAssembly and JavaScript anew while they run.

/** Milliseconds since some moment. */
export type Clock = () => number;

export interface Times {
  /** How many were timed. */
  readonly runs: number;
  /** Times of one run. */
  readonly minMs: number;
  readonly medianMs: number;
  /** 95 % of the runs took no longer. */
  readonly p95Ms: number;
}

/** A warm-up ends here, settled or not. */
const LONGEST_WARM_UP_MS = 1500;
/** What is compared to tell whether times have settled: medians of so long, or so many runs. */
const WINDOW = { ms: 60, runs: 3 } as const;
/** Times have settled when three windows in a row differ by no more. */
const SETTLED = 0.03;
/** Shorter runs are timed together, because a clock has its own cost. */
const SHORTEST_SAMPLE_MS = 0.02;
const FEWEST_SAMPLES = 5;
/** Runs that take longer are not repeated for the sake of `FEWEST_SAMPLES`. */
const SLOW_MS = 2000;

/** Runs until the times settle; gives the fastest. */
export function warmUp(run: () => void, clock: Clock): number {
  const start = clock();
  const medians: number[] = [];
  let fastest = Infinity;
  while (clock() - start < LONGEST_WARM_UP_MS && !hasSettled(medians)) {
    const window: number[] = [];
    const from = clock();
    do {
      const time = sample(run, 1, clock);
      window.push(time);
      fastest = Math.min(fastest, time);
    } while (clock() - start < LONGEST_WARM_UP_MS && (window.length < WINDOW.runs || clock() - from < WINDOW.ms));
    medians.push(quantile(window, 0.5));
  }
  return fastest;
}

function hasSettled(medians: readonly number[]): boolean {
  const last = medians.slice(-3);
  return last.length === 3 && Math.max(...last) <= Math.min(...last) * (1 + SETTLED);
}

/** For so long; `runMs` is about what a run takes. */
export function timeRuns(run: () => void, runMs: number, milliseconds: number, clock: Clock): Times {
  const samples: number[] = [];
  const count = runsInSample(runMs);
  const start = clock();
  while (clock() - start < milliseconds || (samples.length < FEWEST_SAMPLES && runMs <= SLOW_MS))
    samples.push(sample(run, count, clock));
  return timesOf(samples, count);
}

export interface Turns {
  readonly first: Times;
  readonly second: Times;
  /** Median over the rounds of the second's time divided by the first's. */
  readonly ratio: number;
}

export interface Runner {
  run(): void;
  /** About what a run takes. */
  readonly runMs: number;
}

/** A turn has runs for so long, at least one. */
const TURN_MS = 10;
const FEWEST_ROUNDS = 4;
/** Before a turn, faster runs have one that is not timed: it brings the weights back into the caches. */
const REFRESHED_MS = 50;

/** Both in turns, whoever came second beginning the next round, so that a busy machine slows both alike. */
export function timeInTurns(first: Runner, second: Runner, milliseconds: number, clock: Clock): Turns {
  const samples: readonly [number[], number[]] = [[], []];
  const ratios: number[] = [];
  const turn = ({ run, runMs }: Runner, kept: number[]): number => {
    if (runMs < REFRESHED_MS) run();
    const count = runsInSample(runMs);
    const mine: number[] = [];
    const start = clock();
    do mine.push(sample(run, count, clock));
    while (clock() - start < TURN_MS);
    kept.push(...mine);
    return Math.min(...mine);
  };
  const start = clock();
  while (ratios.length < FEWEST_ROUNDS || clock() - start < milliseconds) {
    const swapped = ratios.length % 2 === 1;
    const earlier = swapped ? turn(second, samples[1]) : turn(first, samples[0]);
    const later = swapped ? turn(first, samples[0]) : turn(second, samples[1]);
    ratios.push(swapped ? earlier / later : later / earlier);
  }
  return {
    first: timesOf(samples[0], runsInSample(first.runMs)),
    second: timesOf(samples[1], runsInSample(second.runMs)),
    ratio: quantile(ratios, 0.5),
  };
}

/** Mean time of so many runs. */
export function sample(run: () => void, count: number, clock: Clock): number {
  const start = clock();
  for (let at = 0; at < count; at += 1) run();
  return (clock() - start) / count;
}

function runsInSample(runMs: number): number {
  return Math.max(1, Math.ceil(SHORTEST_SAMPLE_MS / Math.max(runMs, 1e-5)));
}

function timesOf(samples: readonly number[], runsInEach: number): Times {
  return {
    runs: samples.length * runsInEach,
    minMs: quantile(samples, 0),
    medianMs: quantile(samples, 0.5),
    p95Ms: quantile(samples, 0.95),
  };
}

/** The smallest value that so many are not above; of the middle of an even number, the mean of both. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = part * sorted.length;
  const index = Math.max(0, Math.ceil(at) - 1);
  return part === 0.5 && Number.isInteger(at) ? (sorted[at - 1]! + sorted[at]!) / 2 : sorted[index]!;
}
