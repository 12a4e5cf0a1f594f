// What the library says of its blocks: the text of each `///`, and the block's inputs and parameters as they are written.

import { textOf } from '../../grammar/source.ts';
import { blockNames, fileOfBlock, libraryFile } from './library.ts';

export interface BlockReference {
  readonly name: string;
  /** The file of the library that defines it: `cnnc:blocks/residual.cnn`. */
  readonly file: string;
  /** `bottleneck(channels: int, stride: int = 1)` */
  readonly signature: string;
  /** `skip` in a block that takes further values. */
  readonly inputs: readonly string[];
  readonly doc: string;
}

/** Every block that can be imported, in the order of the reference. */
export function blockReferences(): readonly BlockReference[] {
  return blockNames.flatMap((name) => blockReference(name) ?? []);
}

/** One block; undefined where the library has none of that name. */
export function blockReference(name: string): BlockReference | undefined {
  const path = fileOfBlock(name);
  if (path === undefined) return undefined;
  const { definitions } = libraryFile(path);
  for (const definition of definitions) {
    if (definition.kind !== 'block' || definition.name.name !== name) continue;
    const given = definition.parameters.map(({ span }) => textOf(span)).join(', ');
    return {
      name,
      file: path,
      signature: given === '' ? name : `${name}(${given})`,
      inputs: definition.body.statements.flatMap((one) =>
        one.kind === 'input' ? [`${one.name.name}${one.list ? '[]' : ''}`] : [],
      ),
      doc: (definition.doc ?? '').replaceAll('\n', ' '),
    };
  }
  return undefined;
}
