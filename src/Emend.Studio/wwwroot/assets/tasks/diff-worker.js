// Long texts are compared here, so that typing never waits.
import { figuresOf, hunksOf } from './diff.js';

self.onmessage = ({ data: { id, original, edited } }) =>
  self.postMessage({ id, ...hunksOf(original, edited), figures: figuresOf(original, edited) });
