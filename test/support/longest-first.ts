// The order of test files: what takes longest begins first, so that none of it is alone at the end.

import { BaseSequencer } from 'vitest/node';
import type { TestSpecification, TestSequencerConstructor } from 'vitest/node';

/** `names`: those of files below test/, without `.test.ts`, the longest first; the others come after them. */
export function longestFirst(names: readonly string[]): TestSequencerConstructor {
  const place = ({ moduleId }: TestSpecification): number => {
    const at = names.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    return at < 0 ? names.length : at;
  };
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      // oxlint-disable-next-line unicorn/no-array-sort -- vitest's method, not Array's
      const sorted = await super.sort(files);
      return sorted.toSorted((a, b) => place(a) - place(b));
    }
  };
}
