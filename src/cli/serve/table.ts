// The models of a server by name and version.

import { suggest } from '../../../grammar/suggest.ts';
import { printable } from '../../data/input-error.ts';
import { Refusal } from '../../serve/protocol.ts';
import type { Model } from './model.ts';

export interface ModelTable {
  readonly all: readonly Model[];
  /** The highest version where none is asked for. Throws `Refusal` of status 404. */
  find(name: string, version?: string): Model;
  /** The same, or undefined. */
  versionOf(name: string | undefined, version?: string): Model | undefined;
  /** In the order of their numbers. */
  versionsOf(name: string): readonly string[];
}

/** Versions are whole numbers. */
export function modelTable(models: readonly Model[]): ModelTable {
  const byName = new Map<string, Model[]>();
  for (const model of models) {
    const { name } = model.network;
    byName.set(name, [...(byName.get(name) ?? []), model]);
  }
  for (const versions of byName.values()) versions.sort((a, b) => numberOf(a) - numberOf(b));
  const named = (name: string): readonly Model[] => {
    const found = byName.get(name);
    if (found) return found;
    const near = suggest(name, [...byName.keys()]);
    const hint = near === undefined ? `there are ${[...byName.keys()].join(', ')}` : `did you mean ${near}?`;
    throw new Refusal(404, `there is no model ${printable(name)}; ${hint}`);
  };
  const versionsOf = (name: string): readonly string[] => named(name).map(({ network }) => network.version);
  const among = (versions: readonly Model[], version: string | undefined): Model | undefined =>
    version === undefined ? versions.at(-1) : versions.find((one) => one.network.version === version);
  return {
    all: models,
    versionsOf,
    versionOf: (name = '', version) => among(byName.get(name) ?? [], version),
    find(name, version) {
      const found = among(named(name), version);
      if (found) return found;
      throw new Refusal(
        404,
        `${name} has no version ${printable(version ?? '')}; it has ${versionsOf(name).join(', ')}`,
      );
    },
  };
}

const numberOf = ({ network }: Model): number => Number(network.version);
