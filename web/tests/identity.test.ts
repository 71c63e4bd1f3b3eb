import { describe, expect, it } from 'vitest';
import { answered, identified, identityOf, type Kept } from '../src/embed/muro/identity';

const fresh = () => 'fresh';
const marie = { email: 'marie@example.com' };
const known: Kept = { id: 'one', identity: marie, told: true };

describe('identity', () => {
  it('is read from what a page gives', () => {
    expect(identityOf({ email: ' Marie@Example.com ', name: 'Marie', user_hash: 'ab', plan: 'PRO' })).toEqual({
      email: 'Marie@Example.com',
      name: 'Marie',
      user_hash: 'ab',
    });
    expect(identityOf({ email: 'a@b.c', name: '', user_hash: null })).toEqual({ email: 'a@b.c' });
    for (const nobody of [undefined, null, 'a@b.c', {}, { email: '' }]) expect(identityOf(nobody)).toBeNull();
  });

  it('is told once', () => {
    expect(identified({ id: 'one' }, marie, fresh)).toEqual({ id: 'one', identity: marie, told: false });
    expect(identified(known, { ...marie }, fresh)).toBe(known);
  });

  it('is told again when there is more to tell', () => {
    const named = identified(known, { ...marie, name: 'Marie' }, fresh);
    expect(named).toEqual({ id: 'one', identity: { ...marie, name: 'Marie' }, told: false });
    expect(identified({ ...known, told: false }, marie, fresh).told).toBe(false);
  });

  it('keeps a signature that a later page leaves out', () => {
    const signed = { id: 'mailto:marie@example.com', hash: 'ab', identity: { ...marie, user_hash: 'ab' }, told: true };
    expect(identified(signed, marie, fresh)).toBe(signed);
  });

  it('of somebody else begins anew, and letters of another case are nobody else', () => {
    expect(identified({ ...known, hash: 'ab' }, { email: 'bo@example.com' }, fresh)).toEqual({
      id: 'fresh',
      identity: { email: 'bo@example.com' },
    });
    expect(identified(known, { email: 'Marie@example.com' }, fresh).id).toBe('one');
  });

  it('goes under the id that the server answers', () => {
    const answer = { external_id: 'mailto:marie@example.com', external_id_hash: 'ab' };
    expect(answered({ ...known, told: false }, marie, answer)).toEqual({
      id: 'mailto:marie@example.com',
      hash: 'ab',
      identity: marie,
      told: true,
    });
  });

  it('is not changed by an answer about somebody else', () => {
    const answer = { external_id: 'two', external_id_hash: null };
    expect(answered(known, { email: 'bo@example.com' }, answer)).toBe(known);
    expect(answered({ id: 'fresh' }, marie, answer)).toEqual({ id: 'fresh' });
  });
});
