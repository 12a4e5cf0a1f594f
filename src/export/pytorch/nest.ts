// Short chains on one line, as a person writes them: `x = F.relu(self.batch_norm1(self.conv1(x)))`.

import { moduleText } from './registrations.ts';
import type { Registration } from './registrations.ts';

/** Letters of the longest line that is made of several. */
const LONGEST = 88;

const isBlockOrSum = /^\w+ = (self\.[\w.]+\([\w, ]+\)|\w+ [-+*/] \w+)$/;

const convolving = /^(nn\.(Conv2d|ConvTranspose2d|Linear)|FlippedConv2d)$/;

/**
 * A statement `x = F.relu(x)` is put around what the statement before gives to `x`, where that is a call or a sum. There is at most
 * one convolution, dense layer, block or sum on a line.
 */
export function nested(lines: readonly string[], registrations: readonly Registration[]): readonly string[] {
  const layers = new Map(
    registrations.flatMap((one) =>
      one.kind === 'layer' ? [[moduleText(one.path), convolving.test(one.layer.callee)] as const] : [],
    ),
  );
  const result: string[] = [];
  /** Whether the last line has such a layer, block or sum; undefined where nothing may be put around it. */
  let last: boolean | undefined;
  for (const line of lines) {
    const call = callOf(line, layers);
    const before = result.at(-1);
    const joined = call && last !== undefined && !(last && call.isConvolving) ? join(before!, call) : undefined;
    if (joined === undefined) {
      result.push(line);
      last = call ? call.isConvolving : isBlockOrSum.test(line) || undefined;
    } else {
      result[result.length - 1] = joined;
      last ||= call!.isConvolving;
    }
  }
  return result;
}

/** `x = callee(argument)`, a function of PyTorch or a layer of the module itself. */
interface Call {
  readonly target: string;
  readonly callee: string;
  readonly argument: string;
  readonly isConvolving: boolean;
}

function callOf(line: string, layers: ReadonlyMap<string, boolean>): Call | undefined {
  const [, target, callee, argument] = /^(\w+) = ([^()]+)\((\w+)\)$/.exec(line) ?? [];
  if (target === undefined) return undefined;
  const isConvolving = layers.get(callee!) ?? false;
  if (!layers.has(callee!) && !/^(F|torch)\.\w+$/.test(callee!)) return undefined;
  return { target, callee: callee!, argument: argument!, isConvolving };
}

/** The call around the expression of the line before; undefined where its value is read otherwise, or the line gets long. */
function join(before: string, { target, callee, argument }: Call): string | undefined {
  const start = `${argument} = `;
  // A variable that is assigned anew does not keep its value.
  if (target !== argument || !before.startsWith(start)) return undefined;
  const line = `${start}${callee}(${before.slice(start.length)})`;
  return line.length > LONGEST ? undefined : line;
}
