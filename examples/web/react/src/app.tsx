// Draws, asks the network, and lists the likeliest classes.

import { useState } from 'react';
import { Drawing } from './drawing.tsx';
import type { ClassProbability } from './lenet.cnn';
import { inputs, load } from './lenet.cnn';
import { useNetwork } from './use-network.ts';

const [, height, width] = inputs.image;
const loadOnThreads = () => load(undefined, { threads: 2 });

export function App() {
  const net = useNetwork(loadOnThreads);
  const [classes, setClasses] = useState<readonly ClassProbability[]>([]);
  return (
    <main style={{ fontFamily: 'system-ui, sans-serif', maxWidth: '36rem', margin: '2rem auto' }}>
      <h1>Draw a garment</h1>
      {net ? (
        <Drawing width={width} height={height} onStroke={(picture) => setClasses(net.classify(picture, { top: 3 }))} />
      ) : (
        <p>Loading…</p>
      )}
      <ol aria-live="polite">
        {classes.map(({ label, probability }) => (
          <li key={label}>
            {label} {Math.round(probability * 100)} %
          </li>
        ))}
      </ol>
    </main>
  );
}
