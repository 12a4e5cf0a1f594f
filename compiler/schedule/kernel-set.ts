// The kernels of a program: one per distinct geometry, shared by the calls that have it.

import type { Kernel } from '../kernel/ir.ts';
import type { Target } from '../templates/target.ts';

/** From a name and a geometry to a kernel for a target. Those of the `prepare` stage know one target only. */
export type Template<Spec> = (name: string, spec: Spec, target: Target) => Kernel;

export interface KernelSet {
  /** The name of the kernel that `template` makes of `spec`, which is made on first use. It begins with `base`. */
  use<Spec extends object>(base: string, spec: Spec, template: Template<Spec>, target: Target): string;
  get(name: string): Kernel;
  all(): readonly Kernel[];
}

/** Numbers as JSON, except that −0, infinities and NaN stay different from each other and from 0 and null. */
const exactly = (_: string, value: unknown): unknown =>
  typeof value === 'number' && (Object.is(value, -0) || !Number.isFinite(value)) ? `${1 / value} ${value}` : value;

/** An empty set. */
export function kernelSet(): KernelSet {
  const byKey = new Map<string, Kernel>();
  const byName = new Map<string, Kernel>();
  /** The last number behind each base. */
  const numbers = new Map<string, number>();
  return {
    use(base, spec, template, target) {
      const key = `${template.name} ${target.name} ${JSON.stringify(spec, exactly)}`;
      const known = byKey.get(key);
      if (known) return known.name;
      let name = base;
      let number = numbers.get(base) ?? 1;
      while (byName.has(name)) name = `${base}_${(number += 1)}`;
      numbers.set(base, number);
      const kernel = template(name, spec, target);
      byKey.set(key, kernel);
      byName.set(name, kernel);
      return name;
    },
    get: (name) => byName.get(name)!,
    all: () => [...byName.values()],
  };
}
