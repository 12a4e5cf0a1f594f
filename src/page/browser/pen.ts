// Drawing on the page's canvas: with the pointer, or with arrow keys, the space bar putting the pen down and lifting it.

export interface Pen {
  /** All black; the pen goes back to the middle. */
  clear(): void;
}

/** `step` is what an arrow key moves in pixels, `width` that of the line; `changed` is called after every stroke. */
export function penOn(
  canvas: HTMLCanvasElement,
  cursor: HTMLElement,
  step: number,
  width: () => number,
  changed: () => void,
): Pen {
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  let [x, y] = [canvas.width / 2, canvas.height / 2];
  let isDown = false;

  const lineTo = (toX: number, toY: number): void => {
    context.strokeStyle = '#fff';
    context.lineWidth = width();
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.stroke();
    [x, y] = [toX, toY];
    changed();
  };
  const place = ({ clientX, clientY }: PointerEvent): readonly [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) * canvas.width) / box.width, ((clientY - box.top) * canvas.height) / box.height];
  };
  const showCursor = (): void => {
    cursor.style.left = `${(100 * x) / canvas.width}%`;
    cursor.style.top = `${(100 * y) / canvas.height}%`;
    cursor.classList.toggle('down', isDown);
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    [x, y] = place(event);
    isDown = false;
    lineTo(x, y);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) lineTo(...place(part));
  });
  canvas.addEventListener('keydown', (event) => {
    const [right, down] = arrows.get(event.key) ?? [0, 0];
    if (event.key === ' ') {
      isDown = !isDown;
      if (isDown) lineTo(x, y);
    } else if (right !== 0 || down !== 0) {
      const next = [between(x + right * step, canvas.width), between(y + down * step, canvas.height)] as const;
      if (isDown) lineTo(...next);
      else [x, y] = next;
    } else return;
    event.preventDefault();
    showCursor();
  });

  const clear = (): void => {
    context.fillStyle = '#000';
    context.fillRect(0, 0, canvas.width, canvas.height);
    [x, y, isDown] = [canvas.width / 2, canvas.height / 2, false];
    showCursor();
  };
  clear();
  return { clear };
}

const arrows = new Map<string, readonly [number, number]>([
  ['ArrowLeft', [-1, 0]],
  ['ArrowRight', [1, 0]],
  ['ArrowUp', [0, -1]],
  ['ArrowDown', [0, 1]],
]);

const between = (value: number, most: number): number => Math.min(most, Math.max(0, value));
