// The network at work: a picture goes in, classes come out, and every number between them can be looked at.

import { client } from '../client.ts';
import { button, element } from '../dom.ts';
import type { Answers } from '../run/classes.ts';
import { createAnswers } from '../run/classes.ts';
import { latest } from '../run/latest.ts';
import type { LayerChoice } from '../run/layer-choice.ts';
import { createLayerChoice } from '../run/layer-choice.ts';
import type { Maps } from '../run/maps.ts';
import { createMaps } from '../run/maps.ts';
import type { NumberView, Spot } from '../run/number.ts';
import { createNumberView, spotIndex, withinLayer } from '../run/number.ts';
import type { NumbersInput } from '../run/numbers-input.ts';
import { createNumbersInput } from '../run/numbers-input.ts';
import { greyPalette, themePalette } from '../run/paint.ts';
import type { PictureInput } from '../run/picture.ts';
import { createPictureInput } from '../run/picture.ts';
import type { Answered, NamedWeights, Session } from '../run/session.ts';
import { createSession, MAX_LIVE_FLOPS, WeightsError } from '../run/session.ts';
import type { Subject } from '../run/shipped.ts';
import { shippedWeights, subjectsOf } from '../run/shipped.ts';
import type { WeightsBar } from '../run/weights-bar.ts';
import { createWeightsBar } from '../run/weights-bar.ts';
import { planesOf } from '../../run/planes.ts';
import type { LayerInfo, Opened, RunCalls } from '../../run/protocol.ts';
import type { Host, ProgramState, Tab } from '../tab.ts';
import { onTrained, trained } from '../trained.ts';

/** Milliseconds that one question may take: compiling a large network, or one run of it. */
const LIMIT = 60_000;

interface Parts {
  readonly host: Host;
  readonly root: HTMLElement;
  readonly picture: PictureInput;
  readonly pictureBox: HTMLElement;
  readonly numbers: NumbersInput;
  readonly answers: Answers;
  readonly weights: WeightsBar;
  readonly layers: LayerChoice;
  readonly maps: Maps;
  readonly number: NumberView;
  readonly facts: HTMLElement;
  readonly inner: HTMLElement;
}

let parts: Parts;
let session: Session;
let state: ProgramState | undefined;
let opened: Opened | undefined;
let weights: NamedWeights = random(0);
/** The network whose weights were chosen, so that another one gets its own. */
let chosenFor: string | undefined;
/** How often the user has chosen weights. */
let choices = 0;
/** The layer that is looked at, and the one that was. */
let layerName: string | undefined;
let seenLayer: string | undefined;
let spot: Spot = { plane: 0, row: 0, column: 0 };
/** Of a network that is slow, whether it may run. */
let allowed: string | undefined;

const refresh = latest(work, failed);

