// Transcripts of sounds, and of images with words in them, corrected like any text: live diff, changes with reasons, undo.
// The state it reads and writes: transcripts, {edited, tags} by the hash of the file.
import { el } from '../dom.js';
import { Editor } from './editor.js';
import { addressOf, filesOf, player } from './media.js';

export const transcriptsOf = answer => Object.fromEntries((answer.transcripts ?? []).map(({ sha256, edited, reasons }) => [sha256, { edited, tags: reasons }]));

export class Transcripts {
  #context; #editors;

  constructor(context) {
    this.#context = context;
    this.#editors = filesOf(context.assignment.item).filter(file => file.transcript || file.type.startsWith('audio/')).map((file, k) => ({ file, editor: this.#editor(file, k) }));
    this.element = this.#editors.length > 0 && el('section', { 'aria-label': 'Transcripts' }, this.#editors.map(({ file, editor }) =>
      el('details', { class: 'card transcript' }, el('summary', {}, file.transcript ? 'Correct the transcript (optional): ' : 'Write a transcript (optional): ', el('bdi', {}, file.alt)),
        file.type.startsWith('image/') ? el('img', { src: addressOf(file.sha256), alt: file.alt, loading: 'lazy' }) : player(file.sha256, file.alt),
        editor.frame, editor.meter, editor.panel)));
  }

  /** An editor of one transcript sees its part of the state as the editor of a response sees the whole. */
  #editor(file, k) {
    const of = state => ({ edited: null, tags: [], ...state.transcripts?.[file.sha256] });
    const { project } = this.#context;
    return new Editor({
      ...this.#context,
      assignment: { ...this.#context.assignment, advice: null },
      project: { ...project, settings: { ...project.settings, bandLow: 0, bandHigh: 1 } },
      state: () => of(this.#context.state()),
      change: ({ edited, tags }, key = null) => {
        const all = this.#context.state().transcripts ?? {}, now = of(this.#context.state());
        this.#context.change({ transcripts: { ...all, [file.sha256]: { edited: edited === undefined ? now.edited : edited, tags: tags ?? now.tags } } }, key && `${key} ${k}`);
      },
    }, {
      original: file.transcript ?? '', label: `Transcript of: ${file.alt}`, name: `transcript-${k}-`,
      answerOf: state => ({ kind: this.#context.assignment.kind, transcripts: state.edited === null ? [] : [{ sha256: file.sha256, edited: state.edited }] }),
      reportOf: checked => checked.transcripts[0],
    });
  }

  render(state) {
    for (const { file, editor } of this.#editors) editor.render({ edited: null, tags: [], ...state.transcripts?.[file.sha256] });
  }

  async record(state) {
    const made = [];
    for (const { file, editor } of this.#editors) {
      const mine = state.transcripts?.[file.sha256];
      if (mine?.edited) made.push({ sha256: file.sha256, edited: mine.edited, reasons: await editor.reasonsFor({ ...mine }) });
    }
    return made.length ? made : null;
  }

  /** Of the one in focus. */
  bindings() {
    const at = this.#editors.find(({ editor }) => editor.frame.contains(document.activeElement) || editor.panel.contains(document.activeElement));
    return at ? at.editor.bindings() : [];
  }
}
