// The camera, if the user allows it: some pictures a second, until it is stopped.

/** Milliseconds between pictures. */
const INTERVAL = 200;

export interface Camera {
  stop(): void;
}

/** Asks for the camera. Rejects where there is none, or it may not be used. */
export async function startCamera(see: (picture: ImageBitmap) => void): Promise<Camera> {
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