export const runTab: Tab = {
  name: 'run',
  title: 'Run',
  mount(root, host) {
    const worker = () => new Worker(new URL('run.js', document.baseURI), { type: 'module', name: 'run' });
    session = createSession(client<RunCalls>(worker, LIMIT));
    parts = partsOf(root, host);
    onTrained(() => {
      takeTrained();
      if (root.offsetParent !== null) refresh();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);
    new MutationObserver(refresh).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  },
  show() {
    if (state) refresh();
  },
  update(next) {
    state = next;
    refresh();
  },
  hide() {
    parts.picture.hide();
  },
  mark([name]) {
    if (name === undefined || name === layerName || !opened?.layers.some((layer) => layer.name === name)) return;
    layerName = name;
    refresh();
  },
};

function partsOf(root: HTMLElement, host: Host): Parts {
  const box = (name: string, title: string): readonly [HTMLElement, HTMLElement] => {
    const inside = element('div', { class: `run-${name}` });
    return [
      element('section', { class: `run-part run-part-${name}`, 'aria-label': title }, element('h2', {}, title), inside),
      inside,
    ];
  };
  const [pictureSection, pictureBox] = box('picture', 'Picture');
  const [answerSection, answerBox] = box('answer', 'Answer');
  const [layerSection, layerBox] = box('layer', 'Layer');
  const [numberSection, numberBox] = box('number', 'One number');
  const numbersBox = element('div', { class: 'run-numbers-input' });
  const facts = element('p', { class: 'run-facts' });
  const weightsBox = element('div', { class: 'run-weights' });
  const inner = element('div', { class: 'run-inner' }, layerSection, numberSection);
  pictureSection.append(numbersBox);
  answerSection.append(facts);
  const choose = (next: Spot): void => {
    spot = next;
    refresh();
  };
  // A file that misses its place does not take the place of the page.
  for (const type of ['dragover', 'drop']) root.addEventListener(type, (event) => event.preventDefault());
  root.append(weightsBox, element('div', { class: 'run-top' }, pictureSection, answerSection), inner);
  const layers = createLayerChoice(layerBox, (name) => {
    layerName = name;
    refresh();
    host.choose([name]);
  });
  return {
    host,
    root,
    pictureBox,
    facts,
    inner,
    layers,
    picture: createPictureInput(pictureBox, () => refresh(), host.say),
    numbers: createNumbersInput(numbersBox, () => refresh()),
    answers: createAnswers(answerBox),
    weights: createWeightsBar(weightsBox, {
      random: (seed) => give(random(seed)),
      file: (file) => void giveRead(() => fileWeights(file)),
      shipped: (subject) => void giveRead(() => subjectWeights(subject)),
    }),
    maps: createMaps(layerBox, (plane) => choose({ ...spot, plane })),
    number: createNumberView(numberBox, () => spot, choose),
  };
}

function give(next: NamedWeights): void {
  choices += 1;
  weights = next;
  refresh();
}

function random(seed: number): NamedWeights {
  return { source: { kind: 'random', seed }, title: `Random weights, as a training starts from them (seed ${seed}).` };
}

/** Given once they are read, unless others were chosen meanwhile, or another network in place of the one that they are for. */
async function giveRead(read: () => Promise<NamedWeights | undefined>): Promise<void> {
  choices += 1;
  const [before, network] = [choices, chosenFor];
  const found = await read().catch(() => undefined);
  if (choices !== before || (network !== undefined && chosenFor !== network)) return;
  if (found) give(found);
  else parts.host.say('These weights could not be read.');
}

async function fileWeights(file: File): Promise<NamedWeights> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { source: { kind: 'file', name: file.name, bytes }, title: `Weights of ${file.name}.` };
}

async function subjectWeights(subject: Subject): Promise<NamedWeights | undefined> {
  return chosenFor === undefined ? undefined : await shippedWeights(chosenFor, subject);
}

function takeTrained(): void {
  const found = trained();
  if (!found) return;
  choices += 1;
  chosenFor = found.network;
  const source = { kind: 'file', name: 'the weights learnt here', bytes: found.bytes } as const;
  weights = { source, title: 'Weights learnt in this page, on digits.', labels: found.labels };
}

/** A network that is seen for the first time gets the weights learnt for it, those that ship with it, or random ones. */
async function weightsFor(network: string): Promise<void> {
  if (network === chosenFor) return;
  const [before, isFirst] = [choices, chosenFor === undefined];
  chosenFor = network;
  const subjects = subjectsOf(network);
  parts.weights.offer(subjects);
  // What was chosen before the page had its first network is meant for that.
  if (isFirst && before > 0) return;
  if (trained()?.network === network) return takeTrained();
  const [first] = subjects;
  const found = (first && (await shippedWeights(network, first))) ?? random(parts.weights.seed());
  // Others may have been chosen while these were loaded.
  if (choices === before) weights = found;
}

