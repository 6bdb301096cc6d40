// Undo and redo over everything that is answered: text, reverts, reasons, flags, ratings. States are never changed, only replaced.

const pause = 900;

export class Past {
  #states;
  #at = 0;
  #last = { key: null, when: 0 };

  constructor(state) { this.#states = [state]; }

  get state() { return this.#states[this.#at]; }
  get canUndo() { return this.#at > 0; }
  get canRedo() { return this.#at < this.#states.length - 1; }

  /** Puts a state on top; typing in one go (same key, no pause) is one step. */
  push(state, key = null) {
    const now = performance.now();
    const goesOn = key !== null && this.#last.key === key && now - this.#last.when < pause && this.#at > 0 && !this.canRedo;
    this.#last = { key, when: now };
    this.#states.length = this.#at + 1;
    if (goesOn) this.#states[this.#at] = state;
    else {
      this.#states.push(state);
      if (this.#states.length > 500) this.#states.shift();
      this.#at = this.#states.length - 1;
    }
  }

  undo() { return this.#move(-1); }
  redo() { return this.#move(1); }

  #move(by) {
    const to = this.#at + by;
    if (to < 0 || to >= this.#states.length) return null;
    this.#last = { key: null, when: 0 };
    this.#at = to;
    return this.state;
  }
}
