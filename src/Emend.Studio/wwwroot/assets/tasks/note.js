// A comment that is spoken: recorded here, sent to the studio at once, and named in the answer by its hash.
import { uploadRaw } from '../api.js';
import { action, announce, el, fill } from '../dom.js';
import { hint } from './keys.js';
import { player } from './media.js';

const longest = 120;
const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

export class Note {
  #context; #recorder = null; #stream = null; #timer = 0; #unsent = null; #shown = undefined;

  constructor(context) {
    this.#context = context;
    this.place = el('div', { class: 'row' });
    this.element = el('section', { class: 'card', 'aria-labelledby': 'note-title' }, el('h2', { id: 'note-title', class: 'small' }, 'Spoken comment (optional)'), this.place);
  }

  render(state) {
    const key = `${state.commentAudio ?? ''} ${this.#recorder ? 'on' : ''} ${this.#unsent ? 'unsent' : ''}`;
    if (key === this.#shown) return;
    const hadFocus = this.place.contains(document.activeElement);
    this.#shown = key;
    fill(this.place, this.#recorder
      ? [action(['Stop ', hint('m')], () => this.toggle(), { class: 'danger', id: 'record' }), this.clock = el('span', { class: 'number', role: 'timer' }, 'Recording … 0 s')]
      : [action([state.commentAudio ? 'Record again ' : 'Record ', hint('m')], () => this.toggle(), { id: 'record' }),
        this.#unsent && [el('span', {}, 'The recording is not sent yet.'), action('Send it again', () => this.#send())],
        state.commentAudio && [player(state.commentAudio, 'Your spoken comment'), action('Remove', () => this.#context.change({ commentAudio: null }), { class: 'plain small-button' })]]);
    if (hadFocus) this.place.querySelector('button').focus();
  }

  async toggle() {
    if (this.#recorder) { this.#recorder.stop(); return; }
    if (!navigator.mediaDevices || !window.MediaRecorder) throw new Error('This browser cannot record here; recording needs https, or this very machine.');
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      throw new Error(error.name === 'NotAllowedError' ? 'The browser was not allowed to use the microphone.' : 'No microphone was found.');
    }
    const parts = [], began = Date.now(), type = types.find(each => MediaRecorder.isTypeSupported(each));
    this.#recorder = new MediaRecorder(this.#stream, type ? { mimeType: type } : {});
    this.#recorder.ondataavailable = event => parts.push(event.data);
    this.#recorder.onstop = () => this.#recorded(new Blob(parts, { type: this.#recorder?.mimeType ?? type }));
    this.#recorder.start();
    this.#timer = setInterval(() => {
      const seconds = Math.round((Date.now() - began) / 1000);
      this.clock.textContent = `Recording … ${seconds} s of at most ${longest}`;
      if (seconds >= longest) this.#recorder?.stop();
    }, 500);
    announce('Recording');
    this.render(this.#context.state());
  }

  async #recorded(blob) {
    this.#free();
    this.#unsent = blob;
    try { await this.#send(); } catch (error) { announce(error.message); this.render(this.#context.state()); }
  }

  async #send() {
    const { sha256 } = await uploadRaw(`${this.#context.api}/assignments/${this.#context.assignment.id}/notes`, this.#unsent, this.#unsent.type);
    this.#unsent = null;
    this.#context.change({ commentAudio: sha256 });
    announce('Recorded');
  }

  #free() {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#recorder = this.#stream = null;
  }

  /** The page goes on to something else: nothing records any more. */
  end() {
    if (!this.#recorder) return;
    this.#recorder.onstop = null;
    this.#recorder.stop();
    this.#free();
  }

  bindings() { return [{ keys: ['m'], what: 'Record a spoken comment, or stop', run: () => { this.place.querySelector('#record').click(); } }]; }
}
