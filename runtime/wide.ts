// Experimental: lets V8 join pairs of 128-bit instructions to 256-bit ones, where the host is Node, has the switch, and a
// measurement shows that it helps. The switch belongs to the whole process, and code compiled before it stays as it is.

const wideSwitch = 'experimental-wasm-revectorize';
/** What the process knows, whichever module asked first. */
const wideKey = Symbol.for('cnnc.wide');
/** How much faster the probe must be. */
const leastSpeedup = 1.15;
/** Rounds of a probe, mostly enough for the engine to compile it for good. */
const rounds = 400;
/** How often the probe with the switch is measured before the answer is no: on a busy machine the engine compiles late. */
const attempts = 6;
/** How often the block of 8 columns runs in a round, and the one of 16: as many products. */
const repeats = { narrow: 20, wide: 10 } as const;

interface NodeV8 {
  setFlagsFromString(flags: string): void;
}

/**
 * Probes whose `probe(repeats)` multiplies small matrices in the blocks for 128 bits, and in those for 256, which are slower unless V8
 * joins their instructions. The first module measures for all of the process. Returns why it did not help, or undefined.
 */
export function widen(narrow: Uint8Array, wide: Uint8Array): Promise<string | undefined> {
  const known = globalThis as { [wideKey]?: Promise<string | undefined> };
  return (known[wideKey] ??= measureWide(narrow, wide));
}

async function measureWide(narrow: Uint8Array, wide: Uint8Array): Promise<string | undefined> {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const v8 = host.process?.getBuiltinModule?.('node:v8') as NodeV8 | undefined;
  if (!v8) return 'only Node can switch it on';
  v8.setFlagsFromString(`--no-${wideSwitch}`);
  const before = await fastest(await probeOf(narrow), repeats.narrow);
  v8.setFlagsFromString(`--${wideSwitch}`);
  const probe = await probeOf(wide);
  let after = Infinity;
  for (let attempt = 0; attempt < attempts; attempt++) {
    after = Math.min(after, await fastest(probe, repeats.wide));
    if (before >= leastSpeedup * after) return undefined;
  }
  v8.setFlagsFromString(`--no-${wideSwitch}`);
  return `this engine gains nothing from it (${before.toFixed(3)} ms without, ${after.toFixed(3)} ms with it)`;
}

type Probe = (repeats: number) => void;

async function probeOf(bytes: Uint8Array): Promise<Probe> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>), {
    m: { m: memory },
  });
  return exports['probe'] as Probe;
}

/** Milliseconds of the fastest of many rounds. */
async function fastest(probe: Probe, count: number): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    // The engine compiles in the background: give it the time.
    if (round % 40 === 39) await new Promise((resolve) => setTimeout(resolve, 2));
    const start = performance.now();
    probe(count);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
