// Files and graphs for the tests of weights.

import { existsSync, readFileSync } from 'node:fs';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { loadOracle, oracleNames } from '../support/oracle.ts';
import type { WeightTensor, WeightsFile } from '../../src/data/weight-tensor.ts';
import type { WantedWeights } from '../../src/weights/specs.ts';

const oracleFolder = new URL('../../../shared/oracle/', import.meta.url);
/** Trained weights live outside the repository. */
export const hasTrained = existsSync(oracleFolder);

export type TensorList = readonly (readonly [name: string, shape: Shape])[];

/** Names and shapes of PyTorch's `state_dict` for the seed's networks. */
export function oracleTensors(): [network: string, tensors: TensorList][] {
  return oracleNames.map((name) => [name, loadOracle(name).tensors]);
}

export function trained(name: string): { bytes: Uint8Array; tensors: TensorList } {
  return {
    bytes: new Uint8Array(readFileSync(new URL(`trained/${name}.safetensors`, oracleFolder))),
    tensors: JSON.parse(readFileSync(new URL(`trained/${name}.json`, oracleFolder), 'utf8')).tensors,
  };
}

/** A network of which no more is known than its weights. */
export const wanted = (tensors: TensorList, network = 'Net'): WantedWeights => ({
  network,
  tensors: tensors.map(([name, shape]) => ({ name, shape })),
});

export function fileOf(tensors: TensorList, dtype: (name: string) => string = () => 'F32'): WeightsFile {
  const list = tensors.map(([name, shape]): WeightTensor => ({
    name,
    shape,
    dtype: dtype(name),
    data: new Float32Array(0),
  }));
  return { tensors: list, metadata: new Map() };
}

/** The order of Python's safetensors writer for one data type: by name, code unit by code unit. */
export function sortedByName(tensors: TensorList): TensorList {
  return [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The network's own names: `p0.weight`, `p1.bias`, …, so that nothing matches by name. */
export function renamed(tensors: TensorList): TensorList {
  return tensors.map(([name, shape], i) => [`p${i}.${name.slice(name.lastIndexOf('.') + 1)}`, shape]);
}
