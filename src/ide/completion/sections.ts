// Settings of `train`, of inputs and of outputs, and the budgets of `expect` with the figures that the network has.

import { settingTexts } from '../../../compiler/frontend/texts.ts';
import { costOf } from '../../../compiler/analysis/cost.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import { outputSettings } from '../../../compiler/frontend/build/output-facts.ts';
import { pictureSpecs } from '../../../compiler/frontend/build/pictures.ts';
import { quantities } from '../../../compiler/frontend/sections/expect.ts';
import { menus, settingNames } from '../../../compiler/frontend/sections/train-menu.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { grouped } from '../../text/format.ts';
import type { Frame } from './frame.ts';
import { networkNamed } from './known.ts';
import type { Offer, Site } from './offer.ts';

/** What most sections say, in the order in which they say it. */
const usualSettings: readonly string[] = [
  ...['loss', 'optimizer', 'schedule', 'batch', 'epochs', 'init', 'augment', 'evaluate'],
  ...['scale', 'resize', 'crop', 'mean', 'std', 'labels'],
];

/** Settings that are not given yet, and the brace that ends them. */
export function settingOffers({ frame, rest, isDedented, isNewLine }: Site): readonly Offer[] {
  const given = givenIn(frame);
  const last = Math.max(-1, ...[...given].map((name) => usualSettings.indexOf(name)));
  const offers = settingsOf(frame.owner).flatMap((name): Offer[] => {
    if (given.has(name)) return [];
    const place = usualSettings.indexOf(name);
    const weight = place < 0 ? 0.05 : place > last ? 1 / (place - last) : 0.2;
    const doc = docOf(frame.owner, name);
    const insert = rest.startsWith(':') ? name : `${name}: `;
    return [{ text: name, kind: 'setting', weight, insert, ...(doc !== undefined && { detail: doc }) }];
  });
  const ends = given.size === 0 ? 0.05 : isDedented ? 8 : isNewLine ? 0.05 : 0.7;
  return [...offers, { text: '}', kind: 'keyword', weight: ends }];
}

function givenIn({ items, siblings }: Frame): ReadonlySet<string> {
  return new Set([...items, siblings].flatMap(([name]) => (name ? [name.text] : [])));
}

function settingsOf(owner: string): readonly string[] {
  if (owner === 'train') return settingNames;
  return owner === 'output' ? outputSettings : Object.keys(pictureSpecs);
}

function docOf(owner: string, name: string): string | undefined {
  if (owner === 'output') return settingTexts.output[name] ?? 'names of the classes';
  if (owner !== 'train') return settingTexts.input[name];
  if (Object.hasOwn(menus, name)) return Object.keys(menus[name as keyof typeof menus]).join(', ');
  return settingTexts.train[name];
}

/** Budgets that the section does not have. */
export function quantityOffers({ frame, isDedented }: Site): readonly Offer[] {
  const given = givenIn(frame);
  const last = Math.max(-1, ...[...given].map((name) => quantities.findIndex((quantity) => quantity === name)));
  const offers = quantities.flatMap((name, at): Offer[] => {
    if (given.has(name)) return [];
    const usual = name === 'parameters' ? 4 : name === 'macs' || name === 'output' ? 2 : 0.3;
    return [{ text: name, kind: 'setting', weight: at > last ? usual : usual / 10 }];
  });
  return [...offers, { text: '}', kind: 'keyword', weight: given.size === 0 ? 0.1 : isDedented ? 9 : 1 }];
}

/** The figure that the network has of the quantity: a budget that is kept just so. */
export function measuredOffers({ analysis, frame }: Site): readonly Offer[] {
  const section = sectionOf(frame);
  const network = analysis.networks.find(({ name }) => name === section?.target);
  const quantity = section?.siblings[0]?.text;
  const fallback: readonly Offer[] = [{ text: '[', kind: 'keyword', weight: quantity === 'output' ? 1 : 0.01 }];
  if (!network) return fallback;
  const { graph } = network;
  const shapes = graph.outputs.map(({ value }) => typeOf(graph, value).shape);
  if (quantity === 'output') {
    if (frame.kind === 'list')
      return shapes.flatMap((shape) => {
        const extent = shape[frame.items.length];
        return extent === undefined ? [] : [{ text: String(extent), kind: 'literal', weight: 1 }];
      });
    return shapes.map((shape) => {
      const label = formatShape(shape);
      return { text: '[', kind: 'literal', weight: 1, label, insert: label };
    });
  }
  if (quantity === 'macs' || quantity === 'parameters')
    return [{ text: figuresOf(network)[quantity], kind: 'literal', weight: 1, detail: 'what it has now' }];
  if (quantity === 'peak_memory' || quantity === 'module_size')
    return ['64KiB', '1MiB', '256KiB', '16KiB', '16MiB'].map((text, rank) => ({
      text,
      kind: 'literal',
      weight: 1 / (rank + 1),
    }));
  return ['1', '16', '32'].map((text) => ({ text, kind: 'literal', weight: 1 }));
}

/** Its cost as a text writes numbers: `61_706`. */
export function figuresOf({ graph }: Network): { readonly parameters: string; readonly macs: string } {
  const { parameters, macs } = costOf(graph, operators).total;
  const literal = (figure: number): string => grouped(figure).replaceAll(',', '_');
  return { parameters: literal(parameters), macs: literal(macs) };
}

/** The outputs of the network that a section trains, for `of` of a loss. */
export function trainedOutputOffers({ analysis, frame }: Site): readonly Offer[] {
  const network = networkNamed(analysis, sectionOf(frame)?.target ?? '');
  const names = (network?.body.statements ?? []).flatMap((one) => (one.kind === 'output' ? one.names : []));
  return names.map(({ name }, rank) => ({ text: name, kind: 'value', weight: 1 / (rank + 1) }));
}

function sectionOf(frame: Frame): Frame | undefined {
  for (let at: Frame | undefined = frame; at; at = at.parent)
    if (at.kind === 'budgets' || at.kind === 'settings') return at;
  return undefined;
}
