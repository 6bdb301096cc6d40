// How long somebody worked: with the page in view and input within a minute. Sums only, no keystrokes.

const idle = 60_000;

export class WorkClock {
  #began = Date.now();
  #lastInput = Date.now();
  #before = { activeSeconds: 0, wallSeconds: 0 };
  #active = 0;
  #first = null;
  #counts = { undos: 0, resets: 0, pastes: 0 };

  constructor() {
    setInterval(() => { if (document.visibilityState === 'visible' && Date.now() - this.#lastInput < idle) this.#active++; }, 1000);
    for (const kind of ['keydown', 'pointerdown', 'scroll']) addEventListener(kind, () => { this.#lastInput = Date.now(); }, { passive: true });
  }

  goOnFrom(work) {
    if (!work) return;
    this.#before = { activeSeconds: work.activeSeconds ?? 0, wallSeconds: work.wallSeconds ?? 0 };
    this.#first = work.firstEditSeconds ?? null;
    for (const name of Object.keys(this.#counts)) this.#counts[name] = work[name] ?? 0;
  }

  input() { this.#first ??= this.#wall(); }
  count(name) { this.#counts[name]++; }
  #wall() { return Math.round((Date.now() - this.#began) / 1000); }

  counts() {
    return {
      activeSeconds: this.#before.activeSeconds + this.#active, wallSeconds: this.#before.wallSeconds + this.#wall(),
      firstEditSeconds: this.#first, ...this.#counts, client: 'pages-1',
    };
  }
}
