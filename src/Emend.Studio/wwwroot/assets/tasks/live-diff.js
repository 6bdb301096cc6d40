// The comparison of the text under work: at once for short texts, in a worker with a deadline for long ones.
import { figuresOf, hunksOf } from './diff.js';

const short = 6000;
const deadline = 2000;

/** compare(edited) → calls show({hunks, rough, figures}); the newest text wins. */
export function liveDiff(original, show) {
  let worker = null, waiting = null, busy = null, timer = 0, id = 0;

  const compareRoughly = edited => show({ ...hunksOf(original, edited, 0), figures: null });
  function next() {
    if (waiting === null) return;
    const edited = busy = waiting;
    waiting = null;
    worker ??= new Worker('/assets/tasks/diff-worker.js', { type: 'module' });
    const mine = ++id;
    worker.onmessage = ({ data }) => {
      if (data.id !== mine) return;
      clearTimeout(timer);
      busy = null;
      if (waiting === null) show(data);
      next();
    };
    timer = setTimeout(() => {
      worker.terminate();
      worker = busy = null;
      if (waiting === null) compareRoughly(edited);
      next();
    }, deadline);
    worker.postMessage({ id: mine, original, edited });
  }

  return edited => {
    if (original.length + edited.length <= short) {
      show({ ...hunksOf(original, edited, 2000), figures: figuresOf(original, edited, 2000) });
      return;
    }
    waiting = edited;
    if (busy === null) next();
  };
}
