// Training in the page, on digits that are drawn as they are needed: settings, live curves, and weights that the Run tab has at once.

import { durationText, lossText } from '../../../text/measures.ts';
import { client } from '../client.ts';
import type { Client } from '../client.ts';
import { button, element } from '../dom.ts';
import type { TrainCalls, TrainPlan } from '../../run/protocol.ts';
import type { ProgramText } from '../../protocol.ts';
import type { Host, ProgramState, Tab } from '../tab.ts';
import { adviceFor } from '../../run/advice.ts';
import { liveCurves } from '../train/curves.ts';
import type { Course, Progress } from '../train/course.ts';
import { startCourse } from '../train/course.ts';
import type { TrainForm } from '../train/form.ts';
import { createTrainForm } from '../train/form.ts';
import { giveTrained } from '../trained.ts';

/** Milliseconds that one question may take: compiling a step, or measuring an epoch of a large network. */
const LIMIT = 120_000;
/** Threads, where the page may have some. */
const MAX_THREADS = 4;

interface Parts {
  readonly host: Host;
  readonly worker: Client<TrainCalls>;
  readonly plan: HTMLElement;
  readonly form: TrainForm;
  readonly start: HTMLButtonElement;
  readonly pause: HTMLButtonElement;
  readonly stop: HTMLButtonElement;
  readonly save: HTMLButtonElement;
  readonly bar: HTMLProgressElement;
  readonly facts: HTMLElement;
  readonly advice: HTMLElement;
  readonly curves: HTMLElement;
}

let parts: Parts;
let state: ProgramState | undefined;
let course: Course | undefined;
let planned: TrainPlan | undefined;
let isPaused = false;
let weights: Uint8Array<ArrayBuffer> | undefined;
let plannedFor = '';
/** The text of the network that learns. */
let taught = '';

export const trainTab: Tab = {
  name: 'train',
  title: 'Train',
  mount(root, host) {
    parts = partsOf(root, host);
    buttons();
  },
  show() {},
  update(next) {
    state = next;
    void plan();
  },
};

function partsOf(root: HTMLElement, host: Host): Parts {
  const make = () => new Worker(new URL('run.js', document.baseURI), { type: 'module', name: 'train' });
  const planText = element('p', { class: 'train-plan' });
  const settings = element('div');
  const start = button('Start', begin, { class: 'main' });
  const pause = button('Pause', togglePause);
  const stop = button('Stop', () => course?.stop());
  const save = button('Save weights', download, { title: 'A safetensors file' });
  const bar = element('progress', { max: '1', value: '0', 'aria-label': 'Progress of the training' });
  const facts = element('p', { class: 'train-facts' });
  const advice = element('p', { class: 'train-advice', role: 'status' });
  const curves = element('div', { class: 'train-curves' });
  root.append(
    planText,
    settings,
    element('div', { class: 'run-tools' }, start, pause, stop, save),
    facts,
    bar,
    advice,
    curves,
  );
  const form = createTrainForm(settings);
  return {
    host,
    worker: client<TrainCalls>(make, LIMIT),
    plan: planText,
    form,
    start,
    pause,
    stop,
    save,
    bar,
    facts,
    advice,
    curves,
  };
}

/** The network that the page shows. */
function programOf({ text, files, network, networks }: ProgramState): ProgramText {
  const name = network ?? networks[0];
  return { text, ...(name !== undefined && { network: name }), ...(files && { files }) };
}

