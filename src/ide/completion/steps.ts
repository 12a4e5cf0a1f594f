// Steps: operators, blocks of the file, of its imports and of the library, values that begin a chain, and what opens a statement.

import { blockNames, LIBRARY } from '../../../compiler/blocks/library.ts';
import { formatShape, sameShape } from '../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { summaryOf } from '../../../compiler/ops/texts.ts';
import { stepFrequency, stepsBehind, usualNumbers } from './conventions.ts';
import { resultOf } from './fits.ts';
import { importEdit } from './imports.ts';
import { escaped } from './offer.ts';
import type { Offer, Site } from './offer.ts';
import { blockNamed, libraryBlock } from './known.ts';
import { definedSignature, operatorSignature, signatureText, steps } from './signatures.ts';
import type { Signature } from './signatures.ts';

/** What may stand where a step is due; `begins`: at the head of a statement or chain, where a value may stand, too. */
export function stepOffers(site: Site, begins: boolean): readonly Offer[] {
  return [...operatorOffers(site), ...blockOffers(site), ...valueHeads(site, begins), ...libraryOffers(site)];
}

function operatorOffers(site: Site): readonly Offer[] {
  const { shape } = site;
  const before = previousStep(site);
  const likely = (before !== undefined && Object.hasOwn(stepsBehind, before) && stepsBehind[before]) || [];
  return steps.map((operator): Offer => {
    const { name } = operator;
    const usual = (Object.hasOwn(stepFrequency, name) ? stepFrequency[name]! : 0.1) / 100;
    const rank = likely.indexOf(name);
    const result = shape && resultOf(operator, shape);
    const isWrong = result === 'wrong';
    const signature = operatorSignature(operator);
    return {
      text: name,
      kind: 'operator',
      ...(isWrong && { isWrong }),
      weight: usual + (rank < 0 ? 0 : 0.2 / (rank + 1)),
      ...callText(signature, site),
      detail: detailOf(signature, isWrong, shape, result),
      doc: summaryOf(operator),
    };
  });
}

/** The signature, with the shape that comes of it where that is another one and no argument decides it. */
function detailOf(
  signature: Signature,
  isWrong: boolean,
  shape: Shape | undefined,
  result: ReturnType<typeof resultOf>,
): string {
  const text = signatureText(signature);
  if (isWrong) return `${text} (not for this shape)`;
  const isDecided = signature.parameters.every((parameter) => parameter.default !== undefined);
  const isOther = shape && Array.isArray(result) && !sameShape(shape, result as Shape);
  return isDecided && isOther ? `${text} → ${formatShape(result as Shape)}` : text;
}

/** The name of the step before the caret in its chain or body. */
function previousStep({ frame }: Site): string | undefined {
  // A label says nothing about what comes before it.
  const isHead = frame.siblings.length === 0 || frame.siblings.at(-1)!.is === '=';
  const siblings = isHead ? (frame.items.at(-1) ?? []) : frame.siblings;
  return siblings.findLast(({ is }) => is === 'name')?.text;
}

function blockOffers(site: Site): readonly Offer[] {
  const { analysis, names, frame } = site;
  const inside = enclosing(frame);
  const known = new Set(names.flatMap(({ name, kind }) => (kind === 'block' ? [name] : [])));
  const later = analysis.file.definitions.flatMap((one) => (one.kind === 'block' ? [one.name.name] : []));
  return [...new Set([...known, ...later])]
    .filter((name) => name !== inside)
    .map((name): Offer => {
      const definition = blockNamed(analysis, name);
      const weight = known.has(name) ? 0.12 : 0.04;
      if (!definition) return { text: name, kind: 'block', weight };
      const signature = definedSignature(definition, name);
      const { doc } = definition;
      return {
        text: name,
        kind: 'block',
        weight,
        ...callText(signature, site),
        detail: signatureText(signature),
        ...(doc !== undefined && { doc }),
      };
    });
}

/** The name of the block or network that the caret is in. */
function enclosing(frame: Site['frame']): string | undefined {
  for (let at = frame; at.parent; at = at.parent) if (!at.parent.parent) return at.target;
  return undefined;
}

/** Values and shared steps. */
function valueHeads({ names }: Site, begins: boolean): readonly Offer[] {
  return names.flatMap(({ name, kind, type }, rank): Offer[] => {
    const isStep = kind === 'share' || type === 'block';
    if (!isStep && !(begins && (kind === 'value' || kind === 'values' || kind === 'learned'))) return [];
    return [
      {
        text: name,
        kind: isStep ? 'function' : 'value',
        weight: isStep ? 0.15 : 0.04 + 0.1 / (rank + 1),
        detail: kind,
      },
    ];
  });
}

/** Blocks of the library that are not imported: they bring their import with them. */
function libraryOffers(site: Site): readonly Offer[] {
  if (site.frame.kind === 'file') return [];
  const taken = new Set(site.names.map(({ name }) => name));
  return blockNames
    .filter((name) => !taken.has(name) && !blockNamed(site.analysis, name))
    .map((name): Offer => {
      const signature = definedSignature(libraryBlock(name)!, name);
      return {
        text: name,
        kind: 'block',
        weight: 0.0003,
        ...callText(signature, site),
        detail: `${signatureText(signature)} from "${LIBRARY}"`,
        ...(signature.doc !== undefined && { doc: signature.doc }),
        also: [importEdit(site, name)],
      };
    });
}

/** The call with placeholders for what must be given; the name alone where parentheses follow already, or nothing must be. */
export function callText(
  { name, parameters, operator }: Signature,
  { rest }: Pick<Site, 'rest'>,
): Pick<Offer, 'insert' | 'snippet'> {
  if (rest.startsWith('(')) return { insert: name };
  const required = parameters.filter((parameter) => parameter.default === undefined);
  if (required.length === 0) return { insert: name };
  const texts = required.map((parameter, at) => {
    const usual = Object.hasOwn(usualNumbers, parameter.name) ? usualNumbers[parameter.name]![0]! : parameter.name;
    const held = `\${${at + 1}:${escaped(usual)}}`;
    return at === 0 || operator?.attributes[parameter.name]?.type === undefined ? held : `${parameter.name}: ${held}`;
  });
  return { insert: `${name}(${texts.join(', ')})$0`, snippet: true };
}
