// A canvas on which a garment is drawn; after each stroke, the network says what it sees.

import { inputs, load } from './lenet.cnn';

const canvas = document.querySelector('#drawing');
const pen = canvas.getContext('2d', { willReadFrequently: true });
const list = document.querySelector('#classes');
const [, height, width] = inputs.image;

const small = document.createElement('canvas');
Object.assign(small, { width, height });
const shrink = small.getContext('2d', { willReadFrequently: true });

const net = await load();

/** The drawing in the size of the network's input. */
function picture() {
  shrink.drawImage(canvas, 0, 0, width, height);
  return shrink.getImageData(0, 0, width, height);
}

function show() {
  const items = net.classify(picture(), { top: 3 }).map(({ label, probability }) => {
    const item = document.createElement('li');
    item.textContent = `${label} ${Math.round(probability * 100)} %`;
    return item;
  });
  list.replaceChildren(...items);
}

function clear() {
  pen.fillRect(0, 0, canvas.width, canvas.height);
  list.replaceChildren();
}

clear();
Object.assign(pen, { lineWidth: 24, lineCap: 'round', lineJoin: 'round', strokeStyle: 'white' });
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  pen.beginPath();
  pen.moveTo(event.offsetX, event.offsetY);
});
canvas.addEventListener('pointermove', (event) => {
  if (event.buttons === 0) return;
  pen.lineTo(event.offsetX, event.offsetY);
  pen.stroke();
});
canvas.addEventListener('pointerup', show);
document.querySelector('#clear').addEventListener('click', clear);