/** How the network of the text would learn; what is under way is not disturbed. */
async function plan(): Promise<void> {
  if (!state || course) return;
  if (!state.isSound || state.networks.length === 0) {
    planned = undefined;
    parts.plan.textContent = 'Here the network learns as soon as the text has no errors.';
    return buttons();
  }
  const program = programOf(state);
  const key = JSON.stringify(program);
  if (key === plannedFor) return;
  plannedFor = key;
  try {
    const found = await parts.worker.ask('plan', program);
    if (key !== plannedFor || course) return;
    const isOther = JSON.stringify(found) !== JSON.stringify(planned);
    planned = found;
    if (isOther) parts.form.fill(found);
    parts.plan.replaceChildren(
      ...(found.isWritten
        ? [
            `${found.network} learns to read digits as its `,
            element('code', {}, 'train'),
            ` section says: ${found.recipe}.`,
          ]
        : [
            `${found.network} has no `,
            element('code', {}, 'train'),
            ` section; here it learns digits by ${found.recipe}.`,
          ]),
    );
  } catch (error) {
    planned = undefined;
    parts.plan.textContent = `${(error as Error).message}.`;
  }
  buttons();
}

function begin(): void {
  if (!state || !planned || course) return;
  const { network } = planned;
  const threads = globalThis.crossOriginIsolated ? Math.min(MAX_THREADS, navigator.hardwareConcurrency) : 1;
  isPaused = false;
  taught = state.text;
  weights = undefined;
  parts.facts.textContent = 'The training is being compiled…';
  parts.curves.replaceChildren();
  parts.advice.replaceChildren();
  parts.bar.value = 0;
  course = startCourse(
    parts.worker,
    { ...programOf(state), ...parts.form.settings(), threads },
    {
      progress,
      weights(bytes) {
        weights = bytes;
        giveTrained({ network, bytes, labels: Array.from({ length: 10 }, (_, digit) => `${digit}`) });
        buttons();
      },
      ended: (isComplete) =>
        ended(
          isComplete
            ? 'The training is complete; the Run tab has its weights.'
            : 'Stopped; the Run tab has the weights of the moment.',
        ),
      failed: (sentence) => ended(`${sentence}.`),
    },
  );
  buttons();
}

function ended(sentence: string): void {
  course = undefined;
  isPaused = false;
  parts.facts.append(element('br'), sentence);
  parts.host.say(sentence);
  buttons();
  void plan();
}

function progress({ started, advanced, losses, imagesPerSecond }: Progress): void {
  const { epochs, stepsPerEpoch, threads } = started;
  const total = epochs * stepsPerEpoch;
  const { steps, history, accuracy } = advanced;
  const left = (1000 * (total - steps) * (advanced.images / Math.max(1, steps))) / imagesPerSecond;
  const checked = history.at(-1)?.checked;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  parts.bar.value = steps / total;
  parts.facts.textContent = [
    `Epoch ${Math.min(epochs, history.length + 1)} of ${epochs}`,
    `loss ${lossText(losses.at(-1) ?? Number.NaN)}`,
    ...(accuracy === undefined ? [] : [`${percent(accuracy)} right while learning`]),
    ...(checked?.accuracy === undefined ? [] : [`${percent(checked.accuracy)} of digits it has not seen`]),
    `${Math.round(imagesPerSecond).toLocaleString('en-US')} pictures a second${threads > 1 ? ` by ${threads} threads` : ''}`,
    ...(steps < total ? [`${durationText(left)} left`] : []),
  ].join(' · ');
  parts.advice.textContent = adviceFor(history, taught);
  parts.curves.innerHTML = liveCurves(started, advanced, losses);
}

function togglePause(): void {
  if (!course) return;
  isPaused = !isPaused;
  if (isPaused) course.pause();
  else course.resume();
  buttons();
}

function buttons(): void {
  const { start, pause, stop, save, form } = parts;
  start.disabled = !planned || course !== undefined;
  pause.disabled = stop.disabled = course === undefined;
  pause.textContent = isPaused ? 'Go on' : 'Pause';
  save.disabled = weights === undefined;
  form.lock(!planned || course !== undefined);
}

function download(): void {
  if (!weights || !planned) return;
  const link = element('a', {
    href: URL.createObjectURL(new Blob([weights])),
    download: `${planned.network.toLowerCase()}-digits.safetensors`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
