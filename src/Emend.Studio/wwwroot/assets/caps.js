// Caps on what asking a model may cost, as fields of a form and as the API takes them.
import { el, field } from './dom.js';

const amount = (name, value, more = {}) => el('input', { name, type: 'number', min: 0, step: 'any', value: String(value ?? ''), ...more });

/** Fields for calls, tokens and cost. calls: what the field of calls says when nothing is set; null where it may be empty. */
export const caps = (limits, calls, hint) => [
  field('Calls at most', amount('maxCalls', limits && limits.maxCalls < 1e9 ? limits.maxCalls : calls, { min: 1, step: 1, required: calls !== null }), hint),
  field('Tokens at most', amount('maxTokens', limits?.maxTokens, { min: 1, step: 1 }), 'Empty: no cap'),
  field('Cost at most', amount('maxCost', limits?.maxCost), 'By the prices; empty: no cap'),
  field('Price of a million tokens read', amount('inputPrice', limits?.inputPrice ?? 0)),
  field('Price of a million tokens written', amount('outputPrice', limits?.outputPrice ?? 0)),
];

/** What such a form says; null where it sets no cap. */
export function capsOf(data) {
  const given = name => !data.get(name) ? null : Number(data.get(name));
  const found = { maxCalls: given('maxCalls'), maxTokens: given('maxTokens'), maxCost: given('maxCost'), maxSeconds: given('maxSeconds') };
  if (Object.values(found).every(value => value === null)) return null;
  return { ...found, maxCalls: found.maxCalls ?? 1_000_000_000, inputPrice: given('inputPrice') ?? 0, outputPrice: given('outputPrice') ?? 0 };
}
