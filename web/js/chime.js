/** The tones, in Hz, one after the other. */
const TONES = [659.3, 880];
/** How long one of them is to be heard, in seconds. */
const LENGTH = 0.16;
const VOLUME = 0.12;

/** @type {AudioContext | undefined} */
let audio;

/** Makes a short sound, if the browser lets this page make any: somebody must have used it before. */
export function chime() {
  if (!navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  void audio.resume(); // some browsers begin silently
  for (const [at, frequency] of TONES.entries()) tone(audio, frequency, audio.currentTime + at * LENGTH);
}

/**
 * @param {AudioContext} audio
 * @param {number} frequency
 * @param {number} start
 */
function tone(audio, frequency, start) {
  const source = new OscillatorNode(audio, { frequency });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(VOLUME, start + 0.01); // begun at once, it would click
  volume.gain.exponentialRampToValueAtTime(0.001, start + 2 * LENGTH);
  source.connect(volume).connect(audio.destination);
  source.start(start);
  source.stop(start + 2 * LENGTH);
}
