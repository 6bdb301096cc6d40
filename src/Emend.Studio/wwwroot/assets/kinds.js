// What people are asked to do, in words.
export const kinds = {
  edit: 'Choose and edit', ranking: 'Rank answers', rating: 'Rate answers',
  demonstration: 'Write the ideal answer', spans: 'Mark what is wrong', turn: 'Correct a dialogue turn',
};

export const reasons = ['untrue', 'harmful', 'irrelevant', 'missing', 'wording', 'format', 'language', 'other'];

export const skipReasons = { unclear: 'I do not understand the task', notMyField: 'Not my field', broken: 'The item is broken', sensitive: 'I would rather not work on this', other: 'Something else' };

/** As above, and what nobody chooses: the item left their hands. */
export const skipWords = { ...skipReasons, testOver: 'The A/B test is over' };

export const linesOf = labels => (labels ?? '').split('\n').map(line => line.trim()).filter(line => line.length > 0);
