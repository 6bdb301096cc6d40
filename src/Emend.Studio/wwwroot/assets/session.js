// Says who is signed in.
const response = await fetch('/api/session');
const session = await response.json();
document.getElementById('who').textContent = session.account ? `Signed in as ${session.account.displayName}.` : 'Nobody is signed in.';
