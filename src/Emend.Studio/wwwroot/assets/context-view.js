// What became of a piece of a document under a budget, in words, and how good that is.
export const fates = { injected: ['in', 'good'], truncated: ['its beginning', 'warn'], overBudget: ['no room left', 'bad'], duplicate: ['is in already', ''] };
