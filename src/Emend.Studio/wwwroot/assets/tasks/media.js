// Images and sounds of prompts and responses, from the studio itself: seen with their description, played with the browser's own controls.
import { el, text } from '../dom.js';
import { place } from '../shell.js';

export const addressOf = hash => `/api/projects/${place().project}/media/${hash}`;

export const player = (hash, label) => el('audio', { src: addressOf(hash), controls: true, preload: 'metadata', 'aria-label': label });

function figure({ sha256, alt, type, transcript }) {
  return el('figure', {},
    type.startsWith('image/') ? el('img', { src: addressOf(sha256), alt, loading: 'lazy', draggable: 'false' }) : [player(sha256, alt), el('figcaption', { class: 'small quiet', dir: 'auto' }, alt)],
    transcript && el('details', { open: transcript.length < 600 }, el('summary', { class: 'small' }, 'Transcript'), text(transcript, 'div')));
}

export const mediaView = list => list?.length > 0 && el('div', { class: 'media' }, list.map(figure));

/** Every file of an item. */
export const filesOf = item => [...(item.media ?? []), ...item.responses.flatMap(response => response.media ?? [])];
