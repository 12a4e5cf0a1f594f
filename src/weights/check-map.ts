// Whether the pairs of `--map` name tensors that are there.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { suggest as nearest } from '../../grammar/suggest.ts';
import { sameShape } from '../../compiler/ir/tensor-type.ts';
import { printable } from '../data/input-error.ts';
import type { Named } from './order.ts';
import { firstTen, plural } from './values.ts';

export interface MapOf {
  readonly tensors: readonly Named[];
  readonly wanted: readonly Named[];
  readonly network: string;
  readonly fileName: string;
}

/** An error for names of the map that the network does not have, and one for those that the file does not have. */
export function checkMap(
  map: ReadonlyMap<string, string>,
  { tensors, wanted, network, fileName }: MapOf,
): readonly Diagnostic[] {
  const report = (list: string[], message: string): Diagnostic[] =>
    list.length === 0
      ? []
      : [
          {
            code: 'weights/map',
            severity: 'error',
            message,
            found: list[0]!.split('   ', 1)[0]!,
            expected: `names of ${network} and of ${fileName}`,
            notes: firstTen(list),
            fixes: [{ message: 'correct the lines of the map: `file-name -> net-name`' }],
          },
        ];
  const didYouMean = (name: string, known: readonly Named[], partner: Named | undefined): string => {
    const candidates = known.filter(({ shape }) => !partner || sameShape(shape, partner.shape)).slice(0, 1000);
    const near = nearest(
      name,
      candidates.map((candidate) => candidate.name),
    );
    return near === undefined ? printable(name) : `${printable(name)}   ${printable(near)}?`;
  };
  const byFileName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const byNetName = new Map(wanted.map((want) => [want.name, want]));
  const unknownNet = [...map].filter(([name]) => !byNetName.has(name));
  const unknownFile = [...map].filter(([, name]) => !byFileName.has(name));
  return [
    ...report(
      unknownNet.slice(0, 11).map(([name, partner]) => didYouMean(name, wanted, byFileName.get(partner))),
      `the map names ${plural(unknownNet.length, 'parameter')} that ${network} does not have`,
    ),
    ...report(
      unknownFile.slice(0, 11).map(([name, partner]) => didYouMean(partner, tensors, byNetName.get(name))),
      `the map names ${plural(unknownFile.length, 'tensor')} that ${fileName} does not have`,
    ),
  ];
}
