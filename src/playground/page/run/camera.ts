// The camera, if the user allows it: some pictures a second, until it is stopped.

import { button } from '../dom.ts';

/** Milliseconds between pictures. */
const INTERVAL = 200;

interface Camera {
  stop(): void;
}

/** A button that turns it on and off; `see` gets its pictures. */
export function createCameraButton(
  see: (picture: ImageBitmap) => void,
  say: (sentence: string) => void,
): Camera & { readonly button: HTMLElement } {
  let camera: Promise<Camera> | undefined;
  const made = button('Camera', () => void toggle(), { 'aria-pressed': 'false' });
  const stop = (): void => {
    camera?.then(
      (one) => one.stop(),
      () => {},
    );
    camera = undefined;
    made.setAttribute('aria-pressed', 'false');
  };
  const toggle = async (): Promise<void> => {
    if (camera) return stop();
    made.setAttribute('aria-pressed', 'true');
    camera = startCamera(see);
    try {
      await camera;
    } catch {
      camera = undefined;
      made.setAttribute('aria-pressed', 'false');
      say('There is no camera, or the browser may not use it.');
    }
  };
  return { button: made, stop };
}

/** Asks for the camera. Rejects where there is none, or it may not be used. */
async function startCamera(see: (picture: ImageBitmap) => void): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  let isOn = true;
  const look = async (): Promise<void> => {
    if (!isOn) return;
    const picture = await createImageBitmap(video).catch(() => undefined);
    if (isOn && picture) see(picture);
    setTimeout(() => void look(), INTERVAL);
  };
  void look();
  return {
    stop() {
      isOn = false;
      for (const track of stream.getTracks()) track.stop();
    },
  };
}
