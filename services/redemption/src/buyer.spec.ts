import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buyerSchema, pseudonym } from './buyer.ts';

const keyOf = (secret: string) => createSecretKey(new TextEncoder().encode(secret));
const key = keyOf('a key of guests that nobody else knows');

describe('a buyer as we keep it', () => {
  it('is the member, by the id that the shop knows', () => {
    expect(pseudonym({ memberId: 'm_mia' }, key)).toBe('m:m_mia');
  });

  it('is for a guest a keyed hash, and nothing of the contact', () => {
    for (const guest of [{ email: 'mia@example.com' }, { phone: '+8613800138000' }]) {
      const kept = pseudonym(guest, key);
      expect(kept).toMatch(/^g:[\w-]{24}$/);
      expect(kept).not.toContain(Object.values(guest)[0] as string);
      expect(pseudonym(guest, key)).toBe(kept);
      expect(pseudonym(guest, keyOf('another key'))).not.toBe(kept);
    }
  });

  it('is one guest however the e-mail address is capitalised', () => {
    expect(pseudonym({ email: 'Mia@Example.COM' }, key)).toBe(pseudonym({ email: 'mia@example.com' }, key));
  });

  it('never takes one kind of buyer for another', () => {
    const kept = [{ memberId: 'mia@example.com' }, { email: 'mia@example.com' }, { email: 'bob@example.com' }];
    expect(new Set(kept.map((buyer) => pseudonym(buyer, key))).size).toBe(3);
  });
});

describe('a buyer as a shop names it', () => {
  it.each([{ memberId: 'm_mia' }, { email: 'mia@example.com' }, { phone: '+8613800138000' }])('may be %j', (buyer) => {
    expect(buyerSchema.parse(buyer)).toEqual(buyer);
  });

  it.each([
    {},
    { memberId: '' },
    { email: 'mia' },
    { phone: '13800138000' },
    { phone: '+0123456789' },
    { memberId: 'm_mia', email: 'mia@example.com' },
    { name: 'Mia' },
  ])('may not be %j', (buyer) => {
    expect(buyerSchema.safeParse(buyer).success).toBe(false);
  });
});
