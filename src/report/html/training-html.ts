// `cnnc train --html`: how a training goes, on one page: curves, what the network mistakes for what, what it learns to look for, and
// the settings. No script; pictures stand in the page itself.

import { grouped, percent, shapeText, significant } from '../../text/format.ts';
import { durationText, lossText, rateText } from '../../text/measures.ts';
import type { Raster } from '../feature-maps.ts';
import { filterGrid } from '../feature-maps.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { augmentedHtml, augmentedStyle } from './augmented.ts';
import type { Augmented } from './augmented.ts';
import { confusionHtml, confusionStyle } from './confusion.ts';
import type { ConfusionOptions } from './confusion.ts';
import { document, figureList } from './html.ts';
import { breakable } from './layers.ts';
import { layerFigure, picture, pictureOf, pictureStyle, scaleOf, tonesChoice } from './pictures.ts';
import type { Seen } from './pictures.ts';
import { baseStyle, figuresStyle } from './style.ts';
import { curvesHtml, curvesStyle } from './training-curves.ts';
import type { Measures, TrainingCourse } from './training-curves.ts';

export interface TrainingPage extends TrainingCourse {
  readonly network: string;
  readonly doc?: string;
  /** `running`: the page will be written again. */
  readonly state: 'running' | 'stopped' | 'complete';
  /** Milliseconds since this run of the program began to learn, and until it is done, if it is known. */
  readonly elapsed: number;
  readonly left?: number;
  readonly imagesPerSecond?: number;
  /** On the test images, at the end, where every epoch is measured on others. */
  readonly test?: Measures;
  /** Of the weights that would be the result now; absent before the first epoch ends. */
  readonly result?: TrainingResult;
  /** The weights of the first convolution [O,I,KH,KW]. */
  readonly filters?: { readonly before: Seen; readonly after?: Seen };
  /** Empty where nothing changes images. */
  readonly augmented: Augmented;
  readonly settings: readonly (readonly [name: string, value: string])[];
}

export interface TrainingResult {
  /** Counted from 1. */
  readonly epoch: number;
  readonly images: number;
  /** Images that have NaN among their scores. */
  readonly broken: number;
  /** Absent where the network tells no classes. */
  readonly confusion?: ConfusionOptions;
  /** Whether a confidence is a probability rather than a score. */
  readonly isProbable: boolean;
  readonly mistakes: readonly ShownMistake[];
  readonly examples: readonly {
    readonly picture: Raster;
    readonly name: string;
    readonly maps: readonly Seen[];
    /** The class that each pixel has, and the one that it gets: tones from black, the first class, to white. */
    /** Of its pixels; `hasUncounted`: whether some do not count, which then are orange. */
    readonly classes?: { readonly asked: Raster; readonly said: Raster; readonly hasUncounted: boolean };
  }[];
}

export interface ShownMistake {
  readonly picture: Raster;
  /** Place in the data set. */
  readonly index: number;
  /** Names of classes. */
  readonly label: string;
  readonly predicted: string;
  readonly confidence: number;
}

/** Maps of a layer that are shown. */
const MAX_MAPS = 16;

/** The whole page. */
export function trainingHtml(page: TrainingPage): string {
  const { network, doc = '', filters, result, augmented, checkedOn } = page;
  return document(`${network}: training`, style, [
    head(network, doc, page),
    figureList(figuresOf(page)),
    '<main>',
    curvesHtml(page),
    ...(result ? resultHtml(result, checkedOn ?? 'training') : []),
    ...(filters ? [filtersHtml(filters)] : []),
    ...(result ? [mapsHtml(result.examples)] : []),
    augmentedHtml(augmented),
    epochsHtml(page),
    settingsHtml(page.settings),
    '</main>',
  ]);
}

function head(network: string, doc: string, { state, history, epochs }: TrainingPage): string {
  const done = history.length;
  const ends =
    state === 'complete'
      ? `trained for ${done} ${done === 1 ? 'epoch' : 'epochs'}`
      : `${done} of ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${state === 'stopped' ? ', stopped' : ''}`;
  return [
    `<header><h1>${escapeMarkup(network)}</h1><span class="ends">${ends}</span>`,
    doc === '' ? '' : `<p>${escapeMarkup(doc)}</p>`,
    state === 'running' ? '<p>This file is written anew after every epoch: reload the page to see it.</p>' : '',
    '</header>',
  ].join('\n');
}

