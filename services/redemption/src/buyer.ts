import { createHmac, type KeyObject } from 'node:crypto';
import { memberId, z } from '@fcode/http';

/** Who redeems: a member, or a guest by a contact that the shop has verified. */
export const buyerSchema = z
  .union([
    z.strictObject({ memberId }),
    z.strictObject({ email: z.email().max(254) }),
    z.strictObject({
      phone: z.string().regex(/^\+[1-9]\d{6,14}$/, 'A phone number in E.164 form, such as +8613800138000.'),
    }),
  ])
  .openapi('Buyer');
export type Buyer = z.infer<typeof buyerSchema>;

/**
 * The buyer as we keep it: `m:` and the member's id, or `g:` and a keyed hash, so that a guest's contact is neither
 * stored nor logged, and still one guest is one buyer. E-mail addresses are compared in lower case.
 */
export const pseudonym = (buyer: Buyer, key: KeyObject): string => {
  if ('memberId' in buyer) return memberBuyer(buyer.memberId);
  const contact = 'email' in buyer ? `email:${buyer.email.toLowerCase()}` : `phone:${buyer.phone}`;
  return `g:${createHmac('sha256', key).update(contact).digest('base64url').slice(0, 24)}`;
};

/** A member as a buyer, and the other way round: undefined for a guest. */
export const memberBuyer = (memberId: string): string => `m:${memberId}`;
export const memberOf = (buyer: string): string | undefined => (buyer.startsWith('m:') ? buyer.slice(2) : undefined);
