// An answer as it was given, for history, adjudication and reports.
import { el, text } from '../dom.js';
import { diffText } from './diff-view.js';
import { hunksOf } from './diff.js';
import { filesOf, player } from './media.js';

const placeOf = (item, index) => {
  const shown = item.responses.findIndex((response, i) => (response.index ?? i) === index);
  return String.fromCharCode(65 + (shown < 0 ? index : shown));
};
const responseOf = (item, index) => item.responses.find((response, i) => (response.index ?? i) === index);

const outcomes = { edited: 'Edited', noEditNeeded: 'No edit needed', noEditHelps: 'No edit can help' };

function edited(original, answer) {
  if (answer.outcome !== 'edited') return el('p', {}, outcomes[answer.outcome]);
  return [diffText(original, hunksOf(original, answer.edited, 2000).hunks),
    answer.reasons?.length > 0 && el('p', { class: 'row' }, answer.reasons.map(reason => el('span', { class: 'pill' }, reason.reason, reason.note && `: ${reason.note}`)))];
}

const views = {
  edit: ({ edit }, item) => [
    edit.choice !== 'single' && el('p', {}, { prefer: `Prefers ${placeOf(item, edit.preferred)}${edit.strength ? `, strength ${edit.strength} of 4` : ''}`, tie: 'Both are as good', bothBad: 'Both are bad' }[edit.choice]),
    edit.target !== null && edit.target !== undefined ? edited(responseOf(item, edit.target).text, edit) : el('p', {}, outcomes[edit.outcome]),
  ],
  turn: ({ turn }, item) => edited(item.turns[turn.turn].content, turn),
  ranking: ({ ranking }, item) => el('ol', {}, [...ranking.ranks.entries()].sort((a, b) => a[1] - b[1]).map(([index, rank]) =>
    el('li', { value: rank }, text(responseOf(item, index).text, 'div')))),
  rating: ({ rating }, item) => el('ul', {}, rating.ratings.map(each => el('li', {}, `${placeOf(item, each.response)}, ${each.scale}: ${each.value} of 5`))),
  demonstration: ({ demonstration }) => text(demonstration.text, 'div'),
  spans: ({ spans }, item) => spans.nothingToMark ? el('p', {}, 'Nothing to mark')
    : el('ul', {}, spans.spans.map(span => el('li', { dir: 'auto' }, el('span', { class: 'marked' }, responseOf(item, spans.response).text.slice(span.start, span.end)), ` ${span.label}`))),
};

/** Where a model had a hand in it: which of its changes are in the text. */
const suggested = ({ advice }) => advice && el('p', { class: 'small quiet' }, advice.rewardsShown && 'Rewards were shown. ',
  advice.proposals.map(({ model, hunks }) => [model ? ['Proposal of ', el('bdi', {}, model)] : 'A proposal', `: ${['accepted', 'altered', 'rejected', 'open'].map(said => [said, hunks.filter(hunk => hunk.decision === said).length]).filter(([, count]) => count > 0).map(([said, count]) => `${count} ${said}`).join(', ') || 'no changes'}. `]));

const transcribed = (answer, item) => answer.transcripts?.map(edit => {
  const file = filesOf(item).find(each => each.sha256 === edit.sha256), original = file.transcript ?? '';
  return [el('h3', { class: 'small quiet' }, 'Transcript of ', el('bdi', {}, file.alt)), diffText(original, hunksOf(original, edit.edited, 2000).hunks)];
});

export const answerView = (answer, item) => el('div', {}, views[answer.kind](answer, item), suggested(answer), transcribed(answer, item), answer.commentAudio && player(answer.commentAudio, 'Spoken comment'), answer.comment && el('p', { dir: 'auto' }, `Comment: ${answer.comment}`));
