// A canvas that is drawn on in white. What is drawn is handed over in the size that is asked for, after each stroke.

import { useEffect, useRef } from 'react';
import type { PointerEvent } from 'react';

const SIZE = 280;

interface DrawingProps {
  readonly width: number;
  readonly height: number;
  readonly onStroke: (picture: ImageData) => void;
}

export function Drawing({ width, height, onStroke }: DrawingProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pen = () => canvas.current!.getContext('2d')!;

  useEffect(() => {
    const context = pen();
    context.fillRect(0, 0, SIZE, SIZE);
    Object.assign(context, { lineWidth: 24, lineCap: 'round', lineJoin: 'round', strokeStyle: 'white' });
  }, []);

  const begin = ({ pointerId, nativeEvent, currentTarget }: PointerEvent<HTMLCanvasElement>) => {
    currentTarget.setPointerCapture(pointerId);
    pen().beginPath();
    pen().moveTo(nativeEvent.offsetX, nativeEvent.offsetY);
  };
  const move = ({ buttons, nativeEvent }: PointerEvent) => {
    if (buttons === 0) return;
    pen().lineTo(nativeEvent.offsetX, nativeEvent.offsetY);
    pen().stroke();
  };
  const end = () => {
    const small = new OffscreenCanvas(width, height).getContext('2d')!;
    small.drawImage(canvas.current!, 0, 0, width, height);
    onStroke(small.getImageData(0, 0, width, height));
  };

  return (
    <canvas
      ref={canvas}
      width={SIZE}
      height={SIZE}
      style={{ touchAction: 'none' }}
      aria-label="Draw here with a pointer"
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
    />
  );
}