function figuresOf({ history, checkedOn, test, elapsed, left, imagesPerSecond, result, state }: TrainingPage) {
  const last = history.at(-1);
  const shown = history.find(({ epoch }) => epoch + 1 === result?.epoch) ?? last;
  const when = shown === last ? '' : ` in epoch ${shown!.epoch + 1}`;
  const figure = (name: string, after: string, one: Measures | undefined) =>
    one === undefined
      ? []
      : [
          ...(one.accuracy === undefined ? [] : [[percent(one.accuracy, 1), `${name} accuracy${after}`] as const]),
          ...(one.meanIou === undefined ? [] : [[one.meanIou.toFixed(3), `${name} mean IoU${after}`] as const]),
          [lossText(one.loss), `${name} loss${after}`] as const,
          ...(one.losses ?? []).map(({ of, loss }) => [lossText(loss), `${name} loss of ${of}${after}`] as const),
        ];
  return [
    ...figure('test', '', test),
    ...figure(checkedOn ?? '', when, shown?.checked),
    ...figure('training', when, shown),
    ...(imagesPerSecond === undefined ? [] : [[grouped(Math.round(imagesPerSecond)), 'images per second'] as const]),
    [durationText(elapsed), 'in this run'] as const,
    ...(left === undefined || state !== 'running' ? [] : [[durationText(left), 'left'] as const]),
  ];
}

function resultHtml(result: TrainingResult, on: string): readonly string[] {
  const { epoch, images, broken, confusion, mistakes, isProbable } = result;
  if (!confusion) return [];
  const nan = broken === 0 ? '' : `; ${grouped(broken)} of them have NaN among their scores and are left out`;
  const sure = (confidence: number): string =>
    isProbable ? `${(100 * confidence).toFixed(2)}%` : significant(confidence, 3);
  const shown = mistakes.map(
    ({ picture: raster, index, label, predicted, confidence }) =>
      `<figure>${pictureOf(raster, `Image ${index}: ${label}, taken for ${predicted}`)}<figcaption><b>${escapeMarkup(predicted)}</b> ${sure(confidence)}<br/>is ${escapeMarkup(label)}<br/>image ${index}</figcaption></figure>`,
  );
  return [
    '<h2>Confusion matrix</h2>',
    `<p class="soft">${grouped(images)} ${on} images after epoch ${epoch}${nan}. Rows are the class of the image, columns the class that is predicted.</p>`,
    confusionHtml(confusion),
    ...(shown.length === 0
      ? []
      : [
          '<h2>Most confident mistakes</h2>',
          `<p class="soft">The class that is predicted with its ${isProbable ? 'probability' : 'score'}, and the class of the image.</p>`,
          `<div class="mistakes">${shown.join('\n')}</div>`,
        ]),
  ];
}

function filtersHtml({ before, after }: NonNullable<TrainingPage['filters']>): string {
  const grid = ({ name, values, shape }: Seen, when: string): string => {
    const raster = filterGrid(values, shape, { maps: 64, side: 36 });
    if (!raster) return '';
    return `<figure class="layer">${picture(raster, `Filters ${name} ${when}`)}<figcaption><b>${when}</b>${scaleOf(values)}</figcaption></figure>`;
  };
  return [
    '<h2>Filters of the first layer</h2>',
    `<p class="soft">${breakable(before.name)} ${shapeText(before.shape)}</p>`,
    `<div class="filters">${grid(before, 'before the training')}${after ? grid(after, 'now') : ''}</div>`,
  ].join('\n');
}

