// Answers that were submitted and could not be sent yet, on this device; the key makes sending them again harmless.

const nameOf = (account, assignment) => `emend.answer.${account}.${assignment}`;

export function keepPending(account, assignment, pending) {
  try { localStorage.setItem(nameOf(account, assignment), JSON.stringify(pending)); } catch { /* The page still holds it. */ }
}

export const dropPending = (account, assignment) => localStorage.removeItem(nameOf(account, assignment));

export function pendingAnswers(account) {
  const found = [];
  for (let i = 0; i < localStorage.length; i++) {
    const name = localStorage.key(i);
    if (!name.startsWith(nameOf(account, ''))) continue;
    try { found.push({ assignment: Number(name.split('.').at(-1)), pending: JSON.parse(localStorage.getItem(name)) }); } catch { localStorage.removeItem(name); }
  }
  return found;
}
