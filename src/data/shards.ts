// An index of shards, `model.safetensors.index.json` or `pytorch_model.bin.index.json`: which file holds which tensor
// (https://huggingface.co/docs/safetensors, and `save_pretrained` of transformers): `{ "weight_map": { NAME: FILE } }`.

import { InputError, printable } from './input-error.ts';
import { duplicateKey, exceeds } from './json-keys.ts';
import type { WeightTensor, WeightsFile } from './weight-tensor.ts';

const MAX_INDEX_BYTES = 4 << 20;
const LIMITS = { depth: 8, values: 120_000 } as const;
const MAX_SHARDS = 1000;

/** Whether the bytes are a JSON object with a field `weight_map`. */
export function isShardIndex(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_INDEX_BYTES) return false;
  const text = new TextDecoder('latin1').decode(bytes);
  return /^(?:\u00ef\u00bb\u00bf)?\s*\{\s*"/.test(text) && text.includes('"weight_map"');
}

/** All tensors in the order of the index. Each must be in the shard that the index names, and nothing else. Throws `InputError`. */
export function readShards(bytes: Uint8Array, readShard: (name: string) => WeightsFile): WeightsFile {
  const places = readIndex(bytes);
  const names = new Set(places.values());
  if (names.size > MAX_SHARDS)
    throw new InputError(`the index names ${names.size} shards; at most ${MAX_SHARDS} are read`, { limit: true });
  for (const name of names) checkName(name);
  const found = new Map<string, WeightTensor>();
  for (const shard of names) {
    for (const tensor of readShard(shard).tensors) {
      const place = places.get(tensor.name);
      const label = printable(tensor.name);
      if (place === undefined) throw new InputError(`${printable(shard)} has ${label}, which is not in the index`);
      if (place !== shard)
        throw new InputError(`${label} is in ${printable(shard)}, and in ${printable(place)} by the index`);
      found.set(tensor.name, tensor);
    }
  }
  const missing = [...places].filter(([name]) => !found.has(name));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).map(([name, shard]) => `${printable(name)} (${printable(shard)})`);
    throw new InputError(
      `the index names ${missing.length} tensor${missing.length === 1 ? '' : 's'} that the shards do not have: ${shown.join(', ')}${missing.length > 3 ? ', …' : ''}`,
    );
  }
  return { tensors: [...places.keys()].map((name) => found.get(name)!), metadata: new Map() };
}

/** Each tensor's shard. */
function readIndex(bytes: Uint8Array): ReadonlyMap<string, string> {
  const excess = exceeds(bytes, LIMITS);
  if (excess !== undefined)
    throw new InputError(
      excess === 'depth'
        ? `the index is nested more than ${LIMITS.depth} deep`
        : `the index has more than ${LIMITS.values} values`,
      { limit: true },
    );
  let index: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    index = JSON.parse(text);
  } catch (cause) {
    throw new InputError('the index of shards is not valid UTF-8 JSON', { cause });
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new InputError(`the index of shards has the key ${printable(twice.key)} twice`);
  const { weight_map: map } = index as { readonly weight_map?: unknown };
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new InputError('weight_map in the index of shards is not an object of names of files');
  return new Map(
    Object.entries(map).map(([name, shard]) => {
      if (typeof shard === 'string') return [name, shard] as const;
      throw new InputError(`weight_map in the index of shards has no name of a file for ${printable(name)}`);
    }),
  );
}

/** The name of a file in the index's own folder: no path, and nothing that a system takes for another place. */
function checkName(name: string): void {
  if (!/^(?![.-])[^/\\:\p{Cc}]{1,255}$/u.test(name))
    throw new InputError(`a shard must be a file in the folder of its index; found ${printable(name)}`);
}