function mapsHtml(examples: TrainingResult['examples']): string {
  const shown = examples.map(({ picture: raster, name, maps, classes }) => {
    const layers = maps.flatMap((map) => layerFigure(map, MAX_MAPS, 48));
    if (layers.length === 0) return '';
    const figure = (own: Raster, alt: string, caption: string): string =>
      `<figure>${pictureOf(own, alt)}<figcaption>${caption}</figcaption></figure>`;
    const figures = [
      figure(raster, `Example: ${name}`, `<b>${escapeMarkup(name)}</b>`),
      ...(classes
        ? [
            figure(
              classes.asked,
              `Classes of ${name}`,
              `classes of its pixels${classes.hasUncounted ? '; orange ones do not count' : ''}`,
            ),
            figure(classes.said, `Classes that ${name} gets`, 'as the network says'),
          ]
        : []),
    ];
    return `<div class="example"><div class="given">${figures.join('')}</div><div class="layers">${layers.join('\n')}</div></div>`;
  });
  const all = shown.filter((one) => one !== '');
  return all.length === 0 ? '' : ['<h2>Feature maps</h2>', tonesChoice, ...all].join('\n');
}

function epochsHtml({ history, checkedOn, seconds }: TrainingPage): string {
  if (history.length === 0) return '';
  const isTold = history.some(({ accuracy, checked }) => (checked?.accuracy ?? accuracy) !== undefined);
  const cell = (text: string): string => `<td class="number">${text}</td>`;
  const hasAreas = history.some(({ checked }) => checked?.meanIou !== undefined);
  const measures = (one: Measures | undefined): string =>
    `${cell(one ? lossText(one.loss) : '')}${isTold ? cell(one?.accuracy === undefined ? '' : percent(one.accuracy, 1)) : ''}`;
  const areas = (one: Measures | undefined): string => (hasAreas ? cell(one?.meanIou?.toFixed(3) ?? '') : '');
  const rows = history.map((result) => {
    const { epoch, rate, checked } = result;
    const took = seconds.get(epoch);
    return `<tr><th scope="row" class="number">${epoch + 1}</th>${measures(result)}${checkedOn ? measures(checked) : ''}${areas(checked)}${cell(rateText(rate))}${cell(took === undefined ? '–' : significant(took, 3))}</tr>`;
  });
  const names = ['loss', ...(isTold ? ['accuracy'] : [])];
  const head = [
    'epoch',
    ...names.map((name) => `training ${name}`),
    ...(checkedOn ? names.map((name) => `${checkedOn} ${name}`) : []),
    ...(hasAreas ? [`${checkedOn} mean IoU`] : []),
    'learning rate',
    'seconds',
  ];
  return [
    '<h2>Epochs</h2>',
    `<div class="scroll"><table><thead><tr>${head.map((name) => `<th scope="col" class="number">${name}</th>`).join('')}</tr></thead><tbody>`,
    ...rows,
    '</tbody></table></div>',
  ].join('\n');
}

function settingsHtml(settings: TrainingPage['settings']): string {
  const rows = settings.map(
    ([name, value]) => `<tr><th scope="row">${escapeMarkup(name)}</th><td>${escapeMarkup(value)}</td></tr>`,
  );
  return `<h2>Settings</h2>\n<div class="scroll"><table class="settings"><tbody>${rows.join('\n')}</tbody></table></div>`;
}

const style = `${baseStyle}${figuresStyle}${pictureStyle}${curvesStyle}${confusionStyle}${augmentedStyle}body{max-width:1320px}h2+.soft{margin:0 0 10px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--surface);width:max-content;max-width:100%}
.scroll tr:last-child>*{border-bottom:0}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(112px,1fr));gap:14px 12px}
.filters{display:flex;flex-wrap:wrap;gap:14px 32px}
.example{display:flex;flex-wrap:wrap;gap:12px 24px;align-items:flex-start;padding:12px 0;border-top:1px solid var(--line)}
.example>.given{flex:0 0 112px;display:grid;gap:12px}.example .layers{flex:1 1 240px}
.settings td{overflow-wrap:anywhere}.settings th{color:var(--soft);white-space:nowrap}
@media (max-width:600px){body{padding:12px}.example>.given{flex:1 0 100%;grid-template-columns:repeat(auto-fill,minmax(104px,1fr))}.example .layers{flex:1 0 100%;gap:12px}.scroll thead th{white-space:normal}.scroll table{font-size:12px}.scroll th,.scroll td{padding-left:5px;padding-right:5px}.mistakes{grid-template-columns:repeat(auto-fill,minmax(104px,1fr))}}
`;
