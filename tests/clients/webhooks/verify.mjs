// How receivers check that a request is ours. The first is word for word what the muro dialect's documents tell
// people to write; the second follows Standard Webhooks 1.0.
import crypto from 'node:crypto';

export function asDocumented(req, rawBody) {
  // rawBody = the exact bytes we POSTed — verify BEFORE JSON.parse,
  // do not re-serialize (key order would change the digest).
  const sig = req.headers['x-muro-signature']; // "t=…,v1=…"
  const v1 = sig.split(',').find(p => p.startsWith('v1=')).slice(3);
  const expected = crypto
    .createHmac('sha256', process.env.MURO_WEBHOOK_SECRET) // whsec_…
    .update(rawBody)
    .digest('hex');
  const ok = crypto.timingSafeEqual(Buffer.from(v1), Buffer.from(expected));
  return ok;
}

export function asStandard(req, rawBody, secret) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': given } = req.headers;
  if (Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
  const expected = crypto
    .createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`${id}.${at}.${rawBody}`)
    .digest();
  return given.split(' ').some((one) => {
    const [version, signature] = one.split(',');
    const bytes = Buffer.from(signature, 'base64');
    return version === 'v1' && bytes.length === expected.length && crypto.timingSafeEqual(bytes, expected);
  });
}
