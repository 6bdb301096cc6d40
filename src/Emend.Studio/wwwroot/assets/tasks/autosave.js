// Autosave: on this device with every change, on the server a moment later, over plain HTTP with the version it was made from. A lost
// connection, a closed tab, a restarted server lose nothing; a second tab meets a conflict, and both texts are kept.
import { put, sendOff } from '../api.js';

const wait = 600;
const longestWait = 15_000;

/** One name per tab: two tabs must not write over each other's copy. It outlives a reload. */
function tabName() {
  let name = sessionStorage.getItem('emend.tab');
  if (!name) sessionStorage.setItem('emend.tab', name = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
  return name;
}

export class Autosave {
  #url; #prefix; #mine; #version; #show; #conflict; #refused;
  #content = null;        // newest that is not on the server
  #timer = 0; #delay = wait; #sending = null; #stopped = false;

  /** states: none, here, server, conflict. onConflict gets the server's newest draft, onRefused what the server said instead. */
  constructor({ api, account, assignment, onState, onConflict, onRefused }) {
    this.#url = `${api}/assignments/${assignment.id}/draft`;
    this.#prefix = `emend.draft.${account.id}.${assignment.id}.`;
    this.#mine = this.#prefix + tabName();
    this.#version = assignment.draft?.version ?? 0;
    [this.#show, this.#conflict, this.#refused] = [onState, onConflict, onRefused];
    addEventListener('online', this.#now);
    addEventListener('pagehide', this.#leave);
    document.addEventListener('visibilitychange', this.#hidden);
  }

  /** What to go on from: a copy on this device that the server has not seen, or the server's. */
  begin(server) {
    const unsent = this.#copies().filter(copy => JSON.stringify(copy.content) !== JSON.stringify(server?.content));
    for (const copy of this.#copies()) if (!unsent.includes(copy)) localStorage.removeItem(copy.name);
    const best = unsent.find(copy => copy.name === this.#mine) ?? unsent.sort((a, b) => b.when - a.when)[0];
    if (!best) {
      this.#show(server ? 'server' : 'none', server?.savedAt);
      return server?.content ?? null;
    }
    if (best.version !== this.#version) {
      this.#content = best.content;
      this.#show('conflict');
      this.#conflict(server, best.content);
      this.#stopped = true;
      return best.content;
    }
    if (best.name !== this.#mine) localStorage.removeItem(best.name);
    this.change(best.content);
    return best.content;
  }

  change(content) {
    this.#content = content;
    let kept = true;
    try { localStorage.setItem(this.#mine, JSON.stringify({ content, version: this.#version, when: Date.now() })); } catch { kept = false; }
    if (this.#stopped) return;
    this.#show(kept ? 'here' : 'none');
    if (!this.#sending) this.#later(this.#delay);
  }

  /** Waits until the newest change is on the server; false where it cannot be now. */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#sending) await this.#sending;
    if (this.#content !== null && !this.#stopped) await this.#send();
    return this.#content === null;
  }

  /** After a conflict: what is here goes on top of the server's version. */
  keepMine(serverVersion) {
    this.#version = serverVersion;
    this.#stopped = false;
    this.change(this.#content);
    return this.flush();
  }

  /** After a conflict: the server's text goes on; the other one is kept on the server beside it. */
  takeServer(draft) {
    this.#content = null;
    this.#stopped = false;
    this.#version = draft?.version ?? 0;
    localStorage.removeItem(this.#mine);
    this.#show(draft ? 'server' : 'none', draft?.savedAt);
  }

  /** The answer is in: nothing more is saved. */
  end() {
    this.#stopped = true;
    this.#content = null;
    clearTimeout(this.#timer);
    for (const copy of this.#copies()) localStorage.removeItem(copy.name);
    removeEventListener('online', this.#now);
    removeEventListener('pagehide', this.#leave);
    document.removeEventListener('visibilitychange', this.#hidden);
  }

  #copies() {
    const found = [];
    for (let i = 0; i < localStorage.length; i++) {
      const name = localStorage.key(i);
      if (!name.startsWith(this.#prefix)) continue;
      try { found.push({ name, ...JSON.parse(localStorage.getItem(name)) }); } catch { localStorage.removeItem(name); }
    }
    return found;
  }

  #later(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), delay);
  }

  #now = () => { if (this.#content !== null && !this.#stopped) { this.#delay = wait; this.#later(0); } };
  #hidden = () => { if (document.visibilityState === 'hidden') this.#now(); };
  #leave = () => {
    if (this.#content !== null && !this.#stopped) sendOff('PUT', this.#url, { content: this.#content, clientTime: new Date().toISOString() }, { 'If-Match': `"${this.#version}"` });
  };

  #send() {
    return this.#sending ??= this.#try().finally(() => {
      this.#sending = null;
      if (this.#content !== null && !this.#stopped) this.#later(this.#delay);
    });
  }

  async #try() {
    const content = this.#content;
    try {
      const saved = await put(this.#url, { content, clientTime: new Date().toISOString() }, { headers: { 'If-Match': `"${this.#version}"` } });
      this.#version = saved.version;
      this.#delay = wait;
      if (this.#content !== content) return;
      this.#content = null;
      localStorage.removeItem(this.#mine);
      this.#show('server', saved.savedAt, saved.leaseIsOver);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    if (error.code === 'draft-conflict') {
      this.#stopped = true;
      this.#show('conflict');
      this.#conflict(error.details?.server ?? null, this.#content);
    } else if (error.status === 0 || error.status >= 500 || error.status === 429) {
      this.#delay = Math.min(this.#delay * 2, longestWait);
      this.#show('here', null, false, error);
    } else {
      this.#stopped = true;
      this.#show('here', null, false, error);
      this.#refused(error);
    }
  }
}
