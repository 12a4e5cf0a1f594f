// Experimental: lets V8 join pairs of 128-bit instructions to 256-bit ones, where the host is Node, has the switch, and a
// measurement shows that it helps. The switch belongs to the whole process, and code compiled before it stays as it is.

const wideSwitch = 'experimental-wasm-revectorize';
/** How much faster the probe must be. */
const leastSpeedup = 1.15;
/** Rounds of the probe, enough for the engine to compile it for good. */
const rounds = 400;

interface NodeV8 {
  setFlagsFromString(flags: string): void;
}

/** `probe`: a module whose `probe(repeats)` multiplies small matrices. Returns why it did not help, or undefined. */
export async function widen(probe: Uint8Array): Promise<string | undefined> {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const v8 = host.process?.getBuiltinModule?.('node:v8') as NodeV8 | undefined;
  if (!v8) return 'only Node can switch it on';
  const before = await probeTime(probe, 0);
  v8.setFlagsFromString(`--${wideSwitch}`);
  const after = await probeTime(probe, 1);
  if (before >= leastSpeedup * after) return undefined;
  v8.setFlagsFromString(`--no-${wideSwitch}`);
  return `this engine gains nothing from it (${before.toFixed(3)} ms without, ${after.toFixed(3)} ms with it)`;
}

/** Milliseconds of the fastest of many rounds. `variant` makes the bytes others, so that nothing compiled before is used. */
async function probeTime(probe: Uint8Array, variant: number): Promise<number> {
  const bytes = new Uint8Array(probe.length + 4);
  bytes.set(probe);
  bytes.set([0, 2, 1, 97 + variant], probe.length); // a custom section named a, b
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(bytes), { m: { m: memory } });
  const run = exports['probe'] as (repeats: number) => void;
  let fastest = Infinity;
  for (let round = 0; round < rounds; round++) {
    // The engine compiles in the background: give it the time.
    if (round % 40 === 39) await new Promise((resolve) => setTimeout(resolve, 2));
    const start = performance.now();
    run(20);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}
