// What lists and pages of stored responses say alike.
import { count, percent } from '../dom.js';

/** What became of a response in the queue, in words. */
export function became(edits) {
  const parts = [];
  if (edits.answers > 0) parts.push(`${edits.changed} of ${count(edits.answers, 'person', 'people')} edited it, ${percent(edits.editRate)} of its words`);
  if (edits.simulatedAnswers > 0) parts.push(`${edits.simulatedChanged} of ${count(edits.simulatedAnswers, 'simulated annotator')} edited it`);
  if (parts.length === 0) parts.push(edits.items.length === 0 ? 'in no item' : `in ${count(edits.items.length, 'item')}, not edited yet`);
  return parts.join('; ');
}
