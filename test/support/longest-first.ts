// The order of test files: what takes longest begins first, so that none of it is alone at the end.
//
// Files with a process of their own come before those that share one: a process that is shared ends where the next file has its own, and
// what it has loaded and optimised is lost.

import { BaseSequencer } from 'vitest/node';
import type { TestSpecification, TestSequencerConstructor } from 'vitest/node';

/** `names`: those of files below test/, without `.test.ts`, the longest first; the others come after them. */
export function longestFirst(names: readonly string[]): TestSequencerConstructor {
  const place = ({ moduleId }: TestSpecification): number => {
    const at = names.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    return at < 0 ? names.length : at;
  };
  const sharing = ({ project }: TestSpecification): number => (project.config.isolate ? 0 : 1);
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      // oxlint-disable-next-line unicorn/no-array-sort -- vitest's method, not Array's
      const sorted = await super.sort(files);
      return sorted.toSorted((a, b) => sharing(a) - sharing(b) || place(a) - place(b));
    }
  };
}