async function work(): Promise<void> {
  if (!state || !state.isSound || state.networks.length === 0) {
    if (!opened) nothing('Here the network runs as soon as the text has no errors.');
    return;
  }
  const { text, files, network, networks } = state;
  const name = network ?? networks[0]!;
  await weightsFor(name);
  const picture = parts.picture.current();
  const numbers = parts.numbers.current();
  const answered = await session.ask({
    program: { text, network: name, ...(files && { files }) },
    weights,
    ...(picture && { picture }),
    ...(numbers && { numbers }),
    layerOf,
    at: (layer) => spotIndex(layer, (spot = withinLayer(layer, spot))),
    mayRun: (one) => one.flops <= MAX_LIVE_FLOPS || allowed === one.network,
  });
  if (answered.opened !== opened) opens(answered.opened);
  show(answered, picture !== undefined);
}

/** The layer of the same name as before, or the first step of the network. */
function layerOf({ layers }: Opened): LayerInfo | undefined {
  const found = layers.find(({ name }) => name === layerName) ?? layers.find(({ inputs }) => inputs.length > 0);
  layerName = found?.name;
  if (found && found.name !== seenLayer) {
    seenLayer = found.name;
    // The middle of a map is worth more than its corner.
    const { rows, columns } = planesOf(found.shape);
    spot = { ...spot, row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
  }
  return found;
}

function opens(next: Opened): void {
  const before = opened;
  opened = next;
  parts.layers.fill(next.layers);
  const picture = next.inputs.find((input) => input.picture);
  const size = (one: Opened | undefined): string => one?.inputs.find((input) => input.picture)?.shape.join() ?? '';
  parts.pictureBox.hidden = picture === undefined;
  if (picture && size(before) !== size(next)) {
    const [channels, height, width] = picture.shape as readonly [number, number, number];
    parts.picture.fit(height, width, channels === 1);
    parts.picture.showSample(weights.labels === undefined && weights.source.kind === 'file' ? 'clothes' : 'digit');
  }
  parts.numbers.fill(next.inputs.filter((input) => input !== picture));
}

function show({ opened: one, note, layer, seen, shown }: Answered, hasPicture: boolean): void {
  parts.inner.hidden = !seen;
  parts.weights.say(note === '' ? weights.title : `${weights.title} ${note}`, weights.isError);
  if (!seen) return ask(one);
  const waits = one.inputs.some((input) => input.picture) && !hasPicture;
  if (waits) parts.answers.clear('Draw a digit, or take a sample: the bars follow every stroke.');
  else parts.answers.show(one.outputs, seen.outputs, weights.labels);
  const time = seen.milliseconds < 10 ? seen.milliseconds.toFixed(1) : String(Math.round(seen.milliseconds));
  parts.facts.textContent = waits ? '' : `${one.network}, computed here in ${time} ms.`;
  if (!layer || !seen.layer || !shown) return;
  const isPicture = one.inputs.some(({ name, picture }) => picture !== undefined && name === layer.name);
  const palette = isPicture ? greyPalette : themePalette(parts.root);
  parts.layers.select(layer.name);
  parts.maps.show(layer, seen.layer.values, palette, spot.plane);
  parts.number.show(layer, one.layers, seen.layer.values, shown, themePalette(parts.root));
}

/** Before a network that takes long runs at every stroke. */
function ask({ network, flops }: Opened): void {
  parts.answers.clear('');
  const run = button(`Run ${network}`, () => {
    allowed = network;
    refresh();
  });
  const billions = (flops / 1e9).toFixed(1);
  parts.facts.replaceChildren(
    element(
      'span',
      {},
      `${network} takes ${billions} billion operations for a picture, perhaps seconds in a browser. `,
    ),
    run,
  );
}

function nothing(sentence: string): void {
  parts.inner.hidden = true;
  parts.answers.clear(sentence);
}

function failed(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error);
  if (weights.source.kind === 'file' && error instanceof WeightsError) {
    // What does not fit the network is let go.
    weights = {
      ...random(parts.weights.seed()),
      title: `${sentence}. The weights are random ones now.`,
      isError: true,
    };
    refresh();
    return;
  }
  parts.inner.hidden = true;
  parts.answers.clear(sentence);
  parts.facts.textContent = '';
}
