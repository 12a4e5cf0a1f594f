// `npm run bench -- --peers --quantize`: networks in whole numbers of 8 bits against the same ones in f32, ours and those of peers. Each
// network has a process of its own, so that times do not depend on which came before.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DotForm } from '../../runtime/dots.ts';
import type { Case } from './cases.ts';
import type { Int8Answer, Int8Request } from './int8-child.ts';
import type { Timing } from './measure.ts';

export interface Int8Options extends Omit<Int8Request, 'network'> {
  /** Switches of Node. */
  readonly flags: readonly string[];
}

export interface Int8Result {
  readonly network: string;
  /** How this process multiplies bytes: `one` instruction is that of AVX-VNNI and the like. */
  readonly dots: DotForm;
  /** Of a run: of all its images. */
  readonly macs: number;
  /** `decibels`: signal to noise against native onnxruntime in f32, by engine. */
  readonly timings: readonly (Timing & { readonly decibels: number })[];
  /** The time of our fastest run in whole numbers over those of our f32, and of LiteRT.js in whole numbers where it has the network. */
  readonly toOwnF32: number;
  readonly toPeerInt8?: number;
}

export async function compareInt8({ name }: Case, { flags, ...options }: Int8Options): Promise<Int8Result> {
  const child = fileURLToPath(new URL('int8-child.ts', import.meta.url));
  const request: Int8Request = { network: name, ...options };
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child, JSON.stringify(request)]);
  const answer = JSON.parse(stdout.trim().split('\n').at(-1)!) as Int8Answer;
  const time = (engine: string): number | undefined =>
    answer.timings.find((timing) => timing.engine === engine)?.minimumMs;
  const [own, peer] = [time('cnnc int8')!, time('litert int8')];
  return {
    network: name,
    ...answer,
    toOwnF32: own / time('cnnc f32')!,
    ...(peer !== undefined && { toPeerInt8: own / peer }),
  };
}

/** Whether an engine computes what the others do: in f32 up to rounding, in whole numbers with errors of a sixth at most. */
export const isNear = ({ engine, decibels }: Int8Result['timings'][number]): boolean =>
  decibels >= (engine.endsWith('int8') ? 15 : 80);
