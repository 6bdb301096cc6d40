// The HTTP API: docs/formats/studio-api.md.

let token = null;

/** A refusal of the API, or a connection that failed (status 0). */
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || (status === 0 ? 'The server cannot be reached.' : `The server answered with ${status}.`));
    this.status = status;
    this.code = body?.code ?? (status === 0 ? 'offline' : '');
    this.problems = body?.problems ?? [];
    this.details = body?.details ?? null;
  }
}

/** Who is signed in; also renews the antiforgery token, which belongs to the person. */
export async function session() {
  const { body } = await send('GET', '/api/session');
  token = body.antiforgeryToken;
  return body;
}

async function send(method, path, body, { headers = {}, raw = null, keepalive = false, signal } = {}) {
  const all = { ...headers };
  if (method !== 'GET' && token) all['X-CSRF-Token'] = token;
  if (body !== undefined && raw === null) all['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method, headers: all, body: raw ?? (body === undefined ? undefined : JSON.stringify(body)), keepalive, signal });
  } catch {
    throw new ApiError(0, null);
  }
  const json = response.headers.get('Content-Type')?.includes('json') ? await response.json().catch(() => null) : null;
  if (!response.ok) throw new ApiError(response.status, json);
  return { status: response.status, body: json, etag: response.headers.get('ETag') };
}

/** A request that changes something; an antiforgery token that is out of date is renewed once. */
async function change(method, path, body, options) {
  if (!token) await session();
  try {
    return await send(method, path, body, options);
  } catch (error) {
    if (error.code !== 'antiforgery') throw error;
    await session();
    return send(method, path, body, options);
  }
}

export const getWithTag = (path, options) => send('GET', path, undefined, options);
export const get = async (path, options) => (await getWithTag(path, options)).body;
export const post = async (path, body = {}, options) => (await change('POST', path, body, options)).body;
export const put = async (path, body, options) => (await change('PUT', path, body, options)).body;
export const remove = async path => (await change('DELETE', path)).body;
export const upload = async (path, file) => (await change('POST', path, undefined, { raw: file, headers: { 'Content-Type': 'application/jsonl' } })).body;

/** A file as it is, with its own type. */
export const uploadRaw = async (path, file, type) => (await change('POST', path, undefined, { raw: file, headers: { 'Content-Type': type } })).body;

/** Sent while the page goes away: nobody waits for it. */
export function sendOff(method, path, body, headers) {
  const text = JSON.stringify(body);
  if (text.length > 60_000) return;
  fetch(path, { method, headers: { ...headers, 'X-CSRF-Token': token ?? '', 'Content-Type': 'application/json' }, body: text, keepalive: true }).catch(() => {});
}

/** Everything of a list, page by page, up to a number of rows. */
export async function all(path, most = 1000) {
  const rows = [];
  let after = null;
  do {
    const page = await get(`${path}${path.includes('?') ? '&' : '?'}limit=200${after === null ? '' : `&after=${after}`}`);
    rows.push(...page.items);
    after = page.next;
  } while (after !== null && rows.length < most);
  return rows;
}

/** Lists come as a page with items, or bare. */
export const rowsOf = answer => Array.isArray(answer) ? answer : answer.items;
