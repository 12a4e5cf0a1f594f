// What `npm run bench -- --training` prints.

import type { TrainingResult } from './compare.ts';
import type { GeometryResult } from './geometries.ts';

/** All learners on one network; how many times as fast as PyTorch each of them is. */
export function formatTraining({ network, batch, threads, learners }: TrainingResult): string {
  const reference = learners.find(({ name }) => name.startsWith('PyTorch'))!;
  const lines = learners.map(({ name, steps, fastestMs, medianMs, imagesPerSecond, difference }) =>
    [
      `  ${name.padEnd(20)}`,
      `${imagesPerSecond.toFixed(imagesPerSecond < 100 ? 1 : 0).padStart(8)} images/s`,
      `${(imagesPerSecond / reference.imagesPerSecond).toPrecision(3).padStart(8)}×`,
      `${fastestMs.toFixed(2).padStart(9)} ms  median ${medianMs.toFixed(2).padStart(9)} ms`,
      `${`${steps}`.padStart(4)} steps`,
      `losses differ by ${difference.toExponential(1)}`,
    ].join('  '),
  );
  return [`${network}, batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}`, ...lines].join('\n');
}

/** One convolution. */
export function formatGeometry({ name, forwardMs, backwardMs, isWinograd }: GeometryResult): string {
  const ratio = (backwardMs / forwardMs).toFixed(2).padStart(5);
  const times = `${forwardMs.toFixed(3).padStart(8)} ms forward  ${backwardMs.toFixed(3).padStart(8)} ms backward`;
  return `${name.padEnd(50)}  ${times}  ${ratio}×  ${isWinograd ? 'winograd' : 'direct'}`;
}
