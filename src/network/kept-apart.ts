// Weights that passes make of several others may leave the range of f32, of which a module that loads them says so. Whoever has
// the network's source then compiles it again without these passes.

/**
 * What `attempt` gives: it compiles without the passes in `apart`, and loads weights. `tell` hears of passes that are left out
 * because the weights want it.
 */
export async function keptApart<T>(
  attempt: (apart: readonly string[]) => Promise<T>,
  tell: (passes: readonly string[]) => void = () => {},
): Promise<T> {
  let apart: readonly string[] = [];
  for (;;) {
    try {
      return await attempt(apart);
    } catch (error) {
      const passes = exceedingPasses(error);
      if (!passes) throw error;
      // Not the same ones again: they are no longer part of what is compiled.
      apart = [...apart, ...passes];
      tell(passes);
    }
  }
}

/** The cause of what `requireFinite` of runtime/folded.ts throws, perhaps in another error; undefined of anything else. */
export function exceedingPasses(error: unknown): readonly string[] | undefined {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  return error instanceof RangeError && Array.isArray(cause) ? (cause as readonly string[]) : exceedingPasses(cause);
}

/** For a person. */
export const apartText = (passes: readonly string[]): string =>
  `note: compiled with --disable ${passes.join(',')}, which would make weights beyond f32 (3.4e38) of these\n`;
